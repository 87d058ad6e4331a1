/** What the roll-ups count by, and the steps of their histogram of durations; the store and the reader agree on it here. */
import type { ActorType } from './audit.types';

/** As they stand in the column `dimension`. */
export const dimensions = { caller: 1, route: 2, status: 3, country: 4, address: 5 } as const;
export type Dimension = keyof typeof dimensions;
/** What a counter is of: a minute, or a whole hour or day (UTC), whose first minute its `minute` is. Added to the dimension. */
export const levels = { minute: 0, hour: 10, day: 20 } as const;
export type Level = keyof typeof levels;
export const HOUR_MINUTES = 60;
export const DAY_MINUTES = 1_440;
/** The first minute of the interval that a minute lies in. */
export const beginOf = (minute: number, length: number): number => Math.floor(minute / length) * length;
/** The days before are summed up as soon as their hours are; null: none is. */
export const daysUntil = (hoursUntil: number | null): number | null => hoursUntil && beginOf(hoursUntil, DAY_MINUTES);
/** `beginOf` as SQL; also before 1970, where PostgreSQL's division would round up. */
export const beginSql = (minute: string, length: number | string): string =>
  `${minute} - mod(mod(${minute}, ${length}) + ${length}, ${length})`;

/** Each counter is of one kind of caller, so that who called is a filter of every dimension. In SQL the first is 1. */
export const actorKinds = ['apiKey', 'user', 'anonymous', 'system'] as const satisfies readonly ActorType[];

/** So many addresses of a batch and organization have counters of their own. */
export const MOST_ADDRESSES = 200;
/** Stands for all others. */
export const OTHER_ADDRESSES = '*';

/** Upper ends in milliseconds, included; what is longer falls into one more bucket. */
export const bucketEndsMs = [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 10_000] as const;
export const bucketColumns: readonly string[] = [...bucketEndsMs.map((end) => `up_to_${end}_ms`), 'longer'];

/** Rounded as the row keeps it, so that a recount over the rows finds the same bucket. */
export function bucketOf(durationMs: number): number {
  const kept = Math.fround(durationMs);
  const found = bucketEndsMs.findIndex((end) => kept <= end);
  return found < 0 ? bucketEndsMs.length : found;
}

/**
 * The duration that a share of the calls stayed within, as if the calls of a bucket were spread evenly over it; null without any. Histograms of several
 * periods or groups are added, bucket by bucket, and the quantile of the sum is as good as that of one. What it says lies in the same bucket as the true value:
 * it is off by less than the width of that bucket, so by less than 1 ms up to 2 ms, and never by more than the factor 2.5 up to 2.5 s, 4 up to 10 s. What
 * lies in the last bucket is at least its beginning, and told as that.
 */
export function quantileMs(buckets: readonly number[], share: number): number | null {
  const wanted = buckets.reduce((sum, count) => sum + count, 0) * share;
  if (wanted === 0) return null;
  let below = 0;
  for (const [index, count] of buckets.entries()) {
    const [begin, end] = [bucketEndsMs[index - 1] ?? 0, bucketEndsMs[index]];
    if (count > 0 && below + count >= wanted) return end === undefined ? begin : begin + ((wanted - below) / count) * (end - begin);
    below += count;
  }
  return null;
}
