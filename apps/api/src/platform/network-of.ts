import ipaddr from 'ipaddr.js';

/** What one household or machine calls from: an IPv4 address, or a whole /64 of IPv6. */
export function networkOf(ip: string | null): string {
  if (ip === null || !ipaddr.IPv6.isValid(ip)) return ip ?? '';
  return ipaddr.IPv6.networkAddressFromCIDR(`${ip}/64`).toString();
}
