/**
 * Which records are wanted, and the same as SQL. Ids are uuids here; everything else is as the application's grammar parsed it. Every value
 * is a parameter. Addresses are compared as ranges: `<<=` would never reach an index under row-level security.
 */
import { minuteOf } from './postgres-schema';
import { recordIdTime } from './record-id';

export type RecordMatcher =
  | { kind: 'exact'; value: string }
  | { kind: 'prefix'; value: string }
  | { kind: 'contains'; value: string }
  | { kind: 'number'; value: number }
  /** A status class: 4 is every 4xx. */
  | { kind: 'class'; value: number }
  /** Both ends included, both of one family. */
  | { kind: 'addressRange'; first: string; last: string }
  /** Of field `requestId`: one of these records, at least one, with when each began. */
  | { kind: 'among'; ids: readonly string[]; times: readonly Date[] };

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

export type Place = 'log' | 'caller' | 'route' | 'agent';
/** Where a field stands, its type, and whether case counts. */
const columns = {
  method: { place: 'route', column: 'method', type: 'text', fold: true },
  status: { place: 'log', column: 'status', type: 'smallint', fold: false },
  apiKeyId: { place: 'caller', column: 'api_key_id', type: 'uuid', fold: false },
  keyFingerprint: { place: 'log', column: 'key_fingerprint', type: 'text', fold: false },
  service: { place: 'caller', column: 'service', type: 'text', fold: false },
  team: { place: 'caller', column: 'team', type: 'text', fold: false },
  environment: { place: 'caller', column: 'environment', type: 'text', fold: false },
  actorType: { place: 'caller', column: 'actor_type', type: 'text', fold: false },
  path: { place: 'log', column: 'path', type: 'text', fold: false },
  route: { place: 'route', column: 'route', type: 'text', fold: false },
  ip: { place: 'log', column: 'ip', type: 'inet', fold: false },
  country: { place: 'log', column: 'country', type: 'text', fold: true },
  userAgent: { place: 'agent', column: 'user_agent', type: 'text', fold: true },
  reason: { place: 'log', column: 'reason', type: 'text', fold: false },
  requestId: { place: 'log', column: 'id', type: 'uuid', fold: false },
} as const satisfies Record<RecordField, { place: Place; column: string; type: string; fold: boolean }>;

/** The table that a field stands in, its column there, and whether case does not count. */
export const placeOf = (field: RecordField): { place: Place; column: string; fold: boolean } => columns[field];

/** Collects values and hands out their placeholders. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** Conditions on `l`, a row of audit_log, to be joined with `and`; none for a filter that lets everything pass. */
export function filterSql(filter: RecordFilter, organizationId: string, parameters: Parameters): string[] {
  const clauses = filter.conditions.map((condition) => placedSql(condition, organizationId, parameters));
  if (filter.minDurationMs !== null) clauses.push(`l.duration_ms >= ${parameters.add(filter.minDurationMs, 'real')}`);
  if (filter.maxDurationMs !== null) clauses.push(`l.duration_ms <= ${parameters.add(filter.maxDurationMs, 'real')}`);
  return clauses;
}

/**
 * A condition on what stands in a dictionary is put to the dictionary, negation and all: each row has one entry there. `is true`, and the case, keep
 * the planner from turning the list of numbers into a join that begins at the dictionary; so it is made once and looked up row by row.
 */
function placedSql(condition: RecordCondition, organizationId: string, parameters: Parameters): string {
  const { place } = columns[condition.field];
  if (place === 'log') return conditionSql(condition, columnOf('l'), parameters);
  const numbers = numbersSql(condition, organizationId, parameters);
  if (place !== 'agent') return `(l.${place}_no in ${numbers}) is true`;
  return `case when l.agent_no is null then ${conditionSql(condition, columnOf('l'), parameters)} else l.agent_no in ${numbers} end`;
}

/** The entries of the condition's dictionary that it holds for. */
function numbersSql(condition: RecordCondition, organizationId: string, parameters: Parameters): string {
  const organization = parameters.add(organizationId, 'uuid');
  const { place } = columns[condition.field];
  return `(select d.no from audit_${place} d where d.organization_id = ${organization} and ${conditionSql(condition, columnOf('d'), parameters)})`;
}

/** The same as `filterSql` says, once more for the index by caller; null unless the filter asks for certain callers. */
export function callersSql({ conditions }: RecordFilter, organizationId: string, parameters: Parameters): string | null {
  const condition = conditions.find(namesCallers);
  return condition ? `l.caller_no = any(array${numbersSql(condition, organizationId, parameters)})` : null;
}
export const namesCallers = ({ field, negated }: RecordCondition): boolean =>
  columns[field].place === 'caller' && field !== 'actorType' && !negated;

/** A time as whole minutes, both ends included: for an index that ends with the minute. */
export const minutesSql = ({ from, to }: { from: Date; to: Date }, parameters: Parameters): string =>
  `l.minute >= ${parameters.add(minuteOf(from.getTime()), 'int')} and l.minute <= ${parameters.add(minuteOf(to.getTime()), 'int')}`;

/** Where a field stands in the SQL that a condition becomes part of. */
export type ColumnOf = (field: RecordField) => string;
const columnOf =
  (table: string): ColumnOf =>
  (field) =>
    `${table}.${columns[field].column}`;

export function conditionSql({ field, negated, anyOf }: RecordCondition, column: ColumnOf, parameters: Parameters): string {
  const sql = column(field);
  const singles = anyOf.flatMap((matcher) => (matcher.kind === 'addressRange' && matcher.first === matcher.last ? [matcher.first] : []));
  // Many addresses as one list, which is looked up and not gone through.
  const listed = singles.length > 1 ? [`${sql} = any(${parameters.add(singles, 'inet[]')})`] : [];
  const others = anyOf.filter((matcher) => listed.length === 0 || matcher.kind !== 'addressRange' || matcher.first !== matcher.last);
  const each = others.map((matcher) => matcherSql({ field, sql, negated }, matcher, parameters));
  const any = `(${[...listed, ...each].join(' or ') || 'false'})`;
  // What has no value does not have that value either: `not` would drop the rows that are null.
  return negated ? `${any} is not true` : any;
}

type Subject = { field: RecordField; sql: string; negated: boolean };

function matcherSql({ field, sql, negated }: Subject, matcher: RecordMatcher, parameters: Parameters): string {
  const { type, fold } = columns[field];
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
    case 'among':
      return amongSql({ sql, negated }, matcher, parameters);
    case 'addressRange':
      // inet sorts IPv4 before IPv6, so a range of one family holds none of the other.
      return `(${sql} >= ${parameters.add(matcher.first, 'inet')} and ${sql} <= ${parameters.add(matcher.last, 'inet')})`;
  }
}

/** The range keeps partitions out, and most of what they hold. */
function amongSql(
  { sql, negated }: Pick<Subject, 'sql' | 'negated'>,
  { ids, times }: Extract<RecordMatcher, { kind: 'among' }>,
  parameters: Parameters,
): string {
  const listed = `${sql} = any(${parameters.add(ids, 'uuid[]')})`;
  if (negated) return listed;
  const [first, last] = [Math.min, Math.max].map((end) => parameters.add(new Date(end(...times.map((at) => at.getTime()))), 'timestamptz'));
  return `(${listed} and l.occurred_at >= ${first} and l.occurred_at <= ${last})`;
}

const DAY_MS = 86_400_000;

/** A version 7 id was made when its record began, give or take a clock that was set: so only these partitions can hold it. */
export function idTimeRange(id: string): { from: Date; to: Date } | null {
  const at = recordIdTime(id);
  return at && { from: new Date(at.getTime() - DAY_MS), to: new Date(at.getTime() + DAY_MS) };
}

const CLOSE_MS = 2_000;

/** Where it lies unless the clock was set while it began: so look here first. */
export function closeTo(id: string): { from: Date; to: Date } | null {
  const at = recordIdTime(id);
  return at && { from: new Date(at.getTime() - CLOSE_MS), to: new Date(at.getTime() + CLOSE_MS) };
}

/** The same for the record of a filter by one request id; null for any other filter. */
export function closeIdTime({ conditions }: RecordFilter): { from: Date; to: Date } | null {
  const [matcher, ...others] = conditions.find(({ field, negated }) => field === 'requestId' && !negated)?.anyOf ?? [];
  return matcher?.kind === 'exact' && others.length === 0 ? closeTo(matcher.value) : null;
}

function nearIdTime(id: string, parameters: Parameters): string {
  const range = idTimeRange(id);
  return range
    ? ` and l.occurred_at >= ${parameters.add(range.from, 'timestamptz')} and l.occurred_at < ${parameters.add(range.to, 'timestamptz')}`
    : '';
}
