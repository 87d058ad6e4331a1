import fc from 'fast-check';
import { keyStates } from '@pinebill/contract';
import { reminderStage, sectionsOf, type KeyFacts } from './hygiene-sections';

const now = new Date('2026-03-01T12:00:00Z');
const days = (count: number): Date => new Date(now.getTime() + count * 86_400_000);
const policy = { rotationDays: 90, idleDays: 30, expiringDays: 14 };
const tidy: KeyFacts = {
  state: 'active',
  createdAt: days(-10),
  expiresAt: null,
  rotatedOutAt: null,
  lastUsedAt: days(0),
  service: 'checkout',
  team: 'payments',
  shared: null,
};
const sections = (facts: Partial<KeyFacts>) => sectionsOf({ ...tidy, ...facts }, policy, now);

it.each<[Partial<KeyFacts>, string[]]>([
  [{}, []],
  [{ createdAt: days(-90) }, ['rotationOverdue']],
  [{ createdAt: days(-89.9) }, ['rotationSoon']],
  [{ createdAt: days(-76) }, ['rotationSoon']],
  [{ createdAt: days(-75.9) }, []],
  [{ createdAt: days(-200), rotatedOutAt: days(3), state: 'expiring' }, ['expiring']],
  [{ createdAt: days(-200), rotatedOutAt: days(20), state: 'expiring' }, []],
  [{ state: 'expiring', expiresAt: days(14) }, ['expiring']],
  [{ expiresAt: days(14.1) }, []],
  [{ createdAt: days(-85), expiresAt: days(5) }, ['expiring']],
  [{ createdAt: days(-85), expiresAt: days(6) }, ['rotationSoon', 'expiring']],
  [{ lastUsedAt: null }, ['neverUsed']],
  [{ lastUsedAt: null, createdAt: days(-0.9) }, []],
  [{ lastUsedAt: days(-30), createdAt: days(-40) }, ['idle']],
  [{ lastUsedAt: days(-29.9), createdAt: days(-40) }, []],
  [{ shared: { requests: 9, commonDays: 3, services: [] } }, ['shared']],
  [{ service: null }, ['unowned']],
  [{ team: null, state: 'disabled', createdAt: days(-200) }, ['unowned']],
  [{ team: null, state: 'expired', createdAt: days(-200), lastUsedAt: null }, []],
  [{ state: 'revoked', service: null, lastUsedAt: null }, []],
])('a key with %j is in %j', (facts, expected) => {
  expect(sections(facts)).toEqual(expected);
});

it('follows the policy', () => {
  const strict = { rotationDays: 30, idleDays: 5, expiringDays: 60 };
  const key = { ...tidy, createdAt: days(-31), lastUsedAt: days(-6), expiresAt: days(50) };
  expect([sectionsOf(key, policy, now), sectionsOf(key, strict, now)]).toEqual([[], ['rotationOverdue', 'expiring', 'idle']]);
});

it.each([
  [14.1, 90, null],
  [14, 90, 14],
  [7.1, 90, 14],
  [7, 90, 7],
  [1, 90, 1],
  [0, 90, null],
  // A term that is no longer than the notice: the reminder would come with the key.
  [9, 10, null],
  [6, 7, null],
  [0.5, 7, 1],
])('%d days before the end of a term of %d days the reminder of %j days is due', (left, term, stage) => {
  expect(reminderStage(days(left), { now, since: days(left - term) })).toBe(stage);
});

it('never asks anything about a key that is over, nor for rotation of one that was rotated, nor says both overdue and soon', () => {
  const at = fc.option(fc.integer({ min: -400, max: 400 }).map(days));
  const facts = fc.record({
    state: fc.constantFrom(...keyStates),
    createdAt: fc.integer({ min: -400, max: 0 }).map(days),
    expiresAt: at,
    rotatedOutAt: at,
    lastUsedAt: at,
    service: fc.option(fc.constant('s')),
    team: fc.option(fc.constant('t')),
    shared: fc.constant(null),
  });
  fc.assert(
    fc.property(facts, (key) => {
      const found = sectionsOf(key, policy, now);
      if (['revoked', 'expired', 'rotatedOut'].includes(key.state)) expect(found).toEqual([]);
      if (key.rotatedOutAt !== null) expect(found.filter((kind) => kind.startsWith('rotation'))).toEqual([]);
      expect(found.filter((kind) => kind.startsWith('rotation')).length).toBeLessThan(2);
    }),
  );
});
