import fc from 'fast-check';
import { scopes } from '@pinebill/contract';
import { aKey } from '../testing/builders';
import { changeFormOf, changesOf, willEnd } from './change-form';

const now = new Date('2025-12-02T10:30:00.000Z');

describe('the changes of a key', () => {
  it('are nothing for a form that was not touched, whatever the key has', () => {
    const text = fc.option(fc.string({ minLength: 1 }).map((one) => one.trim() || 'x'));
    fc.assert(
      fc.property(fc.subarray([...scopes], { minLength: 1 }), text, text, fc.boolean(), (some, service, team, ends) => {
        const key = aKey(1, { scopes: some, service, team, expiresAt: ends ? '2026-01-01T00:00:00.000Z' : null });
        expect(changesOf(changeFormOf(key), key, now)).toBeNull();
      }),
    );
  });

  it('are what differs, and nothing else', () => {
    const key = aKey(1, { scopes: ['invoices:read', 'audit:read'], team: 'payments', expiresAt: '2026-01-01T00:00:00.000Z' });
    const form = changeFormOf(key);
    expect(changesOf({ ...form, scopes: ['invoices:read'], team: ' ' }, key, now)).toEqual({ scopes: ['invoices:read'], team: null });
    expect(changesOf({ ...form, scopes: ['invoices:read', 'audit:export'] }, key, now)).toEqual({
      scopes: ['invoices:read', 'audit:export'],
    });
    expect(changesOf({ ...form, lifetime: 'never' }, key, now)).toEqual({ expiresAt: null });
    expect(changesOf({ ...form, lifetime: '30' }, key, now)).toEqual({ expiresAt: '2026-01-01T10:30:00.000Z' });
  });

  it('cannot be saved without a name, without a scope, or with a day that is over', () => {
    const key = aKey(1);
    const form = changeFormOf(key);
    for (const wrong of [{ name: ' ' }, { scopes: [] }, { lifetime: 'date' }, { lifetime: 'date', lastDay: '2025-12-01' }])
      expect(changesOf({ ...form, team: 'other', ...wrong }, key, now)).toBeNull();
    expect(willEnd({ ...form, lifetime: 'date', lastDay: '2025-12-31' }, key, now)).toEqual(new Date(2026, 0, 1));
  });
});
