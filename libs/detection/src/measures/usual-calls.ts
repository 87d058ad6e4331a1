/** How many calls an hour are still usual for a key. */
import { type History, median, monthAgo, usualAt, weeksKnown } from './rhythm';

export type SpikeSettings = {
  callsPerHour: number;
  timesUsual: number;
  deviations: number;
  timesPeak: number;
  coldDays: number;
  timesLargest: number;
};
export type Limit = {
  calls: number;
  usual: number;
  deviation: number;
  weeks: number;
  because: 'hourOfWeek' | 'earlierPeaks' | 'monthAgo' | 'largestSoFar' | 'tooYoung';
};

const WARM_WEEKS = 3;
/** Fewer calls within an hour are no peak. */
const FEW = 30;
/** Peaks of one's own: a key that had so many is one that has them. */
const OFTEN = 3;

/** An hour that stands out from what comes at this hour of the week; in the first weeks, from all hours. */
export function standsOut(history: History, hour: number, calls: number): boolean {
  if (calls < FEW) return false;
  if (weeksKnown(history, hour) < WARM_WEEKS) return calls > 3 * median(history.slots.flat().filter((value) => value > 0));
  const usual = usualAt(history, hour);
  return calls > usual.calls * 2 + 3 * Math.sqrt(usual.calls + 1);
}

export function limitAt(history: History, hour: number, settings: SpikeSettings): Limit {
  const { callsPerHour, timesUsual, deviations, timesPeak, coldDays, timesLargest } = settings;
  const usual = usualAt(history, hour);
  const weeks = weeksKnown(history, hour);
  const said = { usual: usual.calls, deviation: usual.deviation, weeks };
  if (hour - history.since < coldDays * 24) return { ...said, calls: Infinity, because: 'tooYoung' };
  if (weeks < WARM_WEEKS || usual.weeks < WARM_WEEKS) {
    const largest = history.slots.reduce((most, values) => Math.max(most, ...values), 0);
    return { ...said, usual: largest, calls: Math.max(2 * callsPerHour, largest * timesLargest), because: 'largestSoFar' };
  }
  const spread = Math.max(usual.deviation, Math.sqrt(usual.calls));
  const ofSlot = Math.max(callsPerHour, usual.calls * timesUsual, usual.calls + deviations * spread);
  const own = largestOfDays(history).sort((a, b) => b - a);
  const ofPeaks = (own[OFTEN - 1] ?? 0) * timesPeak;
  const ofMonth = monthAgo(history, hour) * timesPeak;
  const calls = Math.max(ofSlot, ofPeaks, ofMonth);
  return { ...said, calls, because: calls === ofSlot ? 'hourOfWeek' : calls === ofPeaks ? 'earlierPeaks' : 'monthAgo' };
}

/** Of each day that had peaks, the largest. Also those that were told: on the third day that it has them, they are its own. */
function largestOfDays({ peaks }: History): number[] {
  const days = new Map<number, number>();
  for (const [hour, calls] of peaks) days.set(Math.floor(hour / 24), Math.max(days.get(Math.floor(hour / 24)) ?? 0, calls));
  return [...days.values()];
}
