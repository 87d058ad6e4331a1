/**
 * How many calls a filter finds in each minute, by whatever tells them apart: what alert rules count. From the roll-ups where they carry the filter, else over the
 * rows; the same numbers either way. Bounded: of a minute the busiest groups, of a period the lines that were asked for.
 *
 * `db` is inside the organization's transaction.
 */
import type { Queryable } from './audit.types';
import { Parameters, type RecordFilter } from './record-filter';
import { dimensions, OTHER_ADDRESSES } from './rollup-shape';
import { carriedBy, type StatsGroup } from './stats-plan';
import { counted, recounted, type Asked } from './stats-sql';

export type ReadMinuteCounts = {
  organizationId: string;
  filter: RecordFilter;
  /** Calls without such a value are of no group, and not counted. Null: all calls are counted together. */
  groupBy: StatsGroup | null;
  /** Minutes since 1970, half-open. */
  from: number;
  to: number;
  /** Of each minute the busiest so many; of as many calls, those that come first by name. */
  mostGroups: number;
  /** Groups with fewer calls in the whole time are left out. */
  atLeast: number;
  /** One line more is read at the most: then there are too many. */
  mostLines: number;
};
export type MinuteCountLine = { minute: number; group: string | null; count: number };

const MINUTE_MS = 60_000;

/** By time, then by group. */
export async function readMinuteCounts(db: Queryable, read: ReadMinuteCounts): Promise<MinuteCountLine[]> {
  if (read.from >= read.to) return [];
  const parameters = new Parameters();
  const part = await source(db, read, parameters);
  const told = read.groupBy === null ? 'true' : 'p.grouped is not null';
  const rows = await db.query(
    `with ranked as (select p.grouped, p.start, sum(p.requests) as requests, row_number() over (partition by p.start order by sum(p.requests) desc, p.grouped) as place
       from (${part}) p where ${told} group by 1, 2),
     kept as (select * from ranked where place <= ${parameters.add(read.mostGroups, 'int')}),
     busy as (select coalesce(grouped, '') as grouped from kept group by 1 having sum(requests) >= ${parameters.add(read.atLeast, 'bigint')})
     select k.start, k.grouped, k.requests from kept k where coalesce(k.grouped, '') in (select grouped from busy)
     order by k.start, k.grouped limit ${parameters.add(read.mostLines + 1, 'int')}`,
    parameters.values,
  );
  return rows.map((row) => ({ minute: Number(row['start']), group: row['grouped'] as string | null, count: Number(row['requests']) }));
}

async function source(db: Queryable, read: ReadMinuteCounts, parameters: Parameters): Promise<string> {
  const { organizationId, filter, groupBy, from, to } = read;
  const asked: Asked = { organizationId, filter, groupBy, interval: 1 };
  const dimension = carriedBy(groupBy, filter);
  if (dimension && !(dimension === 'address' && (await hasOthers(db, read))))
    return counted(asked, { dimension, level: 'minute', from, to }, parameters);
  return recounted(asked, { from: new Date(from * MINUTE_MS), to: new Date(to * MINUTE_MS) }, parameters);
}

/** Of a busy minute only some addresses have counters of their own. */
async function hasOthers(db: Queryable, { organizationId, from, to }: ReadMinuteCounts): Promise<boolean> {
  const rows = await db.query(
    `select 1 from audit_rollup where organization_id = $1 and dimension = ${dimensions.address} and minute >= $2 and minute < $3 and value = $4 limit 1`,
    [organizationId, from, to, OTHER_ADDRESSES],
  );
  return rows.length > 0;
}
