/** Networks in CIDR notation, IPv4 and IPv6. An address alone is the network of that one address. */
import ipaddr from 'ipaddr.js';

type Network = [base: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/** `10` and `0x7f.1` are addresses to the C library, and never the ones that were meant. */
const fourDecimalParts = /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){3}(\/\d+)?$/;
const MAPPED_BITS = 96;

/** `::ffff:10.0.0.0/104` is 10.0.0.0/8: callers are compared in that form. */
function unmapped(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): Network {
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

/** A list is read once, not at every call: the door keeps what it knows of a key, and asks with the same list again. */
const parsed = new WeakMap<readonly string[], Network[]>();

function networksOf(list: readonly string[]): Network[] {
  const known = parsed.get(list);
  if (known) return known;
  const networks = list.map((network): Network => ipaddr.parseCIDR(network));
  parsed.set(list, networks);
  return networks;
}

/** Nobody is in an empty list, and an address that is missing or none is in no list. The list is taken as it is: never change one in place. */
export function inNetworks(ip: string | null, networks: readonly string[]): boolean {
  if (ip === null || !ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return networksOf(networks).some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}
