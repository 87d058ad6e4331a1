/** From what a key did to a proposal of what is normal for it. A proposal: a person reads it, changes it and approves it. Pure. */
import { inNetworks, type NormalHours, type NormalUsageDocument } from '@pinebill/contract';

/** A value, how many requests had it, and on how many days. */
export type Seen = { value: string; requests: number; days: number };
export type Use = {
  /** `13`: of the week, 0 is Monday from 0 to 1 o'clock, UTC. */
  hours: readonly Seen[];
  networks: readonly Seen[];
  agents: readonly Seen[];
  endpoints: readonly Seen[];
  countries: readonly Seen[];
  /** Of the busiest hour. */
  mostPerHour: number;
  requests: number;
  /** Over so many days. */
  days: number;
};

const MOST = 50;
/** What was seen on one day only is kept when it was this part of the use: a new program counts, a stray call does not. */
const LEAST_SHARE = 0.01;
const HOURS_OF_WEEK = 168;

const usual = (seen: readonly Seen[], all: number): string[] | null => {
  const values = seen
    .filter(({ requests, days }) => days > 1 || requests >= all * LEAST_SHARE)
    .sort((a, b) => b.requests - a.requests || (a.value < b.value ? -1 : 1))
    .slice(0, MOST)
    .map(({ value }) => value);
  return values.length > 0 ? values : null;
};

/** What open findings are about: nobody has said that it is normal. */
export type Suspects = { networks: readonly string[]; countries: readonly string[] };
const nobody: Suspects = { networks: [], countries: [] };

export function draftOf(use: Use, suspects: Suspects = nobody): NormalUsageDocument {
  const list = (seen: readonly Seen[]): string[] | null => usual(seen, use.requests);
  // Of IPv6 a finding names a wider network than a draft does.
  const networks = use.networks.filter(({ value }) => !inNetworks(value.split('/')[0] ?? null, suspects.networks));
  const countries = use.countries.filter(({ value }) => !suspects.countries.includes(value));
  return {
    hours: hoursOf(use),
    ...{ networks: list(networks), agents: list(use.agents), endpoints: list(use.endpoints), countries: list(countries) },
    perHour: use.mostPerHour > 0 ? roundedUp(use.mostPerHour) : null,
  };
}

/** An hour of the week comes once in it: what was used in one week only may have been a coincidence. */
const LEAST_DAYS = 14;

/** Null where it is used around the clock, or never, or where too little of it was seen. */
function hoursOf({ hours, days, requests }: Use): NormalHours[] | null {
  if (days < LEAST_DAYS) return null;
  const used = new Set(hours.filter((hour) => hour.days > 1 || hour.requests >= requests * LEAST_SHARE).map(({ value }) => Number(value)));
  if (used.size === 0 || used.size === HOURS_OF_WEEK) return null;
  const ranges = new Map<string, NormalHours>();
  for (let day = 1; day <= 7; day++) {
    for (const [fromHour, toHour] of runsOf((hour) => used.has((day - 1) * 24 + hour))) {
      const same = ranges.get(`${fromHour}-${toHour}`);
      if (same) same.days.push(day);
      else ranges.set(`${fromHour}-${toHour}`, { days: [day], fromHour, toHour });
    }
  }
  return [...ranges.values()];
}

/** One free hour between two that are used is a coincidence. */
function runsOf(isUsed: (hour: number) => boolean): [number, number][] {
  const runs: [number, number][] = [];
  for (let hour = 0; hour < 24; hour++) {
    if (!isUsed(hour)) continue;
    const last = runs.at(-1);
    if (last && hour - last[1] <= 1) last[1] = hour + 1;
    else runs.push([hour, hour + 1]);
  }
  return runs;
}

/** To two digits: nobody means 1,187 requests. */
function roundedUp(count: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.ceil(count / step) * step;
}
