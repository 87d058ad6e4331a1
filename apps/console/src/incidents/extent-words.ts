/** The extent of a breach in links and intervals. Pure. */
import type { IncidentExtent } from '../api-types';
import type { Interval, Part } from '../dashboard/traffic-course';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** More bars than that say nothing. */
const MOST_HOURS = 24 * 14;

/** The rows behind a number: its filter, as the API gives it, is what the log's address takes. */
export const rowsBehind = (filter: string, part = ''): string => `/audit-logs?${filter}${part ? `&${part}` : ''}&range=all`;

/** The same rows, of another period. */
function during(filter: string, { from, to }: Pick<Interval, 'from' | 'to'>): string {
  const query = new URLSearchParams(filter);
  query.set('from', from);
  query.set('to', to);
  return query.toString();
}

const parts: Record<Part, (extent: IncidentExtent) => string> = {
  succeeded: ({ partFilters }) => partFilters.accepted,
  clientErrors: ({ partFilters }) => partFilters.refused,
  serverErrors: ({ partFilters }) => partFilters.errors,
};

export function meaningOf(extent: IncidentExtent) {
  return {
    names: { succeeded: 'Accepted', clientErrors: 'Refused', serverErrors: 'Other errors' },
    linkOf: (interval: Interval, part?: Part): string =>
      rowsBehind(during(extent.total?.filter ?? '', interval), part ? parts[part](extent) : ''),
  };
}

export type ExtentCourse = { interval: 'hour' | 'day'; days: number; course: Interval[] };

/** Every hour from the first with a request to the last; of a long time every day (UTC). What has no answer stands with what was accepted: it may have had effect. */
export function courseOf({ hours, from, to }: Pick<IncidentExtent, 'hours' | 'from' | 'to'>): ExtentCourse {
  const [first, last] = [hours[0], hours.at(-1)];
  if (!first || !last) return { interval: 'hour', days: 1, course: [] };
  const long = (Date.parse(last.from) - Date.parse(first.from)) / HOUR_MS > MOST_HOURS;
  const step = long ? DAY_MS : HOUR_MS;
  const startOf = (at: string): number => Math.floor(Date.parse(at) / step) * step;
  const bars = new Map<number, Interval>();
  for (let at = startOf(first.from); at <= startOf(last.from); at += step) {
    // What is asked for is no more than the extent.
    const [begin, end] = [Math.max(at, Date.parse(from)), Math.min(at + step, Date.parse(to))].map((one) => new Date(one).toISOString());
    bars.set(at, { from: begin ?? '', to: end ?? '', requests: 0, p95Ms: null, succeeded: 0, clientErrors: 0, serverErrors: 0 });
  }
  for (const hour of hours) {
    const bar = bars.get(startOf(hour.from));
    if (!bar) continue;
    bar.requests += hour.requests;
    bar.succeeded += hour.accepted + hour.unanswered;
    bar.clientErrors += hour.refused;
    bar.serverErrors += hour.errors;
  }
  return { interval: long ? 'day' : 'hour', days: Math.max(1, Math.round((bars.size * step) / DAY_MS)), course: [...bars.values()] };
}

const sizes = ['B', 'KB', 'MB', 'GB', 'TB'];
export function bytes(count: number): string {
  const power = count < 1_024 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log(count) / Math.log(1_024)));
  return `${(count / 1_024 ** power).toLocaleString('en-US', { maximumFractionDigits: power === 0 ? 0 : 1 })} ${sizes[power] ?? ''}`;
}

/** For `<input type="datetime-local">`, in the zone of the browser, and back. */
export function localInput(instant: string): string {
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
export function fromLocalInput(text: string): string | null {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? null : at.toISOString();
}
