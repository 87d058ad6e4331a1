/** When detection is called behind. */
import { type DetectionFigures, detectionWarnings, Lateness } from './detection-state';

const MINUTE = 60_000;
const at = (minutes: number): Date => new Date(Date.UTC(2025, 11, 2, 10) + minutes * MINUTE);
const waiting = (oldest: Date | null): DetectionFigures => ({
  ...{ behind: 1, waiting: 4_000, oldestWaitingAt: oldest?.toISOString() ?? null },
  ...{ failing: 0, lastFailedAt: null, lastError: null },
});

it('is behind who has been for five minutes without a break, however old what waits is', () => {
  const lateness = new Lateness();
  const ask = (now: number, figures: DetectionFigures | null) => lateness.isLate(figures && { detection: figures }, at(now));
  const monthOld = waiting(at(-43_200));
  // The first start of a demo: a month of log is there, and looked at within minutes.
  expect([ask(0, monthOld), ask(4, monthOld), ask(5, waiting(null)), ask(6, waiting(at(5)))]).toEqual([false, false, false, false]);
  // Nobody looks at it. While the database does not answer, nothing is known to be better.
  expect([ask(10, monthOld), ask(15, monthOld), ask(16, monthOld), ask(17, null), ask(18, waiting(at(17)))]).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
});

it('says so only then', () => {
  const codes = (isLate: boolean) =>
    detectionWarnings(waiting(at(-60)), { isLate, now: at(0) }).map(({ code, message }) => `${code} ${message}`);
  expect(codes(false)).toEqual([]);
  expect(codes(true)).toEqual([
    'detection_behind Detection is behind: 4,000 requests of 1 organization are not looked at yet, the oldest is of 60 minutes ago.',
  ]);
});
