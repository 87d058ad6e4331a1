import fc from 'fast-check';
import { cadences, periodAfter, periodBefore, periodOf } from './periods';

const text = ({ from, to }: { from: Date; to: Date }): string => `${from.toISOString().slice(0, 10)}..${to.toISOString().slice(0, 10)}`;

it.each([
  ['week', '2026-11-27T23:59:59.999Z', '2026-11-23..2026-11-30'],
  ['week', '2026-11-30T00:00:00.000Z', '2026-11-30..2026-12-07'],
  ['week', '2027-01-01T12:00:00.000Z', '2026-12-28..2027-01-04'],
  ['month', '2026-12-31T23:59:59.999Z', '2026-12-01..2027-01-01'],
  ['month', '2028-02-29T00:00:00.000Z', '2028-02-01..2028-03-01'],
] as const)('the %s of %s is %s', (every, at, period) => {
  expect(text(periodOf(every, new Date(at)))).toBe(period);
});

it('every moment is in its period, and periods follow each other without a gap', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...cadences),
      fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
      (every, at) => {
        const period = periodOf(every, at);
        expect([period.from <= at, at < period.to]).toEqual([true, true]);
        expect(text(periodBefore(every, periodAfter(every, period)))).toBe(text(period));
        expect(periodAfter(every, period).from).toEqual(period.to);
      },
    ),
  );
});
