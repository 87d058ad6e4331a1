/** Weeks and how far their reviews are, in words. */
import type { WeeklyReviewSummary } from '../api-types';
import type { StatusTone } from '../theme';

const DAY_MS = 86_400_000;
const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const withYear = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC' });

/** `Nov 16 to Nov 22, 2026`: the days of UTC that it has. */
export const weekText = ({ from, to }: Pick<WeeklyReviewSummary, 'from' | 'to'>): string =>
  `${day.format(new Date(from))} to ${withYear.format(new Date(Date.parse(to) - DAY_MS))}`;

export function stateOf({ signature, overdue }: Pick<WeeklyReviewSummary, 'signature' | 'overdue'>): { text: string; tone: StatusTone } {
  if (signature !== null) return { text: 'Signed', tone: 'success' };
  return overdue ? { text: 'Overdue', tone: 'server' } : { text: 'To sign', tone: 'client' };
}

/** Made up for in a later week than the one that follows. */
export const isLate = ({ to, madeAt }: Pick<WeeklyReviewSummary, 'to' | 'madeAt'>): boolean =>
  Date.parse(madeAt) - Date.parse(to) > 7 * DAY_MS;

/** `1,200, 300 more than the week before`. */
export function courseText(now: number, before: number | undefined): string {
  const shown = now.toLocaleString('en');
  if (before === undefined) return shown;
  if (now === before) return `${shown}, as the week before`;
  return `${shown}, ${Math.abs(now - before).toLocaleString('en')} ${now > before ? 'more' : 'fewer'} than the week before`;
}
