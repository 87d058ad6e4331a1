/**
 * Which addresses may be connected to for somebody else. Public unicast, and nothing else: what a network or the machine itself has inside, and every
 * way to write such an address inside another one, is refused. Whoever runs the product may allow networks of their own.
 */
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** What clouds tell about the machine, credentials included, to whoever asks from it. No network that is allowed opens these. */
const metadata = new Set(['169.254.169.254', '169.254.170.2', '168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254']); // prettier-ignore

/** Of IPv6 only this is handed out to be reached from everywhere (RFC 4291, IANA). */
const global = ipaddr.parseCIDR('2000::/3');

export const networksOf = (cidrs: readonly string[]): Network[] => cidrs.map((cidr) => ipaddr.parseCIDR(cidr));

/** Why there may be no connection to it, to be read after "leads to"; null: there may. `text`: an address as a resolver gives it. */
export function refusalOfAddress(text: string, allowed: readonly Network[]): string | null {
  if (!ipaddr.isValid(text) || text.includes('%')) return 'something that is no address';
  const address = ipaddr.parse(text);
  if (metadata.has(address.toString())) return 'an address of the metadata of a cloud';
  if (isAllowed(address, allowed)) return null;
  if (address.range() !== 'unicast') return `an address that is not public (${rangeWords(address.range())})`;
  if (address instanceof ipaddr.IPv6 && !isGlobal(address)) return 'an address that is not public';
  return isOwn(address) ? 'this machine itself' : null;
}

/** A mapped or translated form is never matched: 10.0.0.0/8 allows no ::ffff:10.0.0.1. */
export const isAllowed = (address: Address, allowed: readonly Network[]): boolean =>
  allowed.some(([network, bits]) => network.kind() === address.kind() && matches(address, [network, bits]));

const matches = (address: Address, network: Network): boolean => (address as ipaddr.IPv6).match(network as [ipaddr.IPv6, number]);

/** ISATAP (RFC 5214) writes an IPv4 address behind a public prefix. */
function isGlobal(address: ipaddr.IPv6): boolean {
  const [, , , , fifth = 0, sixth = 0] = address.parts;
  const isTunnel = (fifth === 0 || fifth === 0x0200) && sixth === 0x5efe;
  return matches(address, global) && !isTunnel;
}

/** What listens on a public address of the machine may count on a firewall in front of it. */
function isOwn(address: Address): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some((one) => ipaddr.isValid(one.address) && ipaddr.parse(one.address).toString() === address.toString());
}

/** `carrierGradeNat` -> `carrier grade nat`. */
const rangeWords = (range: string): string => range.replace(/[A-Z0-9]+/g, (part) => ` ${part.toLowerCase()}`).trim();
