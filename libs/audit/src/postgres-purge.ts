/**
 * Deleting from the log: whole months, and rows of one organization in bounded steps. `db` works as the maintenance role, with the schema first in search_path;
 * whoever calls decides what may go. Each function says what it deleted, so that nothing is gone without a number.
 */
import type { Queryable } from './audit.types';
import { Parameters } from './record-filter';

export type MonthOfLog = { name: string; from: Date; to: Date };

/** What was deleted of one organization. `sequences`: as PostgreSQL writes an int8multirange; null: in more pieces than `MOST_PIECES`. */
export type Purged = {
  rows: number;
  sequences: string | null;
  firstSequence: number | null;
  lastSequence: number | null;
  oldestAt: Date | null;
  newestAt: Date | null;
};
export const MOST_PIECES = 1_000;

const MONTH_NAME = /^audit_log_(\d{4})_(\d{2})$/;
/** A month that was taken out of the log, and is not dropped yet. */
const TAKEN_OUT = 'purged_';
const LOCK_MS = 200;

/** The oldest first; whole months that ended by then. */
export async function monthsBefore(db: Queryable, before: Date): Promise<MonthOfLog[]> {
  const rows = await db.query(
    `select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'audit_log'::regclass order by 1`,
  );
  return rows.map(({ name }) => monthOf(String(name))).filter((month) => month !== null && month.to <= before) as MonthOfLog[];
}

function monthOf(name: string): MonthOfLog | null {
  const [, year, month] = MONTH_NAME.exec(name) ?? [];
  if (year === undefined || month === undefined) return null;
  return { name, from: new Date(Date.UTC(Number(year), Number(month) - 1)), to: new Date(Date.UTC(Number(year), Number(month))) };
}

/**
 * Takes a month out of the log: nobody reads or writes it once the transaction around this has ended. Waits for readers of the log no longer than a request can
 * bear, and fails with 55P03 while somebody holds it for long.
 */
export async function takeMonthOut(db: Queryable, { name }: MonthOfLog): Promise<void> {
  await db.query(`do $$ begin
    perform pg_advisory_xact_lock(hashtext('audit_log partitions'));
    perform set_config('lock_timeout', '${LOCK_MS}', true);
    alter table audit_log detach partition ${name};
    alter table ${name} rename to ${TAKEN_OUT}${name};
  end $$`);
}

/** Months that were taken out; after a kill in between there may be some. */
export async function monthsTakenOut(db: Queryable): Promise<MonthOfLog[]> {
  const rows = await db.query(
    `select substr(relname, ${TAKEN_OUT.length + 1}) as name from pg_class
     where relnamespace = (select relnamespace from pg_class where oid = 'audit_log'::regclass) and relkind = 'r' and relname like '${TAKEN_OUT}audit\\_log\\_%' order by 1`,
  );
  return rows.map(({ name }) => monthOf(String(name))).filter((month) => month !== null);
}

/** Whose records a month has, in the log or taken out: one look into the primary key for each, however many rows there are. */
export async function organizationsOfMonth(db: Queryable, { name }: MonthOfLog, isTakenOut: boolean): Promise<string[]> {
  const table = isTakenOut ? `${TAKEN_OUT}${name}` : name;
  const rows = await db.query(
    `with recursive found as (
       (select organization_id from ${table} order by organization_id limit 1)
       union all
       select (select l.organization_id from ${table} l where l.organization_id > f.organization_id order by l.organization_id limit 1)
       from found f where f.organization_id is not null)
     select organization_id from found where organization_id is not null`,
  );
  return rows.map(({ organization_id: id }) => String(id));
}

/** What an organization had in a month that was taken out. Sorted on the disk where it is large, so however many rows there are they need no memory. */
export async function tallyOfMonth(db: Queryable, { name }: MonthOfLog, organizationId: string): Promise<Purged> {
  const [row] = await db.query(
    `select sum(rows)::bigint as rows, min(first) as first_sequence, max(last) as last_sequence, min(oldest_at) as oldest_at, max(newest_at) as newest_at,
       case when count(*) <= ${MOST_PIECES} then range_agg(int8range(first, last, '[]')) end as sequences
     from (
       select count(*) as rows, min(sequence) as first, max(sequence) as last, min(occurred_at) as oldest_at, max(occurred_at) as newest_at
       from (select occurred_at, sequence, sequence - row_number() over (order by sequence) as piece
         from ${TAKEN_OUT}${name} where organization_id = $1) numbered
       group by piece) pieces`,
    [organizationId],
  );
  return toPurged(row ?? {});
}

export async function dropMonth(db: Queryable, { name }: MonthOfLog): Promise<void> {
  await db.query(`drop table ${TAKEN_OUT}${name}`);
}

/** A place in the order of the primary key. */
export type PurgePosition = { at: Date; id: string };
export type PurgeStep = {
  organizationId: string;
  /** Exclusive; null: from the beginning. */
  after: PurgePosition | null;
  /** Nothing that began at it or later. */
  before: Date;
  /** Rows that are looked at; those that are held are among them. */
  limit: number;
  /** What must stay. */
  held: readonly Held[];
};
/** A condition on `l`, a row of audit_log; its values are among `parameters`, which are one statement's. */
export type Held = { sql: string; parameters: Parameters };

type Beginning = { at: Date | string; id: string };

/** Deletes what is not held of the next rows. `reached`: the last row that was looked at; null: there are no further ones. */
export async function purgeRows(db: Queryable, step: PurgeStep): Promise<Purged & { reached: PurgePosition | null }> {
  const after = step.after ?? { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
  const reached = await lastOfStep(db, step, after);
  // A statement takes so many values and no more: all but the last condition are asked before, about the rows of this step.
  const stay: string[] = [];
  for (const { sql, parameters } of step.held.slice(0, -1)) {
    const rows = await db.query(
      `select l.id from audit_log l where ${rowsOfStep({ step, after, reached }, parameters)} and (${sql})`,
      parameters.values,
    );
    stay.push(...rows.map(({ id }) => String(id)));
  }
  const { sql, parameters } = step.held.at(-1) ?? { sql: 'false', parameters: new Parameters() };
  const rest = stay.length === 0 ? sql : `l.id = any(${parameters.add(stay, 'uuid[]')}) or ${sql}`;
  const [row] = await db.query(
    `with gone as (
       delete from audit_log l where ${rowsOfStep({ step, after, reached }, parameters)} and (${rest}) is not true
       returning l.sequence, l.occurred_at)
     select count(*) as rows, min(sequence) as first_sequence, max(sequence) as last_sequence, min(occurred_at) as oldest_at, max(occurred_at) as newest_at,
       range_agg(int8range(sequence, sequence, '[]')) as sequences from gone`,
    parameters.values,
  );
  return { ...toPurged(row ?? {}), reached };
}

type Bounds = { step: PurgeStep; after: Beginning; reached: PurgePosition | null };
function rowsOfStep({ step, after, reached }: Bounds, parameters: Parameters): string {
  const place = ({ at, id }: Beginning): string => `(${parameters.add(at, 'timestamptz')}, ${parameters.add(id, 'uuid')})`;
  const organization = parameters.add(step.organizationId, 'uuid');
  const [from, to] = [parameters.add(after.at, 'timestamptz'), parameters.add(step.before, 'timestamptz')];
  // The time once more by itself: that keeps partitions out.
  const end = reached
    ? `and l.occurred_at <= ${parameters.add(reached.at, 'timestamptz')} and (l.occurred_at, l.id) <= ${place(reached)}`
    : '';
  return `l.organization_id = ${organization} and l.occurred_at >= ${from} and l.occurred_at < ${to} and (l.occurred_at, l.id) > ${place(after)} ${end}`;
}

/** Null: fewer than a step is long are left. */
async function lastOfStep(db: Queryable, { organizationId, before, limit }: PurgeStep, after: Beginning): Promise<PurgePosition | null> {
  const [end] = await db.query(
    `select l.occurred_at, l.id from audit_log l
     where l.organization_id = $1 and l.occurred_at >= $2 and l.occurred_at < $3 and (l.occurred_at, l.id) > ($2::timestamptz, $4::uuid)
     order by l.occurred_at, l.id offset $5 limit 1`,
    [organizationId, after.at, before, after.id, limit - 1],
  );
  return end ? { at: end['occurred_at'] as Date, id: String(end['id']) } : null;
}

function toPurged(row: Record<string, unknown>): Purged {
  const number = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
  return {
    rows: Number(row['rows'] ?? 0),
    sequences: (row['sequences'] ?? null) as string | null,
    firstSequence: number(row['first_sequence']),
    lastSequence: number(row['last_sequence']),
    oldestAt: (row['oldest_at'] ?? null) as Date | null,
    newestAt: (row['newest_at'] ?? null) as Date | null,
  };
}
