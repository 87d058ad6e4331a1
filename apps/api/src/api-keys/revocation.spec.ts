import fc from 'fast-check';
import { settle, type AskedProcess } from './revocation';

const at = (seconds: number): Date => new Date(1_000_000 + seconds * 1_000);
const revokedAt = at(0);
const asked = (fields: Partial<AskedProcess> = {}): AskedProcess => ({
  id: 'api-1:1',
  askedAt: at(0),
  confirmedAt: null,
  acceptedAt: null,
  seenAt: at(0),
  stoppedAt: null,
  ...fields,
});

it.each<[string, Partial<AskedProcess>, number, number | null, string | null]>([
  ['has confirmed', { confirmedAt: at(0.1) }, 0.2, 0.1, 'confirmation'],
  ['was stopped before', { stoppedAt: at(-3) }, 0.2, 0, 'stop'],
  ['was stopped meanwhile', { stoppedAt: at(2) }, 3, 2, 'stop'],
  ['lives and has not confirmed', { seenAt: at(34) }, 34, null, null],
  ['is not heard of, and may be cut off and working', { seenAt: at(-1) }, 34, null, null],
  ['says nothing for longer than anything may be remembered', { seenAt: at(34) }, 35, 35, 'expiry'],
  ['confirms when it matters no more', { confirmedAt: at(40) }, 41, 35, 'expiry'],
  ['was stopped when it mattered no more', { stoppedAt: at(40) }, 41, 35, 'expiry'],
  ['is not known any more', { seenAt: null }, 86_400, 35, 'expiry'],
])('a process that %s', (_, fields, now, effective, settledBy) => {
  const { effectiveAt, processes } = settle(revokedAt, [asked(fields)], at(now));
  expect(effectiveAt).toEqual(effective === null ? null : at(effective));
  expect(processes.map((one) => one.settledBy)).toEqual([settledBy]);
});

it('is in force when the last process is certain, and never before the revocation', () => {
  const two = [asked({ confirmedAt: at(0.1) }), asked({ confirmedAt: at(0.3) })];
  expect(settle(revokedAt, two, at(1)).effectiveAt).toEqual(at(0.3));
  expect(settle(at(0.5), two, at(1)).effectiveAt).toEqual(at(0.5));
  expect(settle(revokedAt, [...two, asked()], at(1)).effectiveAt).toBeNull();
  expect(settle(revokedAt, [], at(1)).effectiveAt).toEqual(revokedAt);
});

it('waits for processes that live, and for no others', () => {
  expect(settle(revokedAt, [asked({ seenAt: at(-1) })], at(0.5)).awaited).toBe(true);
  expect(settle(revokedAt, [asked({ seenAt: at(-10) })], at(0.5)).awaited).toBe(false);
  expect(settle(revokedAt, [asked({ confirmedAt: at(0.1) })], at(0.5)).awaited).toBe(false);
});

it('tells the last use of all processes', () => {
  const used = [asked({ acceptedAt: at(-2) }), asked({ acceptedAt: at(-1) }), asked()];
  expect(settle(revokedAt, used, at(0)).acceptedAt).toEqual(at(-1));
});

it('what is settled stays as it is, whatever processes say and do afterwards', () => {
  const moment = fc.integer({ min: 0, max: 100 }).map(at);
  const fate = fc.record({ confirmedAt: fc.option(moment), stoppedAt: fc.option(moment) });
  /** As the database shows it at that moment. */
  const seenFrom = (now: Date, fates: { confirmedAt: Date | null; stoppedAt: Date | null }[]) =>
    fates.map(({ confirmedAt, stoppedAt }) => {
      const dead = stoppedAt && stoppedAt <= now ? stoppedAt : null;
      return asked({
        confirmedAt: confirmedAt && confirmedAt <= now && (!stoppedAt || confirmedAt <= stoppedAt) ? confirmedAt : null,
        stoppedAt: dead,
      });
    });
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 4 }), moment, moment, (fates, one, other) => {
      const [now, later] = [one, other].sort((a, b) => a.getTime() - b.getTime()) as [Date, Date];
      const before = settle(revokedAt, seenFrom(now, fates), now).effectiveAt;
      if (before) expect(settle(revokedAt, seenFrom(later, fates), later).effectiveAt).toEqual(before);
      expect(settle(revokedAt, seenFrom(at(1_000), fates), at(1_000)).effectiveAt).not.toBeNull();
    }),
  );
});
