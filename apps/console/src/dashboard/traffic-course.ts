/** The course of the traffic as the chart and its table show it: every interval of the period, also those without a request. */
import type { StatsLine } from '../api-types';
import type { Period } from './dashboard-range';
import { rowsLink } from './use-stats';

export const parts = ['succeeded', 'clientErrors', 'serverErrors'] as const;
export type Part = (typeof parts)[number];
export const partNames: Record<Part, string> = { succeeded: 'Below 400', clientErrors: '4xx', serverErrors: '5xx' };
/** As the log's filter says it. A request without an answer has no class, and is no error: it is among the first. */
const statuses: Record<Part, string | null> = { succeeded: null, clientErrors: '4xx', serverErrors: '5xx' };

export type Interval = { from: string; to: string; requests: number; p95Ms: number | null } & Record<Part, number>;

export function courseOf({ from, to, stepMs }: Period, lines: readonly StatsLine[]): Interval[] {
  const known = new Map(lines.map((line) => [Date.parse(line.from), line]));
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  return Array.from({ length: Math.round((end - begin) / stepMs) }, (_, index) => {
    const at = begin + index * stepMs;
    const line = known.get(at);
    const { requests = 0, clientErrors = 0, serverErrors = 0, p95Ms = null } = line ?? {};
    return {
      ...{ from: new Date(at).toISOString(), to: new Date(at + stepMs).toISOString() },
      ...{ requests, succeeded: requests - clientErrors - serverErrors, clientErrors, serverErrors, p95Ms },
    };
  });
}

export function intervalLink(interval: Interval, part?: Part): string {
  const status = part && statuses[part];
  return rowsLink(interval, status ? { status } : {});
}
