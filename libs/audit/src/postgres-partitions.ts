/** The months of audit_log. By month, not by day: retention drops whole partitions, and hundreds of them make every plan slower. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Queryable } from './audit.types';

type Month = { name: string; from: string; to: string };

/** The partition that rows of this time belong to. */
export const monthName = (at: Date): string => `audit_log_${at.toISOString().slice(0, -17).replace('-', '_')}`;

function monthAt(first: Date, ahead: number): Month {
  const start = (index: number) => new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + index, 1)).toISOString();
  return { name: monthName(new Date(start(ahead))), from: start(ahead), to: start(ahead + 1) };
}

/** A long reader of the log (a dump, a report) is let alone: whoever waits behind us for it waits no longer than this. */
const LOCK_MS = 200;
const ATTEMPTS = 5;
const PAUSE_MS = 300;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Makes the partitions of `months` months from the one `from` lies in, past ones too. Safe to repeat and to run in several processes.
 * Rows that had to go to the default partition move to the new one. Returns the names of those made. Fails with PostgreSQL's 55P03 while somebody
 * holds the log for long: nothing is lost then, and it is worth trying later. `db` works as the maintenance role, with the schema first in search_path.
 */
export async function ensurePartitions(db: Queryable, from: Date, months: number): Promise<string[]> {
  const wanted = Array.from({ length: months }, (_, ahead) => monthAt(from, ahead));
  const rows = await db.query(`select name from unnest($1::text[]) as name where to_regclass(quote_ident(name)) is null`, [
    wanted.map(({ name }) => name),
  ]);
  const missing = new Set(rows.map(({ name }) => name));
  const made = wanted.filter(({ name }) => missing.has(name));
  for (const month of made) await make(db, month);
  return made.map(({ name }) => name);
}

export const isLogHeld = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === LOCK_NOT_AVAILABLE;

async function make(db: Queryable, month: Month): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await db.query(createMonth(month));
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isLogHeld(error)) throw error;
      // Meanwhile those who queued behind us go first.
      await delay(PAUSE_MS);
    }
  }
}

/**
 * One statement, so one transaction. Attached rather than created as a partition: CREATE TABLE ... PARTITION OF would lock out every
 * reader and writer of the log, and would fail on rows that lie in the default partition. Attaching locks out those of the default partition alone,
 * which every reader is; so what can be done before is, and the lock is waited for no longer than a request can bear.
 */
function createMonth({ name, from, to }: Month): string {
  const range = `occurred_at >= '${from}' and occurred_at < '${to}'`;
  const move = `with moved as (delete from audit_log_default where ${range} returning *) insert into ${name} select * from moved`;
  return `do $$ begin
  perform pg_advisory_xact_lock(hashtext('audit_log partitions'));
  -- Not to_regclass: it may remember from before the lock that there was none.
  if exists (select from pg_class where relname = '${name}' and relnamespace = (select relnamespace from pg_class where oid = 'audit_log'::regclass)) then
    return;
  end if;
  perform set_config('lock_timeout', '${LOCK_MS}', true);
  create table ${name} (like audit_log including defaults including constraints including indexes including storage);
  alter table ${name} add constraint ${name}_range check (${range});
  -- Most of it while readers and writers go on; then what came meanwhile.
  ${move};
  lock table only audit_log in share update exclusive mode;
  lock table audit_log_default in access exclusive mode;
  ${move};
  alter table audit_log attach partition ${name} for values from ('${from}') to ('${to}');
  alter table ${name} drop constraint ${name}_range;
end $$`;
}
