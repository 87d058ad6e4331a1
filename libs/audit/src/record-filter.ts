/**
 * Which records are wanted, and the same as SQL. Ids are uuids here; everything else is as the application's grammar parsed it. Every value
 * is a parameter. Addresses are compared as ranges: `<<=` would never reach an index under row-level security.
 */
import { recordIdTime } from './record-id';

export type RecordMatcher =
  | { kind: 'exact'; value: string }
  | { kind: 'prefix'; value: string }
  | { kind: 'contains'; value: string }
  | { kind: 'number'; value: number }
  /** A status class: 4 is every 4xx. */
  | { kind: 'class'; value: number }
  /** Both ends included, both of one family. */
  | { kind: 'addressRange'; first: string; last: string };

export type RecordField =
  | 'method' | 'status' | 'apiKeyId' | 'keyFingerprint' | 'service' | 'team' | 'environment' | 'actorType' | 'path' | 'route' | 'ip' | 'country'
  | 'userAgent' | 'reason' | 'requestId'; // prettier-ignore

export type RecordCondition = { field: RecordField; negated: boolean; anyOf: readonly RecordMatcher[] };
export type RecordFilter = {
  minDurationMs: number | null;
  maxDurationMs: number | null;
  /** All hold. */
  conditions: readonly RecordCondition[];
};
export const everyRecord: RecordFilter = { minDurationMs: null, maxDurationMs: null, conditions: [] };

/** The SQL of a column, its type, and whether case counts. */
const columns = {
  method: { sql: 'method', type: 'text', fold: true },
  status: { sql: 'status', type: 'smallint', fold: false },
  apiKeyId: { sql: 'api_key_id', type: 'uuid', fold: false },
  keyFingerprint: { sql: 'key_fingerprint', type: 'text', fold: false },
  service: { sql: 'service', type: 'text', fold: false },
  team: { sql: 'team', type: 'text', fold: false },
  environment: { sql: 'environment', type: 'text', fold: false },
  actorType: { sql: 'actor_type', type: 'text', fold: false },
  path: { sql: 'path', type: 'text', fold: false },
  route: { sql: 'route', type: 'text', fold: false },
  ip: { sql: 'ip', type: 'inet', fold: false },
  country: { sql: 'country', type: 'text', fold: true },
  userAgent: { sql: 'user_agent', type: 'text', fold: true },
  reason: { sql: 'reason', type: 'text', fold: false },
  requestId: { sql: 'id', type: 'uuid', fold: false },
} as const satisfies Record<RecordField, { sql: string; type: string; fold: boolean }>;

/** Collects values and hands out their placeholders. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** Conditions to be joined with `and`; none for a filter that lets everything pass. */
export function filterSql(filter: RecordFilter, parameters: Parameters): string[] {
  const clauses = filter.conditions.map((condition) => conditionSql(condition, parameters));
  if (filter.minDurationMs !== null) clauses.push(`duration_ms >= ${parameters.add(filter.minDurationMs, 'real')}`);
  if (filter.maxDurationMs !== null) clauses.push(`duration_ms <= ${parameters.add(filter.maxDurationMs, 'real')}`);
  return clauses;
}

function conditionSql({ field, negated, anyOf }: RecordCondition, parameters: Parameters): string {
  const any = `(${anyOf.map((matcher) => matcherSql(field, matcher, parameters, negated)).join(' or ') || 'false'})`;
  // What has no value does not have that value either: `not` would drop the rows that are null.
  return negated ? `${any} is not true` : any;
}

function matcherSql(field: RecordField, matcher: RecordMatcher, parameters: Parameters, negated: boolean): string {
  const { sql, type, fold } = columns[field];
  const folded = (text: string): string => (fold ? `lower(${text})` : text);
  switch (matcher.kind) {
    case 'exact': {
      const exact = `${folded(sql)} = ${folded(parameters.add(matcher.value, type))}`;
      return field === 'requestId' && !negated ? `(${exact}${nearIdTime(matcher.value, parameters)})` : exact;
    }
    case 'number':
      return `${sql} = ${parameters.add(matcher.value, type)}`;
    case 'class':
      return `${sql} between ${parameters.add(matcher.value * 100, type)} and ${parameters.add(matcher.value * 100 + 99, type)}`;
    case 'prefix':
      return `starts_with(${folded(sql)}, ${folded(parameters.add(matcher.value, 'text'))})`;
    case 'contains':
      return `strpos(${folded(sql)}, ${folded(parameters.add(matcher.value, 'text'))}) > 0`;
    case 'addressRange':
      // inet sorts IPv4 before IPv6, so a range of one family holds none of the other.
      return `(${sql} >= ${parameters.add(matcher.first, 'inet')} and ${sql} <= ${parameters.add(matcher.last, 'inet')})`;
  }
}

const DAY_MS = 86_400_000;

/** A version 7 id was made when its record began, give or take a clock that was set: so only these partitions can hold it. */
export function idTimeRange(id: string): { from: Date; to: Date } | null {
  const at = recordIdTime(id);
  return at && { from: new Date(at.getTime() - DAY_MS), to: new Date(at.getTime() + DAY_MS) };
}

function nearIdTime(id: string, parameters: Parameters): string {
  const range = idTimeRange(id);
  return range
    ? ` and occurred_at >= ${parameters.add(range.from, 'timestamptz')} and occurred_at < ${parameters.add(range.to, 'timestamptz')}`
    : '';
}
