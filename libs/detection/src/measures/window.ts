/** How much happened lately: counts in buckets of time, the oldest given up. Plain data, so that it can be remembered as it is. */
export type Window = {
  /** Ascending. `firstAt` is when the first of the bucket happened. */
  buckets: [bucket: number, count: number, firstAt: number][];
  total: number;
  /** The latest records in it, at most five. */
  ids: string[];
};
export type Span = { bucketMs: number; buckets: number };

export const emptyWindow = (): Window => ({ buckets: [], total: 0, ids: [] });

export const minutes = (count: number): Span => ({ bucketMs: 60_000, buckets: count });

/** Gives up what is too old by now. */
export function slide(window: Window, now: number, { bucketMs, buckets }: Span): void {
  const oldest = Math.floor(now / bucketMs) - buckets + 1;
  let given = 0;
  for (const [bucket, count] of window.buckets) {
    if (bucket >= oldest) break;
    window.total -= count;
    given += 1;
  }
  if (given > 0) window.buckets.splice(0, given);
  if (window.buckets.length === 0) window.ids = [];
}

/** Counts one, and says how many there are now. What comes too late for the window is not counted. */
export function count(window: Window, at: number, span: Span, id?: string): number {
  slide(window, at, span);
  const bucket = Math.floor(at / span.bucketMs);
  const last = window.buckets.at(-1);
  if (last?.[0] === bucket) last[1] += 1;
  else if (last === undefined || last[0] < bucket) window.buckets.push([bucket, 1, at]);
  else if (!countLate(window, at, bucket, span)) return window.total;
  window.total += 1;
  if (id !== undefined) {
    window.ids.push(id);
    if (window.ids.length > 5) window.ids.shift();
  }
  return window.total;
}

function countLate(window: Window, at: number, bucket: number, { buckets }: Span): boolean {
  if (bucket <= (window.buckets.at(-1)?.[0] ?? bucket) - buckets) return false;
  const place = window.buckets.findIndex(([other]) => other >= bucket);
  const found = window.buckets[place];
  if (found?.[0] === bucket) found[1] += 1;
  else window.buckets.splice(place, 0, [bucket, 1, at]);
  return true;
}

export const startOf = (window: Window, otherwise: number): number => window.buckets[0]?.[2] ?? otherwise;
