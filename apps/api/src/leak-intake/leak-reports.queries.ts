import type { LeakAction, LeakPolicy } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { newId } from '../platform/ids';
import type { ReportedKey } from './report-body';

type Queryable = { query<T>(sql: string, parameters: unknown[]): Promise<T> };

export type LeakReportRow = {
  id: string;
  api_key_id: string;
  token_type: string;
  url: string | null;
  source: string | null;
  reported_at: Date;
  last_reported_at: Date;
  times: number;
  /** Said again while the key was not revoked; null once that was looked into. */
  again_at: Date | null;
  handled_at: Date | null;
  policy: LeakPolicy | null;
  action: LeakAction | null;
  incident_id: string | null;
};
export type Report = { organizationId: string; id: string };

export const leakReportColumns =
  'id, api_key_id, token_type, url, source, reported_at, last_reported_at, times, again_at, handled_at, policy, action, incident_id';

/** Which of them are keys, as hashes in hexadecimal. One statement, whatever was reported: what is ours is kept by it, the rest leaves nothing. */
export async function takeReports(db: Queryable, keys: readonly ReportedKey[], at: Date): Promise<Set<string>> {
  const rows = await db.query<{ hash: Buffer }[]>('select hash from leak_reports_take($1, $2, $3, $4, $5, $6, $7)', [
    ...[keys.map(() => newId()), keys.map(({ hash }) => hash), keys.map(({ keptType }) => keptType)],
    ...[keys.map(({ url }) => url), keys.map(({ source }) => source), keys.map(({ place }) => place), at],
  ]);
  return new Set(rows.map(({ hash }) => hash.toString('hex')));
}

export async function waitingReports(db: Queryable, at: Date): Promise<Report[]> {
  return db.query<Report[]>('select organization_id as "organizationId", id from leak_reports_waiting($1)', [at]);
}

/** Without those that are done, or that another process is at. In the order of their keys: whoever locks several begins at the same end. */
export async function lockWaiting(tx: EntityManager, organizationId: string, ids: readonly string[]): Promise<LeakReportRow[]> {
  return tx.query<LeakReportRow[]>(
    `select ${leakReportColumns} from leak_report where organization_id = $1 and id = any($2::uuid[]) and (handled_at is null or again_at is not null)
     order by api_key_id, id for update skip locked`,
    [organizationId, ids],
  );
}

export type Done = { id: string; action: LeakAction; incidentId: string | null };

export async function markHandled(
  tx: EntityManager,
  { organizationId, at, policy }: { organizationId: string; at: Date; policy: LeakPolicy },
  done: readonly Done[],
): Promise<void> {
  await tx.query(
    `update leak_report r set handled_at = $2, again_at = null, policy = $3, action = d.action, incident_id = d.incident_id
     from unnest($4::uuid[], $5::text[], $6::uuid[]) d (id, action, incident_id) where r.organization_id = $1 and r.id = d.id`,
    [...[organizationId, at, policy, done.map(({ id }) => id), done.map(({ action }) => action)], done.map(({ incidentId }) => incidentId)],
  );
}

/** Said again, and nothing new came of it: what was done stands. */
export async function markOld(tx: EntityManager, { organizationId }: { organizationId: string }, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query('update leak_report set again_at = null where organization_id = $1 and id = any($2::uuid[])', [organizationId, ids]);
}

/** What failed is tried again then, and keeps no other waiting. */
export async function putOff(tx: EntityManager, { organizationId, id }: Report, until: Date): Promise<void> {
  await tx.query(
    'update leak_report set next_at = $3 where organization_id = $1 and id = $2 and (handled_at is null or again_at is not null)',
    [...[organizationId, id], until],
  );
}

export async function leakPolicyOf(tx: EntityManager, organizationId: string): Promise<LeakPolicy> {
  const [row] = await tx.query<{ leak_policy: LeakPolicy }[]>('select leak_policy from organization where id = $1', [organizationId]);
  if (!row) throw new Error('there is no such organization');
  return row.leak_policy;
}
