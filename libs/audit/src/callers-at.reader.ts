/**
 * Who called from an address or a network, and how that went. The index by address leads to its rows, and mostly these are few enough to be read, all of them. Where they
 * are too many, the newest are wanted, and the index has those of a network by their addresses and not by time: so the roll-ups are asked in which minutes there
 * were any, and these minutes are read, the newest, until they hold `mostRows` rows of everybody. A minute in which addresses were not told apart may hold some, and is read too.
 *
 * `db` is inside the organization's transaction.
 */
import type { Queryable } from './audit.types';
import { callerGroups, type CallerGroups } from './caller-groups';
import { minuteOf } from './postgres-schema';
import { conditionSql, filterSql, minutesSql, Parameters, type RecordFilter } from './record-filter';
import { beginOf, dimensions, HOUR_MINUTES, levels, OTHER_ADDRESSES } from './rollup-shape';
import { rollupColumn } from './stats-sql';

export type ReadCallersAt = {
  organizationId: string;
  /** On the address; and, where it must be, on the kind of caller. Nothing else. */
  filter: RecordFilter;
  /** Half-open. */
  from: Date;
  to: Date;
  mostRows: number;
  /** Of each kind, the most frequent. */
  mostGroups: number;
};
export type CallersAt = CallerGroups & {
  /** What began before is in none of these, except in `firstAt`. `from`, unless it was too much to read. */
  countedFrom: Date;
};

const MINUTE_MS = 60_000;
/** So many rows of its own are read by the index, one here and one there; to see that there are more must not take long. */
const MOST_OWN = 5_000;
/** Looked through for minutes; a dozen days of somebody who calls all the time, a year of somebody who calls once a day. */
const MOST_HOURS = 366;
const MOST_SPANS = 300;
/** So close together, two minutes are read with what lies between them. */
const GAP_MINUTES = 10;

export async function readCallersAt(db: Queryable, read: ReadCallersAt): Promise<CallersAt> {
  if (await isFew(db, read)) return { ...(await countAll(db, read)), countedFrom: read.from };
  const { minutes, complete } = await minutesOf(db, read);
  const oldest = minutes.at(-1);
  const found = await countIn(db, read, minutes);
  const countedFrom = complete || oldest === undefined ? read.from : new Date(Math.max(oldest * MINUTE_MS, read.from.getTime()));
  if (complete) return { ...found, countedFrom };
  const ends = [await endMinute(db, read, 'first'), await endMinute(db, read, 'last')].flatMap((minute) => minute ?? []);
  const atEnds = await countIn(db, read, ends);
  // Where addresses were not told apart, the counters of the address do not know of all its minutes, but the rows do.
  const [firstAt, lastAt] = [earlier(found.firstAt, atEnds.firstAt), later(found.lastAt, atEnds.lastAt)];
  return { ...found, firstAt, lastAt, countedFrom };
}

/** In the order of the index, so that it is this index that is asked. */
async function isFew(db: Queryable, read: ReadCallersAt): Promise<boolean> {
  const most = Math.min(read.mostRows, MOST_OWN);
  const parameters = new Parameters();
  const conditions = read.filter.conditions.filter(({ field }) => field === 'ip');
  const where = [
    `l.organization_id = ${parameters.add(read.organizationId, 'uuid')}`,
    `l.occurred_at >= ${parameters.add(read.from, 'timestamptz')} and l.occurred_at < ${parameters.add(read.to, 'timestamptz')}`,
    minutesSql(read, parameters),
    ...filterSql({ ...read.filter, conditions }, read.organizationId, parameters),
  ];
  const [row] = await db.query(
    `select count(*) as count from (select from audit_log l where ${where.join(' and ')} order by l.ip limit ${parameters.add(most + 1, 'int')}) l`,
    parameters.values,
  );
  return Number(row?.['count']) <= most;
}

async function countAll(db: Queryable, read: ReadCallersAt): Promise<CallerGroups> {
  const parameters = new Parameters();
  const rows = `select * from audit_log l where ${[...requestsSql(read, parameters), minutesSql(read, parameters)].join(' and ')}`;
  return callerGroups(db, { rows, mostGroups: read.mostGroups, parameters });
}

/** On `l`: the requests of the period that the filter finds. */
const requestsSql = ({ organizationId, filter, from, to }: ReadCallersAt, parameters: Parameters): string[] => [
  `l.organization_id = ${parameters.add(organizationId, 'uuid')}`,
  `l.occurred_at >= ${parameters.add(from, 'timestamptz')} and l.occurred_at < ${parameters.add(to, 'timestamptz')}`,
  'l.kind is null',
  ...filterSql(filter, organizationId, parameters),
];

const earlier = (a: Date | null, b: Date | null): Date | null => (a && b ? (a < b ? a : b) : (a ?? b));
const later = (a: Date | null, b: Date | null): Date | null => (a && b ? (a > b ? a : b) : (a ?? b));

/** On a counter `u` by address: of one that is asked for, or, with `others`, of those that were not told apart. */
function counterSql({ filter }: ReadCallersAt, others: boolean, parameters: Parameters): string {
  const column = rollupColumn('address');
  const clauses = filter.conditions.map((condition) => {
    const sql = conditionSql(condition, column, parameters);
    return others && condition.field === 'ip' ? `(u.value = '${OTHER_ADDRESSES}' or ${sql})` : `(${sql})`;
  });
  return clauses.join(' and ');
}

async function summedUp(db: Queryable, { organizationId, from, to }: ReadCallersAt) {
  const [head] = await db.query('select hours_until from audit_head where organization_id = $1', [organizationId]);
  const [first, last] = [minuteOf(from.getTime()), minuteOf(to.getTime())];
  const begin = beginOf(first + HOUR_MINUTES - 1, HOUR_MINUTES);
  const until = (head?.['hours_until'] ?? begin) as number;
  const end = Math.max(begin, beginOf(Math.min(last, until), HOUR_MINUTES));
  return { first, last, begin, end };
}

/** Newest first. The newest is read whatever it holds: an answer about nothing helps nobody. */
async function minutesOf(db: Queryable, read: ReadCallersAt): Promise<{ minutes: number[]; complete: boolean }> {
  const { first, last, begin, end } = await summedUp(db, read);
  const parameters = new Parameters();
  const organization = parameters.add(read.organizationId, 'uuid');
  const match = counterSql(read, true, parameters);
  const counters = (level: number): string => `u.organization_id = ${organization} and u.dimension = ${dimensions.address + level}`;
  const most = parameters.add(read.mostRows, 'bigint');
  const rows = await db.query(
    `with hour as (
       select u.minute from audit_rollup u where ${counters(levels.hour)} and u.minute >= ${begin} and u.minute < ${end} and ${match}
       group by 1 order by 1 desc limit ${MOST_HOURS + 1}
     ), taken as materialized (select minute, minute + ${HOUR_MINUTES} as until from hour order by minute desc limit ${MOST_HOURS}),
     called as (
       select m.minute from taken t cross join lateral (
         select distinct u.minute from audit_rollup u where ${counters(0)} and u.minute >= t.minute and u.minute < t.until and ${match} offset 0) m
       union select u.minute from audit_rollup u where ${counters(0)} and ${match}
         and (u.minute >= ${first} and u.minute < ${begin} or u.minute >= ${Math.max(end, first)} and u.minute <= ${last})
     ), sized as (select c.minute, sum(u.requests) as requests from called c join audit_rollup u on u.minute = c.minute
       where u.organization_id = ${organization} and u.dimension = ${dimensions.status} and u.minute >= ${first} and u.minute <= ${last} group by 1),
     summed as (select minute, requests, sum(requests) over (order by minute desc) as up_to from sized)
     select minute, up_to <= ${most} or up_to = requests as taken, (select count(*) from hour) > ${MOST_HOURS} as more from summed order by minute desc`,
    parameters.values,
  );
  const taken = rows.filter((row) => row['taken'] === true).map((row) => Number(row['minute']));
  // Each span is a look into the index of its own.
  const minutes = taken.slice(0, lengthWithin(taken, MOST_SPANS));
  // Before the first whole hour there is no more than an hour, which is not worth telling apart.
  const isWhole = rows.length === minutes.length && rows[0]?.['more'] !== true;
  return { minutes, complete: isWhole };
}

/** The first or last minute in which the address has a counter of its own. */
async function endMinute(db: Queryable, read: ReadCallersAt, which: 'first' | 'last'): Promise<number | null> {
  const { first, last, begin, end } = await summedUp(db, read);
  const within = async (level: number, from: number, to: number): Promise<number | null> => {
    const parameters = new Parameters();
    const organization = parameters.add(read.organizationId, 'uuid');
    const [row] = await db.query(
      `select ${which === 'first' ? 'min' : 'max'}(u.minute) as minute from audit_rollup u where u.organization_id = ${organization}
         and u.dimension = ${dimensions.address + level} and u.minute >= ${from} and u.minute < ${to} and ${counterSql(read, false, parameters)}`,
      parameters.values,
    );
    return (row?.['minute'] ?? null) as number | null;
  };
  const inHours = async (): Promise<number | null> => {
    const hour = end > begin ? await within(levels.hour, begin, end) : null;
    return hour === null ? null : within(0, hour, hour + HOUR_MINUTES);
  };
  const parts = [() => within(0, first, begin), inHours, () => within(0, Math.max(end, begin), last + 1)];
  for (const part of which === 'first' ? parts : parts.reverse()) {
    const found = await part();
    if (found !== null) return found;
  }
  return null;
}

async function countIn(db: Queryable, read: ReadCallersAt, minutes: readonly number[]): Promise<CallerGroups> {
  const parameters = new Parameters();
  const clauses = ['l.occurred_at >= m.begin and l.occurred_at < m.until', ...requestsSql(read, parameters)];
  const spans = spansOf(minutes);
  const [begins, ends] = [spans.map(({ begin }) => begin), spans.map(({ until }) => until)];
  // Times that were made before: under row-level security nothing computed here would reach the index. `offset 0`: span by span.
  const rows = `select l.* from unnest(${parameters.add(begins, 'timestamptz[]')}, ${parameters.add(ends, 'timestamptz[]')}) m (begin, until)
    cross join lateral (select * from audit_log l where ${clauses.join(' and ')} offset 0) l`;
  return callerGroups(db, { rows, mostGroups: read.mostGroups, parameters });
}

/** How many of these minutes, newest first, lie in so many spans. */
function lengthWithin(minutes: readonly number[], most: number): number {
  let spans = 0;
  const beyond = minutes.findIndex((minute, index) => {
    if (index === 0 || (minutes[index - 1] ?? minute) - minute > GAP_MINUTES) spans += 1;
    return spans > most;
  });
  return beyond < 0 ? minutes.length : beyond;
}

/** Minutes close together are one span. */
function spansOf(minutes: readonly number[]): { begin: Date; until: Date }[] {
  const spans: { from: number; to: number }[] = [];
  for (const minute of [...minutes].sort((x, y) => x - y)) {
    const last = spans.at(-1);
    if (last && minute - last.to < GAP_MINUTES) last.to = minute + 1;
    else spans.push({ from: minute, to: minute + 1 });
  }
  return spans.map(({ from, to }) => ({ begin: new Date(from * MINUTE_MS), until: new Date(to * MINUTE_MS) }));
}
