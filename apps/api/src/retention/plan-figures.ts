/** How much of the log an organization has: from the roll-ups, so that it costs the same however many records there are. `tx` is the organization's. */
import { everyRecord, firstCounted, minuteOf, readStats } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
/** As the roll-ups count by caller and by status, and programs among the kinds of callers: libs/audit, rollup-shape.ts. */
const BY_CALLER = 1;
const BY_STATUS = 3;
const PROGRAMS = 1;
/** Days of the longest retention, and the one that has begun. */
const MOST_LINES = 1_000;

export type Counted = { requests: number; firstAt: Date | null };

/** Requests of whole minutes; the first minute may be older than `from` by less than one. */
export async function requestsBetween(tx: EntityManager, organizationId: string, from: Date, to: Date): Promise<Counted> {
  const days = await byDay(tx, organizationId, from, to);
  const first = await firstCounted(tx, organizationId, from);
  const requests = days.reduce((sum, day) => sum + day.requests, 0);
  return { requests, firstAt: first !== null && first < to && requests > 0 ? first : null };
}

export async function byDay(tx: EntityManager, organizationId: string, from: Date, to: Date): Promise<{ from: Date; requests: number }[]> {
  if (from >= to) return [];
  const asked = { organizationId, filter: everyRecord, groupBy: null, from, to, intervalMinutes: DAY_MINUTES };
  const { lines } = await readStats(tx, { ...asked, mostGroups: 1, mostLines: MOST_LINES, mostRows: 0 });
  return lines;
}

/** The busiest minute of programs in the last 24 hours. */
export async function peakOfDay(tx: EntityManager, organizationId: string, now: Date): Promise<{ requests: number; at: Date } | null> {
  const [row] = await tx.query<{ minute: number; requests: number }[]>(
    `select minute, sum(requests)::integer as requests from audit_rollup
     where organization_id = $1 and dimension = ${BY_STATUS} and minute >= $2 and minute <= $3 and actor = ${PROGRAMS}
     group by minute order by 2 desc, 1 desc limit 1`,
    [organizationId, minuteOf(now.getTime() - DAY_MS), minuteOf(now.getTime())],
  );
  return row ? { requests: row.requests, at: new Date(row.minute * MINUTE_MS) } : null;
}

/** The busiest minute of one API key in the last 24 hours, whichever that was. A key that was renamed is one key. */
export async function peakOfOneKey(tx: EntityManager, organizationId: string, now: Date): Promise<number> {
  const [row] = await tx.query<{ requests: number | null }[]>(
    `select max(requests)::integer as requests from (
       select sum(r.requests) as requests from audit_rollup r join audit_caller c on c.organization_id = $1 and c.no::text = r.value
       where r.organization_id = $1 and r.dimension = ${BY_CALLER} and r.minute >= $2 and r.minute <= $3 and r.actor = ${PROGRAMS} and c.api_key_id is not null
       group by r.minute, c.api_key_id) minutes`,
    [organizationId, minuteOf(now.getTime() - DAY_MS), minuteOf(now.getTime())],
  );
  return row?.requests ?? 0;
}

export type Month = { month: string; requests: number; storedBytes: number };

/** The newest first. Bytes: of the month's table, by the share that the organization has of its rows. */
export async function monthsOf(tx: EntityManager, days: readonly { from: Date; requests: number }[]): Promise<Month[]> {
  const requests = new Map<string, number>();
  for (const day of days) {
    const month = day.from.toISOString().slice(0, 7);
    requests.set(month, (requests.get(month) ?? 0) + day.requests);
  }
  const names = [...requests.keys()];
  const sizes = await tx.query<{ month: string; rows: number; bytes: string }[]>(
    `select m.month, greatest(c.reltuples, 0) as rows, pg_total_relation_size(c.oid) as bytes
     from unnest($1::text[]) as m(month) join pg_class c on c.oid = to_regclass('audit_log_' || replace(m.month, '-', '_'))`,
    [names],
  );
  return names
    .sort()
    .reverse()
    .map((month) => {
      const [count, size] = [requests.get(month) ?? 0, sizes.find((one) => one.month === month)];
      // Before the first ANALYZE the table does not know how many rows it has.
      const share = size === undefined || size.rows === 0 ? 1 : Math.min(1, count / size.rows);
      return { month, requests: count, storedBytes: size === undefined || count === 0 ? 0 : Math.round(Number(size.bytes) * share) };
    });
}
