/**
 * Sums the minutes of whole hours up, and these of whole days, so that a month is read from dozens of counters and not from tens of thousands. Apart from the transaction of the
 * rows, which would write every counter twice; the organization's head says how far it has come, and is locked meanwhile as a batch locks it: a row
 * that comes later for an hour before that is counted in its minute, its hour and its day (postgres-rollups.ts). So they are equal at every moment.
 */
import type { Queryable } from './audit.types';
import { minuteOf } from './postgres-schema';
import { beginOf, beginSql, bucketColumns, DAY_MINUTES, daysUntil, dimensions, HOUR_MINUTES, levels, type Level } from './rollup-shape';

/** In one transaction: while it runs, records of the organization wait in their journals. */
const HOURS_AT_ONCE = 6;
const sums = ['requests', 'client_errors', 'server_errors', 'bytes_out', ...bucketColumns];

/** The hours before `now`, some of them: true when there are more. `db` is inside the organization's transaction, which the caller commits. */
export async function sumUpHours(db: Queryable, organizationId: string, now: Date): Promise<boolean> {
  const [head] = await db.query('select hours_until from audit_head where organization_id = $1 for update', [organizationId]);
  if (!head) return false;
  const end = beginOf(minuteOf(now.getTime()), HOUR_MINUTES);
  const first = await firstMinute(db, organizationId, head['hours_until'] as number | null);
  const begin = first === null ? end : beginOf(first, HOUR_MINUTES);
  const until = Math.min(begin + HOURS_AT_ONCE * HOUR_MINUTES, end);
  if (head['hours_until'] !== null && until <= Number(head['hours_until'])) return false;
  await sumUp(db, organizationId, { of: 'minute', to: 'hour', length: HOUR_MINUTES, begin, until });
  const [firstDay, lastDay] = [daysUntil((head['hours_until'] as number | null) ?? begin), daysUntil(until)];
  if (firstDay !== null && lastDay !== null && firstDay < lastDay)
    await sumUp(db, organizationId, { of: 'hour', to: 'day', length: DAY_MINUTES, begin: firstDay, until: lastDay });
  await db.query('update audit_head set hours_until = $2 where organization_id = $1', [organizationId, until]);
  return until < end;
}

type Span = { of: Level; to: Level; length: number; begin: number; until: number };

async function sumUp(db: Queryable, organizationId: string, { of, to, length, begin, until }: Span): Promise<void> {
  const summed = Object.values(dimensions).map((dimension) => dimension + levels[of]);
  await db.query(
    `insert into audit_rollup (organization_id, dimension, minute, value, actor, ${sums.join(', ')})
     select organization_id, dimension + ${levels[to] - levels[of]}, ${beginSql('minute', length)}, value, actor, ${sums.map((column) => `sum(${column})`).join(', ')}
     from audit_rollup where organization_id = $1 and dimension in (${summed.join(', ')}) and minute >= $2 and minute < $3 group by 1, 2, 3, 4, 5`,
    [organizationId, begin, until],
  );
}

/** Not summed up yet. Hours without a call are passed over, however many they are. */
async function firstMinute(db: Queryable, organizationId: string, from: number | null): Promise<number | null> {
  const [row] = await db.query(
    `select minute from audit_rollup where organization_id = $1 and dimension = ${dimensions.status} and ($2::integer is null or minute >= $2)
     order by minute limit 1`,
    [organizationId, from],
  );
  return (row?.['minute'] ?? null) as number | null;
}
