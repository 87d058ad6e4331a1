/**
 * Callers as people tell them apart: by the network they come from and by the program they say they are. Never by exact address or version, which
 * change with every restart and release.
 */
import ipaddr from 'ipaddr.js';

const IPV4_BITS = 24;
const IPV6_BITS = 64;

/** The /24 of an IPv4 address, the /64 of an IPv6 one (a household or a subnet each); null without an address. */
export function networkOf(ip: string | null): string | null {
  if (ip === null || !ipaddr.isValid(ip)) return null;
  const address = ipaddr.process(ip);
  const bits = address.kind() === 'ipv4' ? IPV4_BITS : IPV6_BITS;
  const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${kind.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString()}/${bits}`;
}

const MOST_CHARACTERS = 60;

/** `pinebill-node` of `pinebill-node/2.4.1 (checkout 118)`: the product's name without its version; empty when nothing is said. */
export function familyOf(userAgent: string | null): string {
  const name = /^[^/\s]*/.exec((userAgent ?? '').trim())?.[0] ?? '';
  return name.slice(0, MOST_CHARACTERS).toLowerCase();
}
