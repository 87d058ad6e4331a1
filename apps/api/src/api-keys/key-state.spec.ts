import { keyShape } from '@pinebill/contract';
import { hashKeySecret, newKeySecret } from './key-secret';
import { idle, keyState, rotationDue, type KeyDates } from './key-state';

const now = new Date('2026-03-01T12:00:00Z');
const days = (count: number): Date => new Date(now.getTime() + count * 86_400_000);
const fresh: KeyDates = { expiresAt: null, disabledAt: null, quarantinedAt: null, rotatedOutAt: null, revokedAt: null };

it.each<[string, Partial<KeyDates>]>([
  ['active', {}],
  ['active', { expiresAt: days(15) }],
  ['expiring', { expiresAt: days(14) }],
  ['expiring', { rotatedOutAt: days(3) }],
  ['expired', { expiresAt: now }],
  ['expired', { expiresAt: days(-1), disabledAt: days(-2) }],
  ['rotatedOut', { rotatedOutAt: now }],
  ['disabled', { disabledAt: now, quarantinedAt: now }],
  ['quarantined', { quarantinedAt: days(-1) }],
  ['revoked', { revokedAt: now, expiresAt: days(-1), disabledAt: days(-1), rotatedOutAt: days(-1) }],
])('is %s', (state, dates) => {
  expect(keyState({ ...fresh, ...dates }, now)).toBe(state);
});

it('is what somebody made of it, also for a process whose clock is behind theirs', () => {
  const later = new Date(now.getTime() + 5_000);
  expect(keyState({ ...fresh, revokedAt: later }, now)).toBe('revoked');
  expect(keyState({ ...fresh, disabledAt: later }, now)).toBe('disabled');
  expect(keyState({ ...fresh, quarantinedAt: later }, now)).toBe('quarantined');
});

const policy = { now, rotationDays: 90, idleDays: 30 };
it('is expiring as early as the organization says', () => {
  const key = { ...fresh, expiresAt: days(20) };
  expect([keyState(key, now, 21), keyState(key, now, 19)]).toEqual(['expiring', 'active']);
});

it('is due for rotation at 90 days, while it is in use', () => {
  expect(rotationDue('active', days(-90), policy)).toBe(true);
  expect(rotationDue('active', days(-89), policy)).toBe(false);
  expect(rotationDue('revoked', days(-200), policy)).toBe(false);
});

it('is idle after 30 days without use, while it could be used', () => {
  expect(idle('active', days(-30), policy)).toBe(true);
  expect(idle('active', days(-29), policy)).toBe(false);
  expect(idle('expired', days(-300), policy)).toBe(false);
});

it('makes secrets of the right format, no two alike, of which only the hash is kept', () => {
  const secrets = Array.from({ length: 200 }, newKeySecret);
  expect(new Set(secrets).size).toBe(200);
  for (const secret of secrets) {
    expect(keyShape(secret)).toBe('valid');
    expect(hashKeySecret(secret)).toHaveLength(32);
  }
});
