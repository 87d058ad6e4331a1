import { HttpError } from 'react-admin';
import { aKey } from '../testing/builders';
import { bodyOf, emptyForm, expiryOf, formLike, networksOf, objections } from './key-form';

const now = new Date('2025-12-02T10:30:00.000Z');

describe('the form of a key', () => {
  it('reads networks one a line or with commas', () => {
    expect(networksOf(' 10.0.0.0/8,\n203.0.113.7\n\n2001:db8::/32 ')).toEqual(['10.0.0.0/8', '203.0.113.7', '2001:db8::/32']);
  });

  it('leaves out what was not filled in', () => {
    expect(JSON.parse(JSON.stringify(bodyOf({ ...emptyForm, name: ' Checkout ', lifetime: 'never' }, null, now)))).toEqual({
      name: 'Checkout',
      scopes: ['invoices:read', 'customers:read'],
      environment: 'production',
    });
  });

  it('lets a key live through the whole of its last day', () => {
    const ends = new Date(expiryOf({ lifetime: 'date', lastDay: '2026-02-28' }, now)!);
    expect([ends.getFullYear(), ends.getMonth(), ends.getDate(), ends.getHours()]).toEqual([2026, 2, 1, 0]);
    expect(expiryOf({ lifetime: '30', lastDay: '' }, now)).toBe('2026-01-01T10:30:00.000Z');
  });

  it('takes over what the replaced key had, and says what was emptied', () => {
    const old = aKey(1, { allowedCidrs: ['10.0.0.0/8'], scopes: ['audit:read'], team: null });
    expect(bodyOf({ ...formLike(old), name: 'Next', networks: '' }, old, now)).toMatchObject({
      scopes: ['audit:read'],
      service: 'checkout',
      team: null,
      allowedCidrs: null,
      replaces: old.id,
    });
  });

  it('says the countries of a replacement only where they differ, for the plan may not have them any more', () => {
    const old = aKey(1, { allowedCountries: ['DE'], unknownCountry: 'refuse' });
    const form = { ...formLike(old), name: 'Next' };
    expect(Object.keys(bodyOf(form, old, now))).not.toContain('allowedCountries');
    const countries = { allowedCountries: [], deniedCountries: [], unknownCountry: 'refuse' as const };
    expect(bodyOf({ ...form, countries }, old, now)).toMatchObject({ allowedCountries: null, deniedCountries: null, unknownCountry: null });
    const fewer = { ...countries, deniedCountries: ['KP'] };
    expect(bodyOf({ ...emptyForm, countries: fewer }, null, now)).toMatchObject({ deniedCountries: ['KP'], unknownCountry: 'refuse' });
  });

  it('puts an objection to a network beside the networks, with the value', () => {
    const issues = [{ pointer: '/allowedCidrs/1', rule: 'network', expected: 'an address or a network' }];
    const error = new HttpError('no', 400, { title: 'no', status: 400, issues });
    expect(objections(error, { networks: '10.0.0.0/8, banana' })).toEqual({ networks: 'banana: an address or a network' });
  });
});
