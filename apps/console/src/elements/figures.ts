/** Counts, sizes and durations as people read them, the same on every page. */

/** 1234567 -> `1,234,567`. */
export const countText = (count: number): string => count.toLocaleString('en-US');

/** `1 record`, `2,048 records`. */
export const numberOf = (count: number, thing: string): string => `${countText(count)} ${thing}${count === 1 ? '' : 's'}`;

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
/** 1,288,490,189 -> `1.2 GiB`. */
export function sizeText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${units[step] ?? 'B'}`;
}

/** Milliseconds, for a column whose head says so: `1.3`, `2,500`. */
export const duration = (ms: number | null): string => (ms === null ? '–' : ms < 10 ? ms.toFixed(1) : countText(Math.round(ms)));

/** Where the last step of the histogram of durations begins, which has no end. */
const OPEN_FROM_MS = 10_000;
/** A percentile, which comes from the histogram: what lies in its last step is told as where that begins. */
export const percentileText = (ms: number | null): string =>
  ms === null ? '–' : ms >= OPEN_FROM_MS ? '10 s or more' : `${duration(ms)} ms`;

/** 0 -> `none`; seconds, minutes, hours above. */
export function lagText(seconds: number): string {
  if (seconds < 1) return 'none';
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

export function share(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent > 0 && percent < 10 ? 1 : 0)} %`;
}
