import { openCountryDatabase } from './country';

const country = openCountryDatabase(__filename);

it.each([
  ['8.8.8.8', 'US'],
  ['185.60.112.157', 'GB'],
])('knows the country of the public address %s', (ip) => {
  expect(country(ip)).toMatch(/^[A-Z]{2}$/);
});
it('knows 8.8.8.8 as the United States', () => {
  expect(country('8.8.8.8')).toBe('US');
});
it.each(['10.0.0.1', '127.0.0.1', '::1', 'fe80::1', '', 'not an address', '1.2.3.4.5'])('has no country for %s', (ip) => {
  expect(country(ip)).toBeNull();
});
