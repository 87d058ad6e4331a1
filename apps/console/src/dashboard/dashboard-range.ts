/** The period that the dashboard shows: in the URL, so that going back and a link keep it. */
import { useMemo } from 'react';
import { useLocation } from 'react-admin';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export const ranges = {
  '1h': { label: '1 hour', ms: HOUR_MS, interval: 'minute', stepMs: MINUTE_MS },
  '24h': { label: '24 hours', ms: 24 * HOUR_MS, interval: 'hour', stepMs: HOUR_MS },
  '7d': { label: '7 days', ms: 7 * 24 * HOUR_MS, interval: 'hour', stepMs: HOUR_MS },
  '30d': { label: '30 days', ms: 30 * 24 * HOUR_MS, interval: 'day', stepMs: 24 * HOUR_MS },
} as const;
export type RangeName = keyof typeof ranges;
const standard: RangeName = '24h';

export type Period = { name: RangeName; from: string; to: string; interval: 'minute' | 'hour' | 'day'; stepMs: number };

export const rangeLink = (name: RangeName): string => (name === standard ? '/' : `/?range=${name}`);

/** In whole intervals, the one that goes on included; `now` is fixed until the reader asks again. */
export function periodOf(name: RangeName, now: Date): Period {
  const { ms, interval, stepMs } = ranges[name];
  const to = (Math.floor(now.getTime() / stepMs) + 1) * stepMs;
  return { name, from: new Date(to - ms).toISOString(), to: new Date(to).toISOString(), interval, stepMs };
}

export function usePeriod(reloads: number): Period {
  const { search } = useLocation();
  const asked = new URLSearchParams(search).get('range');
  const name = asked !== null && asked in ranges ? (asked as RangeName) : standard;
  // A new moment with each reload.
  return useMemo(() => periodOf(name, new Date()), [name, reloads]);
}
