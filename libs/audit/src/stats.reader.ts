/**
 * Figures of the log: how many requests, errors and bytes, and how long they took, by interval and by whatever tells requests apart. From the roll-ups where they
 * carry the filter (stats-plan.ts); the part of a minute at either end of the period is counted over its rows, so that any period is counted exactly. What the
 * roll-ups do not carry is counted over the rows, the newest `mostRows` of the period at most: `countedFrom` tells from when on.
 *
 * `db` is inside the organization's transaction.
 */
import type { Queryable } from './audit.types';
import { minuteOf } from './postgres-schema';
import { namesCallers, Parameters, type RecordFilter } from './record-filter';
import {
  beginOf,
  bucketColumns,
  DAY_MINUTES,
  daysUntil,
  dimensions,
  HOUR_MINUTES,
  levels,
  OTHER_ADDRESSES,
  quantileMs,
  type Dimension,
  type Level,
} from './rollup-shape';
import { addressLines } from './stats-addresses';
import { carriedBy, type StatsGroup } from './stats-plan';
import { counted, figures, noLines, recounted, type Asked, type Minutes } from './stats-sql';

export type ReadStats = {
  organizationId: string;
  filter: RecordFilter;
  groupBy: StatsGroup | null;
  /** Half-open, to the millisecond. */
  from: Date;
  to: Date;
  /** Intervals begin at multiples of it since 1970. Null: the whole period is one. */
  intervalMinutes: number | null;
  /** So many groups, the busiest; all others are told as one. */
  mostGroups: number;
  /** One line more than that is read at the most: then there are too many, whatever they say. */
  mostLines: number;
  /** So many rows are counted where the roll-ups do not do; a little more, for a minute is counted whole. */
  mostRows: number;
};
export type StatsLine = {
  /** Null where a record has no such value. */
  group: string | null;
  /** All groups that are not told apart. */
  others: boolean;
  from: Date;
  requests: number;
  clientErrors: number;
  serverErrors: number;
  bytesOut: number;
  /** From a histogram of fixed steps: see `quantileMs`. Null when no call has a duration. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
};
export type Stats = {
  /** By time, then the busiest first. Intervals without a request are left out. */
  lines: StatsLine[];
  source: 'rollUps' | 'rows';
  /** Every request of the period is counted, in the group that it belongs to. */
  exact: boolean;
  /** What began before is not counted. `from`, unless there were too many rows. */
  countedFrom: Date;
};

const MINUTE_MS = 60_000;

export async function readStats(db: Queryable, read: ReadStats): Promise<Stats> {
  const { organizationId, groupBy, filter, from } = read;
  const asked: Asked = { organizationId, groupBy, filter, interval: read.intervalMinutes };
  const period = await periodOf(db, read);
  const dimension = carriedBy(groupBy, filter);
  if (dimension && !(dimension === 'address' && (await hasOthers(db, organizationId, period)))) {
    const lines = await byOneProcess(db, () => linesOf(db, read, fromRollUps(asked, dimension, period)));
    return { lines, source: 'rollUps', exact: true, countedFrom: from };
  }
  const countedFrom = await rowsBegin(db, read, { period, rows: 'requests' });
  // Addresses that were not told apart, and too many rows to tell them apart now: better all requests, some under "others".
  const lacksRows = countedFrom > from && filter.conditions.every(({ field }) => field === 'actorType');
  if (dimension && lacksRows) {
    return { lines: await linesOf(db, read, fromRollUps(asked, dimension, period)), source: 'rollUps', exact: false, countedFrom: from };
  }
  const rows: Lines = (most, parameters) => foldedLines([recounted(asked, { from: countedFrom, to: read.to }, parameters)], most);
  return { lines: await linesOf(db, read, rows), source: 'rows', exact: countedFrom <= from, countedFrom };
}

/** From when on the requests of the period that the filter may find are few enough to be read as rows. `from`: all of them are, or the roll-ups carry it. */
export async function countableFrom(db: Queryable, read: ReadStats): Promise<Date> {
  const period = await periodOf(db, read);
  const dimension = carriedBy(read.groupBy, read.filter);
  if (dimension && !(dimension === 'address' && (await hasOthers(db, read.organizationId, period)))) return read.from;
  return rowsBegin(db, read, { period, rows: 'requests' });
}

/** From when on the errors of the period that the filter may find are few enough to be read, by what the roll-ups say. */
export const countableErrorsFrom = async (db: Queryable, read: ReadStats): Promise<Date> =>
  rowsBegin(db, read, { period: await periodOf(db, read), rows: 'client_errors + server_errors' });

/** To have a few thousand counters added up by several processes takes longer to set up than to do, and the others of a dashboard wait for it. */
async function byOneProcess<T>(db: Queryable, work: () => Promise<T>): Promise<T> {
  await db.query('set local max_parallel_workers_per_gather = 0');
  const result = await work();
  await db.query('set local max_parallel_workers_per_gather to default');
  return result;
}

/** When the first request began that is counted, to the minute; null when there is none. */
export async function firstCounted(db: Queryable, organizationId: string, from: Date): Promise<Date | null> {
  const [row] = await db.query(
    `select minute from audit_rollup where organization_id = $1 and dimension = ${dimensions.status} and minute >= $2 order by minute limit 1`,
    [organizationId, minuteOf(from.getTime())],
  );
  return row ? new Date(Number(row['minute']) * MINUTE_MS) : null;
}

/** The whole minutes of the period, and the counters that they are read from: those of whole days and hours where these were summed up. */
type Period = { from: Date; to: Date; minutes: Minutes; counters: Counters[] };
type Counters = { level: Level } & Minutes;

async function periodOf(
  db: Queryable,
  { organizationId, from, to, intervalMinutes }: Pick<ReadStats, 'organizationId' | 'from' | 'to' | 'intervalMinutes'>,
): Promise<Period> {
  const [head] = await db.query('select hours_until from audit_head where organization_id = $1', [organizationId]);
  const hoursUntil = (head?.['hours_until'] ?? null) as number | null;
  const first = minuteOf(from.getTime() + MINUTE_MS - 1);
  const minutes = { from: first, to: Math.max(first, minuteOf(to.getTime())) };
  const fits = (length: number): boolean => intervalMinutes === null || intervalMinutes % length === 0;
  const hours = wholeOf(minutes, HOUR_MINUTES, fits(HOUR_MINUTES) ? hoursUntil : null);
  const days = wholeOf(hours, DAY_MINUTES, fits(DAY_MINUTES) ? daysUntil(hoursUntil) : null);
  const counters: Counters[] = [
    { level: 'minute', from: minutes.from, to: hours.from },
    { level: 'hour', from: hours.from, to: days.from },
    { level: 'day', ...days },
    { level: 'hour', from: days.to, to: hours.to },
    { level: 'minute', from: hours.to, to: minutes.to },
  ];
  return { from, to, minutes, counters: counters.filter((part) => part.from < part.to) };
}

/** The whole intervals of this length that lie in a range and were summed up; without any, nothing at its beginning. */
function wholeOf(range: Minutes, length: number, until: number | null): Minutes {
  const begin = beginOf(range.from + length - 1, length);
  const end = beginOf(Math.min(range.to, until ?? begin), length);
  return end > begin ? { from: begin, to: end } : { from: range.from, to: range.from };
}

/** Parts of minutes at the ends of the period. */
function endsOf({ from, to, minutes }: Period): { from: Date; to: Date }[] {
  const [first, last] = [new Date(minutes.from * MINUTE_MS), new Date(minutes.to * MINUTE_MS)];
  // Within one minute there is no whole one: `first` lies behind `to`.
  const ends = [
    { from, to: first < to ? first : to },
    { from: last > first ? last : first, to },
  ];
  return ends.filter((end) => end.from < end.to);
}

const partsOf =
  (asked: Asked, dimension: Dimension, period: Period) =>
  (parameters: Parameters): string[] => [
    ...endsOf(period).map((end) => recounted(asked, end, parameters)),
    ...period.counters.map((part) => counted(asked, { dimension, ...part }, parameters)),
  ];

/** A query with the columns `grouped`, `folded` (all that are not told apart), `start` and the figures. `most`: so many groups are told apart. */
type Lines = (most: string, parameters: Parameters) => string;

const fromRollUps =
  (asked: Asked, dimension: Dimension, period: Period): Lines =>
  (most, parameters) =>
    asked.groupBy === 'ip'
      ? addressLines(asked, { ends: endsOf(period), counters: period.counters }, most, parameters)
      : foldedLines(partsOf(asked, dimension, period)(parameters), most);

/** What may be null, written so that it can be looked up, and not every line be compared with every group. */
const sameGroup = `coalesce(r.grouped, '') = coalesce(p.grouped, '') and (r.grouped is null) = (p.grouped is null)`;

const foldedLines = (parts: string[], most: string): string => `with part as (${parts.join(' union all ') || noLines}),
     total as (select grouped, sum(requests) as requests from part group by 1),
     ranked as (select grouped, row_number() over (order by requests desc, grouped) > ${most} as folded from total),
     told as (select case when not r.folded then p.grouped end as grouped, r.folded, p.start, ${figures.map((name) => `p.${name}`).join(', ')}
       from part p join ranked r on ${sameGroup})
     select grouped, folded, start, ${figures.map((name) => `coalesce(sum(${name}), 0) as ${name}`).join(', ')} from told group by 1, 2, 3`;

/** One statement, so that all parts are of one moment. */
async function linesOf(db: Queryable, { from, intervalMinutes, mostGroups, mostLines }: ReadStats, lines: Lines): Promise<StatsLine[]> {
  const parameters = new Parameters();
  const sql = lines(parameters.add(mostGroups, 'int'), parameters);
  const rows = await db.query(
    `select * from (${sql}) l order by start, folded, requests desc, grouped limit ${parameters.add(mostLines + 1, 'int')}`,
    parameters.values,
  );
  return rows.map((row) => toLine(row, intervalMinutes === null ? from : null));
}

function toLine(row: Record<string, unknown>, periodFrom: Date | null): StatsLine {
  const buckets = bucketColumns.map((column) => Number(row[column]));
  return {
    group: row['grouped'] as string | null, // as the SQL above
    others: row['folded'] as boolean,
    from: periodFrom ?? new Date(Number(row['start']) * MINUTE_MS),
    requests: Number(row['requests']),
    clientErrors: Number(row['client_errors']),
    serverErrors: Number(row['server_errors']),
    bytesOut: Number(row['bytes_out']),
    p50Ms: quantileMs(buckets, 0.5),
    p95Ms: quantileMs(buckets, 0.95),
    p99Ms: quantileMs(buckets, 0.99),
  };
}

async function hasOthers(db: Queryable, organizationId: string, { counters }: Period): Promise<boolean> {
  if (counters.length === 0) return false;
  const some = ({ level, from, to }: Counters): string =>
    `(select 1 from audit_rollup where organization_id = $1 and dimension = ${dimensions.address + levels[level]} and minute >= ${from} and minute < ${to} and value = '${OTHER_ADDRESSES}' limit 1)`;
  const rows = await db.query(counters.map(some).join(' union all '), [organizationId]);
  return rows.length > 0;
}

/** Which rows are read, as the roll-ups count them. */
type Rows = 'requests' | 'client_errors + server_errors';

/**
 * From when on there are few enough rows to count. Asked of the roll-ups: of the callers that the filter names, whose rows an index finds, else of
 * everybody; by the hour first, then by the minute of the hour in which it becomes too much.
 */
async function rowsBegin(db: Queryable, read: ReadStats, { period, rows }: { period: Period; rows: Rows }): Promise<Date> {
  const { organizationId, filter, mostRows } = read;
  const conditions = filter.conditions.filter(namesCallers);
  const of = {
    dimension: conditions.length > 0 ? 'caller' : 'status',
    filter: { minDurationMs: null, maxDurationMs: null, conditions },
  } as const;
  const asked: Asked = { organizationId, groupBy: null, filter: of.filter, interval: HOUR_MINUTES };
  const hours = await perInterval(db, rows, partsOf(asked, of.dimension, await periodOf(db, { ...read, intervalMinutes: HOUR_MINUTES })));
  let passed = 0;
  for (const { start, count } of hours) {
    if (passed + count > mostRows)
      return minuteBegin(db, { asked: { ...asked, interval: 1 }, rows, dimension: of.dimension, hour: start, passed, mostRows, period });
    passed += count;
  }
  return read.from;
}

type WithinHour = { asked: Asked; rows: Rows; dimension: Dimension; hour: number; passed: number; mostRows: number; period: Period };

async function minuteBegin(db: Queryable, { asked, rows, dimension, hour, passed, mostRows, period }: WithinHour): Promise<Date> {
  const span = { from: Math.max(hour, period.minutes.from), to: Math.min(hour + HOUR_MINUTES, period.minutes.to) };
  const minutes = await perInterval(db, rows, (parameters) => [counted(asked, { dimension, level: 'minute', ...span }, parameters)]);
  let [sum, begin] = [passed, span.to];
  for (const { start, count } of minutes) {
    // The newest minute that has any is counted, however many they are: an answer about nothing helps nobody.
    if (sum > 0 && sum + count > mostRows) break;
    sum += count;
    begin = start;
  }
  return new Date(Math.max(begin * MINUTE_MS, period.from.getTime()));
}

/** Newest first. */
async function perInterval(
  db: Queryable,
  counts: Rows,
  parts: (parameters: Parameters) => string[],
): Promise<{ start: number; count: number }[]> {
  const parameters = new Parameters();
  const all = parts(parameters);
  if (all.length === 0) return [];
  const rows = await db.query(
    `select start, sum(${counts}) as count from (${all.join(' union all ')}) p group by 1 order by 1 desc`,
    parameters.values,
  );
  return rows.map((row) => ({ start: Number(row['start']), count: Number(row['count']) }));
}
