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

type Read = {
  /** As numbers of 32 bits: a list of a hundred is walked at every call of a program. */
  v4: readonly (readonly [base: number, mask: number])[];
  v6: readonly (readonly [base: ipaddr.IPv6, bits: number])[];
};

/** A list is read once, not at every call: the door keeps what it knows of a key, and asks with the same list again. */
const known = new WeakMap<readonly string[], Read>();

const asNumber = (address: ipaddr.IPv4): number => address.octets.reduce((number, octet) => ((number << 8) | octet) >>> 0, 0);
const maskOf = (bits: number): number => (bits === 0 ? 0 : (~0 << (32 - bits)) >>> 0);

function read(list: readonly string[]): Read {
  const found = known.get(list);
  if (found) return found;
  const networks = list.map((network): Network => ipaddr.parseCIDR(network));
  const made: Read = {
    v4: networks.flatMap(([base, bits]) =>
      base instanceof ipaddr.IPv4 ? [[(asNumber(base) & maskOf(bits)) >>> 0, maskOf(bits)] as const] : [],
    ),
    v6: networks.flatMap(([base, bits]) => (base instanceof ipaddr.IPv6 ? [[base, bits] as const] : [])),
  };
  known.set(list, made);
  return made;
}

/** Four numbers without zeros before them, which is how callers are nearly always written: no library needed. Null: something else. */
function plainNumber(ip: string): number | null {
  const parts = /^(0|[1-9]\d?\d?)\.(0|[1-9]\d?\d?)\.(0|[1-9]\d?\d?)\.(0|[1-9]\d?\d?)$/.exec(ip);
  if (!parts) return null;
  const octets = parts.slice(1).map(Number);
  return octets.some((octet) => octet > 255) ? null : octets.reduce((number, octet) => ((number << 8) | octet) >>> 0, 0);
}

/** A number for IPv4, also in its mapped form; null: no address. */
function addressOf(ip: string): number | ipaddr.IPv6 | null {
  const number = plainNumber(ip);
  if (number !== null) return number;
  try {
    const address = ipaddr.process(ip);
    return address instanceof ipaddr.IPv6 ? address : asNumber(address);
  } catch {
    return null;
  }
}

/** Nobody is in an empty list, and an address that is missing or none is in no list. The list is taken as it is: never change one in place. */
export function inNetworks(ip: string | null, networks: readonly string[]): boolean {
  const address = ip === null ? null : addressOf(ip);
  if (address === null) return false;
  const { v4, v6 } = read(networks);
  if (typeof address !== 'number') return v6.some(([base, bits]) => address.match(base, bits));
  return v4.some(([base, mask]) => (address & mask) >>> 0 === base);
}
