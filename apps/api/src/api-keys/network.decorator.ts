/** Networks in CIDR notation, IPv4 and IPv6. An address alone is the network of that one address. */
import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';
import ipaddr from 'ipaddr.js';

/** With the bits behind the prefix cleared, as PostgreSQL's cidr wants it; null when the text is no network. */
export function normalNetwork(text: string): string | null {
  try {
    const [address, bits] = text.includes('/') ? ipaddr.parseCIDR(text) : [ipaddr.parse(text), null];
    if (address.kind() === 'ipv6' && text.includes('%')) return null;
    const prefix = bits ?? (address.kind() === 'ipv4' ? 32 : 128);
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
