/** Addresses as subjects: whoever has one IPv6 address has all of its /64, and a network is what one owner usually has. */

/** The same addresses come again and again. Emptied when it is full: whoever floods it makes us compute. */
const known = new Map<string, { source: string; network: string }>();
const MOST_KNOWN = 5_000;

function partsOf(ip: string): { source: string; network: string } {
  const before = known.get(ip);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const isIpv6 = ip.includes(':');
  const parts = { source: isIpv6 ? ipv6(ip, 4) : ip, network: isIpv6 ? ipv6(ip, 3) : networkOfIpv4(ip) };
  known.set(ip, parts);
  return parts;
}

/** An IPv4 address, or the /64 of an IPv6 address in CIDR notation. Mapped IPv4 is IPv4. */
export const sourceOf = (ip: string): string => partsOf(ip).source;

/** The /24 of an IPv4 address, the /48 of an IPv6 address. */
export const networkOf = (ip: string): string => partsOf(ip).network;

const networkOfIpv4 = (ip: string): string => `${ip.slice(0, ip.lastIndexOf('.'))}.0/24`;

function ipv6(ip: string, groups: number): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return groups === 3 ? networkOfIpv4(mapped) : mapped;
  const [head = '', tail] = ip.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const all = tail === undefined ? front : [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
  const kept = all.slice(0, groups).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  while (kept.at(-1) === '0') kept.pop();
  return `${kept.join(':')}::/${groups * 16}`;
}
