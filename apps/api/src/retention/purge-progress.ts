/**
 * How far a purge has come, and the certificate that it becomes. Progress is written in the transaction that deletes, so at any moment rows that are there, rows in
 * certificates and rows in progress together are as many as were ever numbered.
 */
import { MOST_PIECES, type Purged, type PurgePosition } from '@pinebill/nestjs-audit';
import { newId } from '../platform/ids';
import type { Retention } from '../plan';
import type { PurgeDb } from './purge-connection';

export const PURGER = 'retention';
export type Policy = { plan: string; retentionDays: number; keptDays: number; holds: number };
export type Progress = {
  id: string;
  began_at: Date;
  cutoff_at: Date;
  rows: string;
  others: Record<string, number>;
  position_at: Date | null;
  position_id: string | null;
};

export const policyOf = ({ plan, days, keptDays }: Retention, holds: number): Policy => ({ plan, retentionDays: days, keptDays, holds });

export async function progressOf(db: PurgeDb, organizationId: string): Promise<Progress | null> {
  const [row] = await db.query<Progress[]>(
    'select id, began_at, cutoff_at, rows, others, position_at, position_id from purge_progress where organization_id = $1',
    [organizationId],
  );
  return row ?? null;
}

type Begin = { organizationId: string; now: Date; cutoff: Date; policy: Policy };
export const beginProgress = (db: PurgeDb, { organizationId, now, cutoff, policy }: Begin): Promise<unknown> =>
  db.query('insert into purge_progress (organization_id, id, began_at, cutoff_at, policy) values ($1, $2, $3, $4, $5)', [
    ...[organizationId, newId(), now, cutoff, JSON.stringify(policy)],
  ]);

/** The longest of what was heeded: a plan that grew meanwhile keeps more, and then less is purged than was begun with. */
export const lowerCutoff = (db: PurgeDb, organizationId: string, cutoff: Date, policy: Policy): Promise<unknown> =>
  db.query('update purge_progress set cutoff_at = least(cutoff_at, $2), policy = $3 where organization_id = $1', [
    ...[organizationId, cutoff, JSON.stringify(policy)],
  ]);

export async function addRows(
  db: PurgeDb,
  organizationId: string,
  { reached, ...purged }: Purged & { reached: PurgePosition | null },
): Promise<void> {
  await db.query(
    `update purge_progress set rows = rows + $2::bigint, position_at = coalesce($3, position_at), position_id = coalesce($4, position_id),
       -- Null with rows: it had too many pieces before.
       sequences = case when $2::bigint = 0 then sequences when rows > 0 and sequences is null then null
         else (select case when count(*) <= ${MOST_PIECES} then range_agg(piece) end
           from unnest(coalesce(sequences, '{}') + $5::int8multirange) as piece) end,
       first_sequence = least(first_sequence, $6::bigint), last_sequence = greatest(last_sequence, $7::bigint),
       oldest_at = least(oldest_at, $8::timestamptz), newest_at = greatest(newest_at, $9::timestamptz)
     where organization_id = $1`,
    [
      ...[organizationId, purged.rows, reached?.at ?? null, reached?.id ?? null, purged.sequences],
      ...[purged.firstSequence, purged.lastSequence, purged.oldestAt, purged.newestAt],
    ],
  );
}

export const addOthers = (db: PurgeDb, organizationId: string, others: Record<string, number>): Promise<unknown> =>
  db.query(
    `update purge_progress set others = (select coalesce(jsonb_object_agg(name, sum), '{}') from (
       select name, sum(value::bigint) from (select * from jsonb_each_text(others) union all select * from jsonb_each_text($2)) as counts (name, value) group by name) s (name, sum))
     where organization_id = $1`,
    [organizationId, JSON.stringify(others)],
  );

/** Nothing was purged: nothing remains. */
export async function endProgress(db: PurgeDb, organizationId: string, now: Date): Promise<void> {
  await db.query(
    `with ended as (delete from purge_progress where organization_id = $1 returning *)
     insert into purge_certificate (organization_id, id, began_at, ended_at, how, cutoff_at, policy, rows, sequences, first_sequence, last_sequence, oldest_at, newest_at, others, by_name)
     select organization_id, id, began_at, $2, 'deleted', cutoff_at, policy, rows, sequences, first_sequence, last_sequence, oldest_at, newest_at, others, '${PURGER}'
     from ended where rows > 0 or others <> '{}'`,
    [organizationId, now],
  );
}

export type Dropped = Purged & { organizationId: string; beganAt: Date; cutoff: Date; policy: Policy };
export const certifyDropped = (db: PurgeDb, { organizationId, beganAt, cutoff, policy, ...purged }: Dropped, now: Date): Promise<unknown> =>
  db.query(
    `insert into purge_certificate (organization_id, id, began_at, ended_at, how, cutoff_at, policy, rows, sequences, first_sequence, last_sequence, oldest_at, newest_at, others, by_name)
     values ($1, $2, $3, $4, 'dropped', $5, $6, $7, $8, $9, $10, $11, $12, '{}', '${PURGER}')`,
    [
      ...[organizationId, newId(), beganAt, now, cutoff, JSON.stringify(policy), purged.rows, purged.sequences],
      ...[purged.firstSequence, purged.lastSequence, purged.oldestAt, purged.newestAt],
    ],
  );
