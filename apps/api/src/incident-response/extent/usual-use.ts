/**
 * Where the use of a key begins to differ from what was usual: the start that is suggested for the extent of a breach, and why. Pure.
 *
 * What is usual is learnt from the first week of use, or the first half where there is less than two weeks; whatever was seen a month before the end has become usual, too.
 * After that, the first request from a network or country, or by a program, that was never seen before is a departure; so is the first request at an hour of
 * the day that the key kept away from, and the first that may change something. A key whose networks (or programs) change all the time says nothing by a new one.
 */
export type Use = { kind: 'network' | 'country' | 'program'; value: string | null; firstAt: Date };
export type UsualFacts = {
  /** Whatever the key was used from or by, with the first request. */
  uses: readonly Use[];
  /** Hours (UTC) in which it was used, with how many requests. */
  hours: readonly { from: Date; requests: number }[];
  /** When something may have been changed for the first time; null: never. */
  firstWriteAt: Date | null;
  to: Date;
};

export const departures = ['network', 'country', 'program', 'hour', 'write'] as const;
export type Departure = { kind: (typeof departures)[number]; value: string | null; at: Date; text: string };
export type Suggestion = {
  /** Null: the key was not used. */
  suggestedFrom: Date | null;
  /** `habit`: what it is compared with; `short`: too little use to learn from; `steady`: nothing departs. */
  basis: 'departure' | 'steady' | 'short' | 'unused';
  /** Until when use counts as usual; null: too little. */
  usualUntil: Date | null;
  /** What departs within an hour of the start, the earliest first. */
  because: Departure[];
  text: string;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LEARNT_MS = 7 * DAY_MS;
const FORGOTTEN_MS = 30 * DAY_MS;
const SHORTEST_MS = DAY_MS;
/** So many new ones in the later half of what was learnt: they change all the time. */
const RESTLESS = 3;
/** Who calls in more hours of the day than that keeps away from none. */
const MOST_USUAL_HOURS = 16;
/** On average each of its hours was seen so often. */
const REGULAR = 3;
const MOST_REASONS = 10;

export function suggestStart({ uses, hours, firstWriteAt, to }: UsualFacts): Suggestion {
  const begin = Math.min(...uses.map(({ firstAt }) => firstAt.getTime()));
  const none = { usualUntil: null, because: [] };
  if (uses.length === 0)
    return { ...none, suggestedFrom: null, basis: 'unused', text: 'The key was not used, as far as the log still shows.' };
  if (to.getTime() - begin < SHORTEST_MS)
    return { ...none, suggestedFrom: new Date(begin), basis: 'short', text: 'The key has been used for less than a day, so nothing is usual yet: this is its first request.' }; // prettier-ignore
  const until = Math.max(begin + Math.min(LEARNT_MS, (to.getTime() - begin) / 2), to.getTime() - FORGOTTEN_MS);
  const span = { begin, until, since: new Date(begin).toISOString().slice(0, 10) };
  const found = [...strangers(uses, span), ...strangeHour(hours, span), ...firstWrite(firstWriteAt, uses, span)].sort((a, b) => a.at.getTime() - b.at.getTime()); // prettier-ignore
  const [first] = found;
  const usualUntil = new Date(until);
  if (!first)
    return { suggestedFrom: usualUntil, basis: 'steady', usualUntil, because: [], text: `Nothing departs from what was usual before ${day(until)}: choose the start yourself.` }; // prettier-ignore
  const because = found.filter(({ at }) => at.getTime() < first.at.getTime() + HOUR_MS).slice(0, MOST_REASONS);
  return { suggestedFrom: first.at, basis: 'departure', usualUntil, because, text: because.map(({ text }) => text).join(' ') };
}

type Span = { begin: number; until: number; since: string };
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

const told: Record<Use['kind'], (value: string) => string> = {
  network: (value) => `from the network ${value}`,
  country: (value) => `from the country ${value}`,
  program: (value) => (value === '' ? 'by a program that does not say what it is' : `by the program ${value}`),
};

function strangers(uses: readonly Use[], { begin, until, since }: Span): Departure[] {
  return (Object.keys(told) as Use['kind'][]).flatMap((kind) => {
    const firsts = new Map<string, number>();
    for (const use of uses)
      if (use.kind === kind && use.value !== null)
        firsts.set(use.value, Math.min(firsts.get(use.value) ?? Infinity, use.firstAt.getTime()));
    const times = [...firsts.values()];
    const changesAllTheTime = times.filter((at) => at > (begin + until) / 2 && at <= until).length >= RESTLESS;
    // Where a country was never told, the first one tells nothing.
    if (changesAllTheTime || !times.some((at) => at <= until)) return [];
    const strange = [...firsts].filter(([, at]) => at > until);
    return strange.map(([value, at]) => ({ kind, value, at: new Date(at), text: `First request ${told[kind](value)}; use is known since ${since}.` })); // prettier-ignore
  });
}

function strangeHour(hours: UsualFacts['hours'], { until, begin }: Span): Departure[] {
  const learnt = hours.filter(({ from }) => from.getTime() <= until).map(({ from }) => from.getUTCHours());
  const usual = new Set(learnt);
  // Who calls now and then keeps no hours.
  if (until - begin < LEARNT_MS || usual.size > MOST_USUAL_HOURS || learnt.length < usual.size * REGULAR) return [];
  const strange = hours.filter(({ from }) => from.getTime() > until && !usual.has(from.getUTCHours())).sort((a, b) => a.from.getTime() - b.from.getTime())[0]; // prettier-ignore
  if (!strange) return [];
  const hour = strange.from.getUTCHours();
  const clock = (at: number): string => `${String(at % 24).padStart(2, '0')}:00`;
  return [{ kind: 'hour', value: clock(hour), at: strange.from, text: `Requests between ${clock(hour)} and ${clock(hour + 1)} UTC, an hour in which the key was never used before.` }]; // prettier-ignore
}

function firstWrite(at: Date | null, uses: readonly Use[], { until }: Span): Departure[] {
  if (at === null || at.getTime() <= until || uses.length === 0) return [];
  return [{ kind: 'write', value: null, at, text: 'First request that may change something: until then the key only read.' }];
}
