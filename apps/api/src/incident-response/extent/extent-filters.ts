/**
 * The rows behind a number, as the query of `GET /v1/audit-logs`: one function for each kind of line, in the words of the grammar (libs/contract/src/log-filter.ts).
 * Null where the grammar cannot say it. Pure.
 */
import type { Extent } from '@pinebill/nestjs-audit';

export type Condition = readonly [parameter: string, value: string];
/** Of the whole extent: keys as they leave, and the period. */
export type Scope = { keyIds: readonly string[]; from: Date; to: Date };

/** The longest list that a parameter takes. */
const MOST_VALUES = 100;
const MOST_CHARACTERS = 2_048;
/** Of one condition as it stands in an address: what is read of one ends at 16 KB. */
const MOST_ENCODED = 8_000;

/** Into a list of values; a leading `!` would negate it. */
const escaped = (value: string): string => value.replace(/[\\,*!]/g, '\\$&');
const not = (...values: string[]): string => `!${values.join(',')}`;
const canBeSaid = (values: readonly string[]): boolean =>
  values.length <= MOST_VALUES &&
  values.every((value) => value.length <= MOST_CHARACTERS) &&
  new URLSearchParams({ v: values.map(escaped).join() }).toString().length <= MOST_ENCODED;

export function filterOf({ keyIds, from, to }: Scope, conditions: readonly Condition[]): string {
  const query = new URLSearchParams({ apiKeyId: keyIds.join(','), from: from.toISOString(), to: to.toISOString() });
  for (const [parameter, value] of conditions) query.append(parameter, value);
  return query.toString();
}

/** To be put behind the filter of a line: the rows of one of its numbers. */
export const partFilters = {
  accepted: 'status=1xx,2xx,3xx',
  refused: 'status=401,403,429',
  errors: 'status=4xx,5xx&status=!401,403,429',
  unanswered: 'status=!1xx,2xx,3xx,4xx,5xx',
  reads: 'method=GET,HEAD&status=!4xx,5xx',
  writes: 'method=!GET,HEAD&status=!4xx,5xx',
} as const;
export const abortedFilter: Condition = ['status', '499'];

export function withinHour({ from, to }: Scope, hour: Date): { from: Date; to: Date } {
  const end = new Date(hour.getTime() + 3_600_000);
  return { from: hour > from ? hour : from, to: end < to ? end : to };
}

export const atAddress = (ip: string | null): Condition => ['ip', ip ?? not('0.0.0.0/0', '::/0')];

/** Whatever has none of these values; null: too many to name, or not all are known. */
function noneOf(parameter: string, { lines, total }: { lines: readonly (string | null)[]; total: number }): Condition[] | null {
  const values = lines.flatMap((value) => value ?? []);
  if (lines.length < total || !canBeSaid(values)) return null;
  return values.length === 0 ? [] : [[parameter, not(...values.map(escaped))]];
}

export const fromCountry = (country: string | null, { lines, total }: Extent['countries']): Condition[] | null =>
  country === null ? noneOf('country', { lines: lines.map((line) => line.country), total }) : [['country', country]];

type Agents = Extent['agents'];
/** The grammar looks for a part of the text, so those are named that it is a part of. */
export function byAgent({ agent, within }: Agents['lines'][number], { lines, total }: Agents): Condition[] | null {
  if (agent === null) return noneOf('userAgent', { lines: lines.map((line) => line.agent), total });
  if (agent === '' || within === null || !canBeSaid([agent, ...within])) return null;
  // Case does not count there.
  if (within.some((other) => other.toLowerCase() === agent.toLowerCase())) return null;
  return [['userAgent', escaped(agent)], ...(within.length === 0 ? [] : [['userAgent', not(...within.map(escaped))] as const])];
}

type Endpoints = Extent['endpoints'];
export function atEndpoint({ method, route }: Endpoints['lines'][number], { lines, total }: Endpoints): Condition[] | null {
  const byMethod: Condition[] | null = method === null ? noneOf('method', { lines: lines.map((line) => line.method), total }) : [['method', method]]; // prettier-ignore
  return byMethod && [...byMethod, ['route', route === null ? not('/*') : escaped(route)]];
}

type Refusals = Extent['refusals'];
export function refusedFor(
  { status, reason }: Pick<Refusals['lines'][number], 'status' | 'reason'>,
  { lines, total }: Refusals,
): Condition[] | null {
  // prettier-ignore
  const withStatus: Condition = ['status', String(status)];
  if (reason !== null) return [withStatus, ['reason', reason]];
  const others =
    lines.length < total ? null : noneOf('reason', { lines: [...new Set(lines.flatMap((line) => line.reason ?? []))], total: 0 });
  return others && [withStatus, ...others];
}

/** With everything behind it in the path. */
export const aboutThing = (path: string): Condition[] | null =>
  path.length * 2 > MOST_CHARACTERS ? null : [['path', `${escaped(path)},${escaped(path)}/*`]];

export const fromAddresses = (addresses: readonly string[], count: number): Condition[] | null =>
  count > MOST_VALUES || count === 0 ? null : [['ip', addresses.slice(0, count).join(',')]];
