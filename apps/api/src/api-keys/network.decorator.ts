/** Networks in CIDR notation, IPv4 and IPv6. An address alone is the network of that one address. */
import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';
import ipaddr from 'ipaddr.js';

/** `10` and `0x7f.1` are addresses to the C library, and never the ones that were meant. */
const fourDecimalParts = /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){3}(\/\d+)?$/;
const MAPPED_BITS = 96;

/** `::ffff:10.0.0.0/104` is 10.0.0.0/8: callers are compared in that form. */
function unmapped(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [address.toIPv4Address(), bits - MAPPED_BITS] : [address, bits];
}

/** With the bits behind the prefix cleared, as PostgreSQL's cidr wants it; null when the text is no network. */
export function normalNetwork(text: string): string | null {
  if (text.includes('%') || !(text.includes(':') || fourDecimalParts.test(text))) return null;
  try {
    const whole = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
    const [address, prefix] = unmapped(...ipaddr.parseCIDR(whole));
    const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
    return `${kind.networkAddressFromCIDR(`${address.toString()}/${prefix}`).toString()}/${prefix}`;
  } catch {
    return null;
  }
}

export const IsNetwork = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'network',
      validator: {
        validate: (value) => typeof value === 'string' && normalNetwork(value) !== null,
        defaultMessage: buildMessage(() => 'must be a network such as 203.0.113.0/24 or 2001:db8::/32'),
      },
    },
    options,
  );

export function inNetworks(ip: string | null, networks: readonly string[]): boolean {
  if (ip === null || !ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === address.kind() && address.match(base, bits);
  });
}
