import { incidentSteps } from '@pinebill/contract';
import fc from 'fast-check';
import type { StepStatus } from '../incident';
import { targetSeconds, timingOf } from './drill-timing';

const openedAt = new Date(Date.UTC(2025, 0, 1));
const at = (seconds: number): Date => new Date(openedAt.getTime() + seconds * 1_000);
const step = (index: number, status: StepStatus['status'], seconds: number | null): StepStatus => ({
  step: incidentSteps[index] ?? 'identified',
  ...{ status, at: seconds === null ? null : at(seconds), by: null, because: null, missing: [] },
});

it('tells what each step took after the one before it, and whether that was in time', () => {
  const steps = [
    ...[step(0, 'done', 0), step(1, 'done', 74), step(2, 'done', 1_000), step(3, 'notNeeded', null)],
    ...[step(4, 'open', null), step(5, 'open', null)],
  ];
  const rows = timingOf(steps, { openedAt, now: at(2_750) });
  expect(rows.map((row) => [row.step, row.tookSeconds, row.sinceOpenedSeconds, row.withinTarget])).toEqual([
    ['identified', 0, 0, true],
    ['contained', 74, 74, true],
    ['replaced', 926, 1_000, false],
    ['servicesUpdated', null, null, null],
    // 45 minutes are over, an hour is not.
    ['scoped', null, null, false],
    ['documented', null, null, null],
  ]);
});

it('has its parts add up to the time of the last step, in whatever order the facts came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -500, max: 10_000 }), { minLength: 5, maxLength: 5 }), (times) => {
      const steps = [step(0, 'done', 0), ...times.map((seconds, index) => step(index + 1, 'done', seconds))];
      const rows = timingOf(steps, { openedAt, now: at(20_000) });
      const sum = rows.reduce((all, { tookSeconds }) => all + (tookSeconds ?? NaN), 0);
      expect(sum).toBeCloseTo(Math.max(0, ...times), 6);
      for (const row of rows) expect(row.withinTarget).toBe((row.sinceOpenedSeconds ?? NaN) <= targetSeconds[row.step]);
    }),
  );
});
