const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 1,288,490,189 -> `1.2 GiB`. */
export function sizeText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${units[step] ?? 'B'}`;
}

export const countText = (count: number): string => count.toLocaleString('en-US');

/** `1 record`, `2,048 records`. */
export const numberOf = (count: number, thing: string): string => `${countText(count)} ${thing}${count === 1 ? '' : 's'}`;

/** 0 -> `none`; seconds, minutes, hours above. */
export function lagText(seconds: number): string {
  if (seconds < 1) return 'none';
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
