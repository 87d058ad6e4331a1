/** What the roll-ups count by, and the steps of their histogram of durations; the store and the reader agree on it here. */

/** As they stand in the column `dimension`. */
export const dimensions = { caller: 1, route: 2, status: 3, country: 4, address: 5 } as const;
export type Dimension = keyof typeof dimensions;

/** So many addresses of a batch and organization have counters of their own. */
export const MOST_ADDRESSES = 200;
/** Stands for all others. */
export const OTHER_ADDRESSES = '*';

/** Upper ends in milliseconds, included; what is longer falls into one more bucket. */
export const bucketEndsMs = [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 10_000] as const;
export const bucketColumns: readonly string[] = [...bucketEndsMs.map((end) => `up_to_${end}_ms`), 'longer'];

export function bucketOf(durationMs: number): number {
  const found = bucketEndsMs.findIndex((end) => durationMs <= end);
  return found < 0 ? bucketEndsMs.length : found;
}

/**
 * The duration that a share of the calls stayed within, as if the calls of a bucket were spread evenly over it; null without any. What lies in the last
 * bucket is at least its beginning, and told as that.
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
