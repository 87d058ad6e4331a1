/** The two sources of figures as SQL, in one shape: counters of the roll-ups, and rows counted as the roll-ups count. They are added up by whoever asks. */
import {
  beginSql,
  bucketColumns,
  bucketEndsMs,
  actorKinds,
  dimensions,
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
  type RecordField,
  type RecordFilter,
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

const namedSql = (value: string): string => `nullif(nullif(${value}, ''), '${OTHER_ADDRESSES}')`;

/** Of audit_rollup `u` and its dictionary `d`. A cast stands in a case: a row of another dimension must never be cast. */
export function rollupColumn(dimension: Dimension): ColumnOf {
  const here = `u.dimension in (${Object.values(levels)
    .map((level) => dimensions[dimension] + level)
    .join(', ')})`;
  const columns: Partial<Record<RecordField, string>> = {
    actorType: `(array[${actorKinds.map((kind) => `'${kind}'`).join(', ')}])[u.actor]`,
    status: `case when ${here} then nullif(u.value, '')::smallint end`,
    country: `nullif(u.value, '')`,
    ip: `case when ${here} then ${namedSql('u.value')}::inet end`,
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

const startSql = (minute: string, interval: number | null): string => (interval === null ? '0' : beginSql(minute, interval));

export type Minutes = { from: number; to: number };

/** The counters of these minutes, half-open; or of the whole hours or days that they are. */
export function counted(asked: Asked, of: { dimension: Dimension; level: Level } & Minutes, parameters: Parameters): string {
  const { dimension, level, from, to } = of;
  const column = rollupColumn(dimension);
  const hasDictionary = dimension === 'caller' || dimension === 'route';
  const conditions = asked.filter.conditions.map((condition) => ` and ${conditionSql(condition, column, parameters)}`).join('');
  const byAddress = asked.groupBy === 'ip';
  const sums = `select ${byAddress ? 'u.value' : groupSql(asked.groupBy, column)} as grouped,
    ${startSql('u.minute', asked.interval)} as start, ${figures.map((name) => `sum(u.${name}) as ${name}`).join(', ')}
    from audit_rollup u ${hasDictionary ? `left join audit_${dimension} d on d.organization_id = u.organization_id and d.no::text = u.value` : ''}
    where u.organization_id = ${parameters.add(asked.organizationId, 'uuid')} and u.dimension = ${dimensions[dimension] + levels[level]}
      and u.minute >= ${parameters.add(from, 'int')} and u.minute < ${parameters.add(to, 'int')}${conditions} group by 1, 2`;
  // One address may be written in two ways, and to read and write it takes longer than to add it up: so once for each, not for each of its counters.
  const [grouped, others] = byAddress ? [`host(${namedSql('grouped')}::inet)`, `grouped = '${OTHER_ADDRESSES}'`] : ['grouped', 'false'];
  return `select ${grouped} as grouped, ${others} as others, start, ${figures.join(', ')} from (${sums}) s`;
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
  return `select grouped, false as others, start, count(*) as requests, count(*) filter (where l.status between 400 and 499) as client_errors,
    count(*) filter (where l.status >= 500) as server_errors, coalesce(sum(l.response_bytes), 0) as bytes_out,
    ${bucketColumns.map((column, index) => `${bucketCount(index)} as ${column}`).join(', ')}
    from (select ${groupSql(groupBy, logColumn)} as grouped, ${startSql('l.minute', asked.interval)} as start, l.status, l.response_bytes,
      case ${bucketSql} when l.duration_ms is not null then ${bucketEndsMs.length} end as bucket
      from audit_log l
      left join audit_caller c on c.organization_id = l.organization_id and c.no = l.caller_no
      left join audit_route r on r.organization_id = l.organization_id and r.no = l.route_no
      where l.organization_id = ${parameters.add(organizationId, 'uuid')} and l.occurred_at >= ${parameters.add(from, 'timestamptz')}
        and l.occurred_at < ${parameters.add(to, 'timestamptz')} and ${conditions.join(' and ')}) l group by 1, 2, 3`;
}
