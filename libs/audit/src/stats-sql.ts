/** The two sources of figures as SQL, in one shape: counters of the roll-ups, and rows counted as the roll-ups count. They are added up by whoever asks. */
import { holdsFor } from './record-match';
import {
  beginOf,
  beginSql,
  bucketColumns,
  bucketEndsMs,
  actorKinds,
  DAY_MINUTES,
  dimensions,
  HOUR_MINUTES,
  levels,
  OTHER_ADDRESSES,
  type Dimension,
  type Level,
} from './rollup-shape';
import {
  callersSql,
  conditionSql,
  filterSql,
  minutesSql,
  placeOf,
  type ColumnOf,
  type Parameters,
  type Place,
  type RecordCondition,
  type RecordField,
  type RecordFilter,
  type RecordMatcher,
} from './record-filter';
import type { StatsGroup } from './stats-plan';

export type Asked = {
  organizationId: string;
  groupBy: StatsGroup | null;
  filter: RecordFilter;
  /** In minutes; null: the whole period is one interval. */
  interval: number | null;
};

export const figures = ['requests', 'client_errors', 'server_errors', 'bytes_out', ...bucketColumns] as const;

/** Of audit_rollup `u` and its dictionary `d`. A cast stands in a case: a row of another dimension must never be cast. */
export function rollupColumn(dimension: Dimension): ColumnOf {
  const here = `u.dimension in (${Object.values(levels)
    .map((level) => dimensions[dimension] + level)
    .join(', ')})`;
  const columns: Partial<Record<RecordField, string>> = {
    actorType: `(array[${actorKinds.map((kind) => `'${kind}'`).join(', ')}])[u.actor]`,
    status: `case when ${here} then nullif(u.value, '')::smallint end`,
    country: `nullif(u.value, '')`,
    ip: `case when ${here} then nullif(nullif(u.value, ''), '${OTHER_ADDRESSES}')::inet end`,
  };
  return (field) => {
    const { place, column } = placeOf(field);
    return `(${columns[field] ?? (place === 'caller' || place === 'route' ? `d.${column}` : 'null')})`;
  };
}

const tables = { log: 'l', caller: 'c', route: 'r', agent: 'a' } as const satisfies Record<Place, string>;
/** Of audit_log `l`, its caller `c` and its route `r`. */
const logColumn: ColumnOf = (field) => `${tables[placeOf(field).place]}.${placeOf(field).column}`;

function groupSql(groupBy: StatsGroup | null, column: ColumnOf): string {
  if (groupBy === null) return 'null::text';
  if (groupBy === 'statusClass') return `(${column('status')} / 100)::text || 'xx'`;
  if (groupBy === 'endpoint') return `${column('method')} || ' ' || ${column('route')}`;
  if (groupBy === 'ip') return `host(${column('ip')})`;
  return `${column(groupBy)}::text`;
}

export const startSql = (minute: string, interval: number | null): string => (interval === null ? '0' : beginSql(minute, interval));

/** Of no rows and no counters. */
export const noLines = `select null::text as grouped, 0 as start, ${figures.map((name) => `0::bigint as ${name}`).join(', ')} where false`;

export type Minutes = { from: number; to: number };

/** An IPv4 address is recorded in one way (client-address.ts); an IPv6 address can be written in several. */
const IPV4 = /^\d+(\.\d+){3}$/;

/** The values of the counters that a condition on the address can hold for, where that is known: a list, looked up in the key. */
export function addressTexts({ conditions }: RecordFilter): string[] | null {
  const single = (matcher: RecordMatcher): string[] =>
    matcher.kind === 'addressRange' && matcher.first === matcher.last && IPV4.test(matcher.first) ? [matcher.first] : [];
  const condition = conditions.find(
    ({ field, negated, anyOf }) => field === 'ip' && !negated && anyOf.every((one) => single(one).length > 0),
  );
  return condition ? condition.anyOf.flatMap(single) : null;
}

/** On the kind of caller, which is a number in a counter. */
function actorSql(condition: RecordCondition): string {
  const kinds = actorKinds.flatMap((kind, index) => (holdsFor(condition)(kind) ? [index + 1] : []));
  return kinds.length === actorKinds.length ? 'true' : `u.actor = any('{${kinds.join(', ')}}'::smallint[])`;
}

const lengths = { minute: 1, hour: HOUR_MINUTES, day: DAY_MINUTES } as const satisfies Record<Level, number>;
/** So many intervals are looked up one by one; of more, all are read. */
const MOST_LOOKED_UP = 400;

/** The key is looked into for each interval and value: a few of thousands of addresses are a hundredth of the counters of a month. */
function lookedUp(values: string, { level, from, to }: { level: Level } & Minutes, parameters: Parameters): string {
  const [length, first] = [lengths[level], beginOf(from, lengths[level])];
  const count = Math.ceil((to - first) / length);
  const each = Array.from({ length: Math.min(count, MOST_LOOKED_UP) }, (_, index) => first + index * length);
  return `and u.value = any(${values}) ${count <= MOST_LOOKED_UP ? `and u.minute = any(${parameters.add(each, 'int[]')})` : ''}`;
}

/**
 * Counters `u` of these minutes, half-open, or of the whole hours or days that they are; and their dictionary `d`. `values`: only of these, an array; else of what
 * the filter asks for.
 */
export function ofCounters(
  asked: Pick<Asked, 'organizationId' | 'filter'>,
  of: { dimension: Dimension; level: Level } & Minutes,
  parameters: Parameters,
  values: string | null = null,
): string {
  const { dimension, level, from, to } = of;
  const hasDictionary = dimension === 'caller' || dimension === 'route';
  const texts = dimension === 'address' && values === null ? addressTexts(asked.filter) : null;
  const listed = values ?? (texts && parameters.add(texts, 'text[]'));
  const conditions = asked.filter.conditions.map((condition) =>
    condition.field === 'actorType' ? actorSql(condition) : conditionSql(condition, rollupColumn(dimension), parameters),
  );
  return `from audit_rollup u ${hasDictionary ? `left join audit_${dimension} d on d.organization_id = u.organization_id and d.no::text = u.value` : ''}
    where u.organization_id = ${parameters.add(asked.organizationId, 'uuid')} and u.dimension = ${dimensions[dimension] + levels[level]}
      and u.minute >= ${parameters.add(from, 'int')} and u.minute < ${parameters.add(to, 'int')} ${listed ? lookedUp(listed, of, parameters) : ''}
      ${conditions.map((condition) => `and ${condition}`).join(' ')}`;
}

/** The figures of these counters. */
export function counted(asked: Asked, of: { dimension: Dimension; level: Level } & Minutes, parameters: Parameters): string {
  return `select ${groupSql(asked.groupBy, rollupColumn(of.dimension))} as grouped, ${startSql('u.minute', asked.interval)} as start,
    ${figures.map((name) => `sum(u.${name}) as ${name}`).join(', ')} ${ofCounters(asked, of, parameters)} group by 1, 2`;
}

const bucketSql = bucketEndsMs.map((end, index) => `when l.duration_ms <= ${end} then ${index}`).join(' ');
const bucketCount = (index: number): string => `count(*) filter (where l.bucket = ${index})`;

/** The rows that began in this time, half-open, counted in the same way. */
export function recounted(asked: Asked, { from, to }: { from: Date; to: Date }, parameters: Parameters): string {
  const { organizationId, filter, groupBy } = asked;
  const callers = callersSql(filter, organizationId, parameters);
  const conditions = [
    'l.kind is null', // a request
    ...filterSql(filter, organizationId, parameters),
    ...(callers ? [callers, minutesSql({ from, to }, parameters)] : []),
  ];
  return `select grouped, start, count(*) as requests, count(*) filter (where l.status between 400 and 499) as client_errors,
    count(*) filter (where l.status >= 500) as server_errors, coalesce(sum(l.response_bytes), 0) as bytes_out,
    ${bucketColumns.map((column, index) => `${bucketCount(index)} as ${column}`).join(', ')}
    from (select ${groupSql(groupBy, logColumn)} as grouped, ${startSql('l.minute', asked.interval)} as start, l.status, l.response_bytes,
      case ${bucketSql} when l.duration_ms is not null then ${bucketEndsMs.length} end as bucket
      from audit_log l
      left join audit_caller c on c.organization_id = l.organization_id and c.no = l.caller_no
      left join audit_route r on r.organization_id = l.organization_id and r.no = l.route_no
      where l.organization_id = ${parameters.add(organizationId, 'uuid')} and l.occurred_at >= ${parameters.add(from, 'timestamptz')}
        and l.occurred_at < ${parameters.add(to, 'timestamptz')} and ${conditions.join(' and ')}) l group by 1, 2`;
}
