/** From the query string to what the reader of the log takes: the grammar is parsed in libs/contract, ids become uuids here. */
import { logFilterParameters, parseLogFilter, type FieldIssue, type LogCondition, type LogMatcher } from '@pinebill/contract';
import type { RecordFilter } from '@pinebill/nestjs-audit';
import { AppError } from '../platform/app-error';
import { parseId, type IdPrefix } from '../platform/ids';
import { readChoice, readLimit, readOrder, readQuery, readText, type Query } from '../platform/query';

const logListParameters: readonly string[] = [...logFilterParameters, 'limit', 'cursor', 'order'];

/** With ids as uuids. What only the database knows is still as it was asked: `recordFilter` looks it up. */
export type AskedFilter = Omit<RecordFilter, 'conditions'> & { conditions: readonly LogCondition[] };

export type LogQuery = {
  filter: AskedFilter;
  /** As it was asked for; null: from where retention begins, up to now. */
  from: Date | null;
  to: Date | null;
  limit: number;
  order: 'asc' | 'desc';
  cursor: string | null;
};

/** Throws `unknown_parameter` or `invalid_field` with one issue for every parameter that is wrong. */
export function readLogQuery(parameters: unknown): LogQuery {
  const query = readQuery(parameters, logListParameters);
  return {
    ...readLogFilter(query),
    limit: readLimit(query),
    order: readOrder(query),
    cursor: readText(query, 'cursor'),
  };
}

export const directFormats = ['csv', 'jsonl'] as const;
export type DirectFormat = (typeof directFormats)[number];

/** The same list as a file: all of it, in the order in which it was recorded, so there is nothing to page. `asked`: the filter as it came. */
export function readDirectQuery(
  parameters: unknown,
): Pick<LogQuery, 'filter' | 'from' | 'to'> & { format: DirectFormat; asked: Record<string, unknown> } {
  const { format, ...asked } = readQuery(parameters, [...logFilterParameters, 'format']);
  return { ...readLogFilter(asked), format: readChoice({ format }, 'format', directFormats) ?? 'csv', asked };
}

/** Whether the list is asked for as a file. */
export const isDirect = (parameters: unknown): boolean =>
  typeof parameters === 'object' && parameters !== null && Object.hasOwn(parameters, 'format');

/** The grammar's own parameters; any other is the caller's to refuse. */
export function readLogFilter(query: Query): Pick<LogQuery, 'filter' | 'from' | 'to'> {
  const { filter, issues } = parseLogFilter(query);
  if (filter === null) throw invalid(issues);
  const { from, to, minDurationMs, maxDurationMs } = filter;
  return { filter: { conditions: filter.conditions.map(withUuids), minDurationMs, maxDurationMs }, from, to };
}

const invalid = (issues: readonly FieldIssue[]): AppError =>
  new AppError('invalid_field', {
    detail: issues.map(({ pointer, expected }) => `${pointer} takes ${expected}.`).join(' '),
    issues: [...issues],
  });

/** A record and its request share their uuid, so `requestId` takes the id of either. */
const idPrefixes: Partial<Record<LogCondition['field'], readonly IdPrefix[]>> = {
  apiKeyId: ['key'],
  requestId: ['req', 'log'],
  incidentId: ['inc'],
  findingId: ['fnd'],
};

function withUuids(condition: LogCondition): LogCondition {
  const prefixes = idPrefixes[condition.field];
  if (prefixes === undefined) return condition;
  return { ...condition, anyOf: condition.anyOf.map((matcher) => uuidMatcher(matcher, prefixes, condition.field)) };
}

function uuidMatcher(matcher: LogMatcher, prefixes: readonly IdPrefix[], field: string): LogMatcher {
  const uuid = matcher.kind === 'exact' ? prefixes.map((prefix) => parseId(prefix, matcher.value)).find((found) => found !== null) : null;
  if (uuid === null || uuid === undefined) {
    throw invalid([
      { pointer: `?${field}`, rule: 'format', expected: `an id that starts with ${prefixes.map((prefix) => `${prefix}_`).join(' or ')}` },
    ]);
  }
  return { kind: 'exact', value: uuid };
}
