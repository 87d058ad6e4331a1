/**
 * When a key is used: calls of each hour of the week (UTC), of the last five weeks, against which this hour is judged with median and MAD. What was
 * told as a finding is not learnt for three days, so that an attack does not become normal by lasting; after that it is how things are now.
 */
import { emptyWindow, type Window } from './window';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const SLOTS = 168;
const WEEKS = 5;
/** 1 January 1970 was a Thursday; slot 0 is Monday 00:00. */
const slotOf = (hour: number): number => (hour + 72) % SLOTS;
export const slotAt = (at: number): number => slotOf(Math.floor(at / HOUR_MS));

/** What changes with each call. */
export type Rhythm = {
  hour: number;
  calls: number;
  lastHour: Window;
  /** The hour in which a finding about when or how much was last told, and since when such hours follow each other within a day. */
  told: number | null;
  toldSince: number | null;
  /** The hour in which the caller was somebody else, as it looks: no precedent for anything. */
  suspect: number | null;
};
/** What changes once an hour. */
export type History = {
  since: number;
  /** Of each hour of the week, the latest last. */
  slots: number[][];
  /** Hours that stood out from their slot: batch jobs, month ends. `told`: 1 when it was a finding. */
  peaks: [hour: number, calls: number, told: 0 | 1][];
  /** Hours with calls that nothing is near in other weeks. */
  strays: number[];
  /** The longest pause of each week, the latest last. */
  pauses: [week: number, longestMs: number][];
};

export const newRhythm = (at: number): Rhythm => ({
  hour: Math.floor(at / HOUR_MS),
  calls: 0,
  lastHour: emptyWindow(),
  told: null,
  toldSince: null,
  suspect: null,
});
export const newHistory = (at: number): History => ({
  since: Math.floor(at / HOUR_MS),
  slots: Array.from({ length: SLOTS }, () => []),
  peaks: [],
  strays: [],
  pauses: [],
});

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? at(sorted, middle) : (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}
const at = (values: readonly number[], place: number): number => values[place] ?? 0;

/** Of a normal distribution, MAD times this is the standard deviation. */
const TO_DEVIATION = 1.4826;
const deviation = (values: readonly number[], middle: number): number =>
  TO_DEVIATION * median(values.map((value) => Math.abs(value - middle)));

export type Usual = { calls: number; deviation: number; weeks: number };

/** Of this hour and its neighbours, the one with most: jobs move by an hour with the clocks of where they run. */
export function usualAt(history: History, hour: number): Usual {
  const near = [hour - 1, hour, hour + 1].map((one) => usualOf(history.slots[slotOf(one)] ?? []));
  const most = near.reduce((a, b) => (b.calls + b.deviation > a.calls + a.deviation ? b : a));
  return { ...most, weeks: Math.min(...near.map(({ weeks }) => weeks)) };
}

function usualOf(values: readonly number[]): Usual {
  const calls = median(values);
  return { calls, deviation: deviation(values, calls), weeks: values.length };
}

/**
 * In the worst of the weeks that are known: the calls of these hours of the week, and in how many of the hours there were any. A single week of four and more
 * in which there was nothing at all is left out: a holiday, or it was silent. Two are a habit.
 */
export class LeastOfWeeks {
  private readonly sums: number[];
  private readonly active: number[];

  constructor(
    private readonly history: History,
    weeks: number,
  ) {
    this.sums = Array<number>(weeks).fill(0);
    this.active = Array<number>(weeks).fill(0);
  }

  /** Asked for hundreds of hours of each key: nothing is allocated. */
  add(hour: number): void {
    const values = this.history.slots[slotOf(hour)] ?? [];
    for (let ago = 0; ago < this.sums.length; ago++) {
      const calls = values[values.length - 1 - ago] ?? 0;
      this.sums[ago] = (this.sums[ago] ?? 0) + calls;
      if (calls > 0) this.active[ago] = (this.active[ago] ?? 0) + 1;
    }
  }

  get calls(): number {
    return least(this.sums);
  }

  get hours(): number {
    return least(this.active);
  }
}

const WEEKS_FOR_A_HOLIDAY = 4;
function least(values: readonly number[]): number {
  let [found, second] = [Infinity, Infinity];
  for (const value of values) {
    if (value < found) [found, second] = [value, found];
    else if (value < second) second = value;
  }
  return found === 0 && values.length >= WEEKS_FOR_A_HOLIDAY ? second : found;
}

/** In the weeks before this one, each of these hours of the week had calls in so many weeks at the most. Hours before `hour` are learnt already: their latest is left out. */
export function isUnused(history: History, hour: number, { reach, weeks }: { reach: number; weeks: number }): boolean {
  for (let near = hour - reach; near <= hour + reach; near++) {
    const all = history.slots[slotOf(near)] ?? [];
    const before = near < hour ? all.slice(0, -1) : all;
    if (before.filter((calls) => calls > 0).length > weeks) return false;
  }
  return true;
}

export const unusedShare = ({ slots }: History): number => slots.filter((calls) => calls.every((count) => count === 0)).length / SLOTS;

export const weeksKnown = (history: History, hour: number): number => Math.floor((hour - history.since) / SLOTS);

/** Whoever calls is somebody else, or looks for what is not theirs: neither learnt nor a precedent. */
export function noteSuspect(rhythm: Rhythm): void {
  rhythm.suspect = rhythm.hour;
  noteTold(rhythm);
}

/** The finding of this hour; three days of them are not learnt. */
export function noteTold(rhythm: Rhythm): void {
  if (rhythm.told === null || rhythm.hour - rhythm.told > 24) rhythm.toldSince = rhythm.hour;
  rhythm.told = rhythm.hour;
}
const isUnlearnt = ({ told, toldSince }: Rhythm, hour: number): boolean => told === hour && toldSince !== null && hour - toldSince < 72;

/** Ends the hours before this one. `standsOut` is asked with the slots as they were. */
export function closeHours(rhythm: Rhythm, history: History, hour: number, standsOut: (hour: number, calls: number) => boolean): void {
  const { hour: ended, calls } = rhythm;
  const isTold = isUnlearnt(rhythm, ended) && weeksKnown(history, ended) >= 3;
  if (calls > 0 && standsOut(ended, calls))
    history.peaks = lately([...history.peaks, [ended, calls, isTold ? 1 : 0]], ([peak]) => peak, ended);
  if (calls > 0 && rhythm.suspect !== ended && isStray(history, ended))
    history.strays = lately([...history.strays, ended], (stray) => stray, ended);
  learn(history, ended, isTold ? Math.min(calls, Math.round(usualAt(history, ended).calls)) : calls);
  // Of a longer absence, what matters is in the last weeks.
  for (let empty = Math.max(ended + 1, hour - WEEKS * SLOTS); empty < hour; empty++) learn(history, empty, 0);
  rhythm.hour = hour;
  rhythm.calls = 0;
}

/** Next to nothing is near it in other weeks: four weeks after a month's end another one may fall on the same day. */
const isStray = (history: History, hour: number): boolean =>
  weeksKnown(history, hour) >= 2 && isUnused(history, hour, { reach: 2, weeks: 1 });

/** Of the last forty days, at most sixty. */
const lately = <T>(all: T[], hourOf: (one: T) => number, now: number): T[] => all.filter((one) => now - hourOf(one) <= 40 * 24).slice(-60);

function learn(history: History, hour: number, calls: number): void {
  const slot = history.slots[slotOf(hour)];
  slot?.push(calls);
  if (slot !== undefined && slot.length > WEEKS) slot.shift();
}

/** The largest hour a month ago; 0: there was none. Also one that was told: if it was wrong, somebody had a month to say so. */
export function monthAgo(history: History, hour: number): number {
  return Math.max(0, ...history.peaks.filter(([peak]) => isMonthAgo(hour, peak)).map(([, calls]) => calls));
}
/** At this time of day, the same day of the month before or up to three days off: month ends and weekends move it. */
function isMonthAgo(hour: number, peak: number): boolean {
  if (![0, 1, 2, 22, 23].includes((hour - peak) % 24)) return false;
  return fromNextMonth(hour, peak) <= 3 * DAY_MS;
}
function fromNextMonth(hour: number, peak: number): number {
  const next = new Date(peak * HOUR_MS);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return Math.abs(hour * HOUR_MS - next.getTime());
}
const daysFromNext = (hour: number, peak: number): number => Math.round(fromNextMonth(hour, peak) / DAY_MS);

/** A month ago it was used at this hour of the day, though in no other week; and this month's has not come already, at least as near to its day. */
export const wasStrayMonthAgo = (history: History, hour: number): boolean =>
  history.strays.some((stray) => isMonthAgo(hour, stray) && !hasComeAgain(history, hour, stray));

/** One night is one run. */
const NIGHT_HOURS = 12;
const hasComeAgain = ({ strays }: History, hour: number, stray: number): boolean =>
  strays.some((other) => hour - other > NIGHT_HOURS && isMonthAgo(other, stray) && daysFromNext(other, stray) <= daysFromNext(hour, stray));

export function notePause(history: History, from: number, to: number): void {
  const week = Math.floor(to / (SLOTS * HOUR_MS));
  const last = history.pauses.at(-1);
  if (last?.[0] === week) last[1] = Math.max(last[1], to - from);
  else history.pauses.push([week, to - from]);
  if (history.pauses.length > WEEKS) history.pauses.shift();
}
export const longestPause = ({ pauses }: History): number => Math.max(0, ...pauses.map(([, longest]) => longest));
