import fc from 'fast-check';
import { everywhere, refusedByPlace, unknownCountryOf, type CallerPlace, type PlaceRule } from './place-rule';

const rule = (fields: Partial<PlaceRule>): PlaceRule => ({ ...everywhere, ...fields });
const at = (ip: string | null, country: string | null): CallerPlace => ({ ip, country });

it.each<[string, CallerPlace, Partial<PlaceRule>, ReturnType<typeof refusedByPlace>]>([
  ['lets everybody in without a rule', at(null, null), {}, null],
  ['lets a network in', at('10.1.2.3', null), { allowedCidrs: ['10.0.0.0/8'] }, null],
  ['knows IPv4 in its mapped form', at('::ffff:10.1.2.3', null), { allowedCidrs: ['10.0.0.0/8'] }, null],
  ['refuses what lies outside', at('11.0.0.1', 'US'), { allowedCidrs: ['10.0.0.0/8', '2001:db8::/32'] }, 'ip_not_allowed'],
  ['knows IPv6', at('2001:db8:1::2', null), { allowedCidrs: ['10.0.0.0/8', '2001:db8::/32'] }, null],
  ['refuses no address where networks are listed', at(null, 'DE'), { allowedCidrs: ['0.0.0.0/0', '::/0'] }, 'ip_not_allowed'],
  ['lets an allowed country in', at('8.8.8.8', 'US'), { allowedCountries: ['DE', 'US'] }, null],
  ['refuses another one', at('8.8.8.8', 'US'), { allowedCountries: ['DE'] }, 'country_not_allowed'],
  ['refuses a denied country', at('8.8.8.8', 'US'), { deniedCountries: ['US'] }, 'country_not_allowed'],
  ['refuses it although it is allowed', at('8.8.8.8', 'US'), { allowedCountries: ['US'], deniedCountries: ['US'] }, 'country_not_allowed'],
  ['lets every other country in', at('8.8.8.8', 'US'), { deniedCountries: ['KP'] }, null],
  ['refuses an unknown country when that was chosen', at('10.0.0.1', null), { deniedCountries: ['KP'], unknownCountry: 'refuse' }, 'country_not_allowed'],
  ['lets an unknown country in when that was chosen', at('10.0.0.1', null), { allowedCountries: ['DE'], unknownCountry: 'allow' }, null],
  ['asks for the country only where there is a list', at('10.0.0.1', null), { unknownCountry: 'refuse' }, null],
  ['refuses a blocked network although it is allowed', at('10.1.2.3', null), { allowedCidrs: ['10.0.0.0/8'], deniedCidrs: ['10.1.2.3/32'] }, 'ip_blocked'],
  ['lets its neighbour in', at('10.1.2.4', null), { deniedCidrs: ['10.1.2.3/32'] }, null],
  ['knows a blocked address in its mapped form', at('::ffff:10.1.2.3', null), { deniedCidrs: ['10.1.2.3/32'] }, 'ip_blocked'],
  ['blocks no caller without an address', at(null, null), { deniedCidrs: ['0.0.0.0/0', '::/0'] }, null],
  ['names the network first', at('11.0.0.1', 'US'), { allowedCidrs: ['10.0.0.0/8'], deniedCountries: ['US'] }, 'ip_not_allowed'],
])('%s', (_, caller, fields, verdict) => {
  expect(refusedByPlace(caller, rule(fields))).toBe(verdict);
}); // prettier-ignore

it('takes an unknown country for one that is in no list, where nothing was chosen', () => {
  expect(unknownCountryOf(rule({ allowedCountries: ['DE'] }))).toBe('refuse');
  expect(unknownCountryOf(rule({ deniedCountries: ['KP'] }))).toBe('allow');
});

const countries = fc.uniqueArray(fc.constantFrom('DE', 'US', 'KP'), { minLength: 1 });
const anyRule: fc.Arbitrary<PlaceRule> = fc.record({
  allowedCidrs: fc.option(fc.uniqueArray(fc.constantFrom('10.0.0.0/8', '0.0.0.0/0', '::/0', '2001:db8::/32', '10.1.0.0/16'), { minLength: 1 })),
  deniedCidrs: fc.option(fc.uniqueArray(fc.constantFrom('10.1.0.0/16', '192.0.2.1/32'), { minLength: 1 })),
  allowedCountries: fc.option(countries),
  deniedCountries: fc.option(countries),
  unknownCountry: fc.option(fc.constantFrom('allow', 'refuse')),
}); // prettier-ignore
const anyCaller: fc.Arbitrary<CallerPlace> = fc.record({
  ip: fc.option(fc.constantFrom('10.1.2.3', '10.2.0.1', '192.0.2.1', '2001:db8::1', '::ffff:10.1.2.3')),
  country: fc.option(fc.constantFrom('DE', 'US', 'KP', 'FR')),
});

it('lets in exactly whom every rule lets in: a second rule narrows and never widens, in either order', () => {
  fc.assert(
    fc.property(anyCaller, anyRule, anyRule, (caller, one, other) => {
      const both = refusedByPlace(caller, one, other);
      expect(both === null).toBe(refusedByPlace(caller, one) === null && refusedByPlace(caller, other) === null);
      expect(both).toBe(refusedByPlace(caller, other, one));
    }),
  );
});
