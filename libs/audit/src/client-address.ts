/**
 * Who is at the other end. `X-Forwarded-For` is text that anyone can send: it is read from the right, and only as long as the address that
 * added the entry is a proxy the operator trusts. With no trusted proxy it is not read at all.
 */
import ipaddr from 'ipaddr.js';

export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];
export type Address = { ip: string; sanitized: boolean };

/** Throws on text that is not a CIDR or an address. */
export function parseNetworks(cidrs: readonly string[]): Network[] {
  return cidrs.map((cidr) => {
    if (cidr.includes('/')) return ipaddr.parseCIDR(cidr);
    const address = ipaddr.process(cidr);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  });
}

/** The one spelling that is stored: IPv4 for mapped addresses, no zone id (PostgreSQL's inet refuses it). Null: not an address. */
export function normalAddress(text: string): Address | null {
  const [plain = '', ...zone] = text.split('%');
  if (!ipaddr.isValid(plain)) return null;
  // Node writes a peer's address without brackets; short forms ("127.1") are refused, and "010.0.0.1", which is 8.0.0.1 to some and 10.0.0.1 to others.
  if (!plain.includes(':') && !/^(?:(?:0|[1-9]\d*)\.){3}(?:0|[1-9]\d*)$/.test(plain)) return null;
  return { ip: ipaddr.process(plain).toString(), sanitized: zone.length > 0 };
}

/** What one caller has to itself: its IPv4 address, or the /64 of its IPv6 address, written as the first address of it. */
export function sourceNetwork(ip: string): string {
  if (!ip.includes(':')) return ip;
  const bytes = ipaddr.parse(ip).toByteArray();
  return ipaddr.fromByteArray(bytes.map((byte, at) => (at < 8 ? byte : 0))).toString();
}

/** An entry of `X-Forwarded-For` may carry a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function forwardedAddress(entry: string): Address | null {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(entry);
  const withPort = /^([\d.]+):\d+$/.exec(entry);
  return normalAddress(bracketed?.[1] ?? withPort?.[1] ?? entry);
}

function isTrusted(ip: string, networks: readonly Network[]): boolean {
  const address = ipaddr.parse(ip);
  return networks.some(([network, bits]) => {
    if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
    return network instanceof ipaddr.IPv6 && address.match(network, bits);
  });
}

/** The first address, from the right, that no trusted proxy of ours has. An entry that is no address ends the walk: what is behind it is hearsay. */
export function clientAddress(peer: Address, forwardedFor: string, trusted: readonly Network[]): Address {
  if (trusted.length === 0 || forwardedFor === '') return peer;
  let client = peer;
  for (const entry of forwardedFor.split(',').reverse()) {
    if (!isTrusted(client.ip, trusted)) return client;
    const next = forwardedAddress(entry.trim());
    if (next === null) return client;
    client = next;
  }
  return client;
}
