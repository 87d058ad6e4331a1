/** Addresses as subjects: whoever has one IPv6 address has all of its /64, and a network is what one owner usually has. */

/** An IPv4 address, or the /64 of an IPv6 address in CIDR notation. Mapped IPv4 is IPv4. */
export function sourceOf(ip: string): string {
  return ip.includes(':') ? ipv6(ip, 4) : ip;
}

/** The /24 of an IPv4 address, the /48 of an IPv6 address. */
export function networkOf(ip: string): string {
  if (ip.includes(':')) return ipv6(ip, 3);
  return `${ip.slice(0, ip.lastIndexOf('.'))}.0/24`;
}

function ipv6(ip: string, groups: number): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return groups === 3 ? networkOf(mapped) : mapped;
  const [head = '', tail] = ip.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const all = tail === undefined ? front : [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
  const kept = all.slice(0, groups).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  while (kept.at(-1) === '0') kept.pop();
  return `${kept.join(':')}::/${groups * 16}`;
}
