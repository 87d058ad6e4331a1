import { isCrossSite, type CrossSiteQuestion } from './cross-site';

const own = 'https://audit.example.com';
const question = (fields: Partial<CrossSiteQuestion>): CrossSiteQuestion => ({
  method: 'POST',
  headers: { host: 'audit.example.com', origin: own },
  withCookie: true,
  startsSession: false,
  publicOrigin: own,
  ...fields,
});

it.each<[string, Partial<CrossSiteQuestion>, boolean]>([
  ['a call from our own origin', {}, false],
  [
    'a call from the address it was sent to, over http',
    { headers: { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }, publicOrigin: null },
    false,
  ],
  ['a foreign origin', { headers: { host: 'audit.example.com', origin: 'https://evil.example' } }, true],
  ['the opaque origin "null"', { headers: { host: 'audit.example.com', origin: 'null' } }, true],
  [
    'our host under https where the public URL is http',
    { headers: { host: 'audit.example.com', origin: own }, publicOrigin: 'http://audit.example.com' },
    true,
  ],
  ['our host on another port', { headers: { host: 'audit.example.com', origin: `${own}:8443` } }, true],
  [
    'Sec-Fetch-Site: cross-site, whatever the origin',
    { headers: { host: 'audit.example.com', origin: own, 'sec-fetch-site': 'cross-site' } },
    true,
  ],
  ['our host over plain http where people use https', { headers: { host: 'audit.example.com', origin: 'http://audit.example.com' } }, true],
  [
    'a browser on this machine, where people elsewhere use https',
    { headers: { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' } },
    false,
  ],
  ['our host in capitals', { headers: { host: 'LOCALHOST:3000', origin: 'http://localhost:3000' }, publicOrigin: null }, false],
  ['a Sec-Fetch-Site that no standard has', { headers: { host: 'audit.example.com', origin: own, 'sec-fetch-site': 'Cross-Site' } }, true],
  ['a neighbouring subdomain', { headers: { host: 'audit.example.com', 'sec-fetch-site': 'same-site' } }, true],
  ['Sec-Fetch-Site: same-origin without an origin', { headers: { host: 'audit.example.com', 'sec-fetch-site': 'same-origin' } }, false],
  ['a cookie and neither header', { headers: { host: 'audit.example.com' } }, true],
  ['a sign-in with neither header, by a program', { headers: {}, withCookie: false, startsSession: true }, false],
  [
    'a sign-in from a foreign origin',
    { headers: { host: 'audit.example.com', origin: 'https://evil.example' }, withCookie: false, startsSession: true },
    true,
  ],
  ['a call without a cookie', { headers: { origin: 'https://evil.example' }, withCookie: false }, false],
  ['a read, which changes nothing', { method: 'GET', headers: { origin: 'https://evil.example' } }, false],
])('%s', (_, fields, verdict) => {
  expect(isCrossSite(question(fields))).toBe(verdict);
});
