/** Times as people read them: `Dec 2, 2025 10:30:15 AM` in the zone that the reader has chosen, the same in UTC on hover, and "3 min ago" in lists. */
import { chosenZone } from './time-zone';

const parts: Intl.DateTimeFormatOptions = {
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
  hour12: true,
};
const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string | undefined): Intl.DateTimeFormat {
  const key = timeZone ?? '';
  const known = formats.get(key) ?? new Intl.DateTimeFormat('en-US', timeZone ? { ...parts, timeZone } : parts); // making one costs more than using it a thousand times
  formats.set(key, known);
  return known;
}

export function exactTime(instant: string | Date, timeZone = chosenZone() ?? undefined): string {
  const piece = new Map(
    format(timeZone)
      .formatToParts(new Date(instant))
      .map(({ type, value }) => [type, value]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes): string => piece.get(type) ?? '';
  return `${get('month')} ${get('day')}, ${get('year')} ${get('hour')}:${get('minute')}:${get('second')} ${get('dayPeriod')}`;
}

export const utcTime = (instant: string | Date): string => `${new Date(instant).toISOString().replace('T', ' ').replace('Z', '')} UTC`;

const steps: [limit: number, seconds: number, unit: string][] = [
  [60, 1, 's'],
  [3_600, 60, 'min'],
  [86_400, 3_600, 'h'],
  [86_400 * 45, 86_400, 'd'],
  [86_400 * 700, 86_400 * 30, 'mo'],
];

export function relativeTime(instant: string | Date, now: Date = new Date()): string {
  const seconds = Math.round((now.getTime() - new Date(instant).getTime()) / 1_000);
  const size = Math.abs(seconds);
  if (size < 5) return seconds >= 0 ? 'just now' : 'in a moment';
  const [, unitSeconds, unit] = steps.find(([limit]) => size < limit) ?? [0, 86_400 * 365, 'y'];
  const text = `${Math.max(1, Math.floor(size / unitSeconds))} ${unit}`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}
