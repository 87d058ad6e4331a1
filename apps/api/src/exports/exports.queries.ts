import type { Json } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { ExportState } from './exports.dto';
import type { ExportRequest, ExportSource, PartName } from './export-request';
import type { Facts, Plan } from './parts/part';

export type FinishedFile = { part: PartName; name: string; rows: number; bytes: number; sha256: string; columns: string[]; facts: Facts };
/** How far the work is: enough to go on. */
export type Progress = {
  /** In whose folder the files are. */
  attempt: number;
  done: FinishedFile[];
  /** The part that is being written: so many rows and bytes, the next row after `position`. */
  part: { plan: Plan; rows: number; bytes: number; position: Json } | null;
  /** How often it was begun again because something failed. */
  failures: number;
};

export const noProgress = ({ attempt }: Pick<Lease, 'attempt'>): Progress => ({ attempt, done: [], part: null, failures: 0 });

export type ExportRow = {
  organization_id: string;
  id: string;
  created_at: Date;
  created_by_type: 'user' | 'apiKey' | 'system';
  created_by: string | null;
  created_by_name: string;
  schedule_id: string | null;
  source: ExportSource;
  request: ExportRequest;
  reads_from: Date;
  hides_anonymous: boolean;
  state: ExportState;
  attempt: number;
  worked_on_by: string | null;
  progress: Progress | null;
  expected_rows: string | null;
  rows: string;
  bytes: string;
  started_at: Date | null;
  ended_at: Date | null;
  expires_at: Date | null;
  failure_code: string | null;
  failure: string | null;
  manifest: string | null;
  signature: Buffer | null;
  signing_key_id: string | null;
};

export const exportColumns = `organization_id, id, created_at, created_by_type, created_by, created_by_name, schedule_id, source, request, reads_from, hides_anonymous, state,
  attempt, worked_on_by, progress, expected_rows, rows, bytes, started_at, ended_at, expires_at, failure_code, failure, manifest, signature, signing_key_id`;

export async function findExport(
  tx: EntityManager,
  { organizationId, id }: { organizationId: string; id: string },
  lock: '' | 'for update' = '',
): Promise<ExportRow | null> {
  const [row] = await tx.query<ExportRow[]>(`select ${exportColumns} from export where organization_id = $1 and id = $2 ${lock}`, [
    organizationId,
    id,
  ]);
  return row ?? null;
}

/** Whose work it is. */
export type Lease = { organizationId: string; id: string; attempt: number };
export const LEASE_SECONDS = 60;

/** Writes down how far it is, and holds the lease for longer. False: it is not ours any more, or was cancelled. */
export async function keepLease(tx: EntityManager, { organizationId, id, attempt }: Lease, progress: Progress): Promise<boolean> {
  const done = progress.done.reduce((sum, file) => ({ rows: sum.rows + file.rows, bytes: sum.bytes + file.bytes }), { rows: 0, bytes: 0 });
  const { part } = progress;
  const expected = part?.plan.rows ?? null;
  const [row] = await tx.query<{ kept: string }[]>(
    `with kept as (
       update export set progress = $4, rows = $5, bytes = $6, expected_rows = coalesce($7, expected_rows), started_at = coalesce(started_at, clock_timestamp()),
         lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
       where organization_id = $1 and id = $2 and attempt = $3 and state = 'running' returning 1)
     select count(*) as kept from kept`,
    [
      ...[organizationId, id, attempt, JSON.stringify(progress)],
      ...[done.rows + (part?.rows ?? 0), done.bytes + (part?.bytes ?? 0), expected === null ? null : done.rows + expected],
    ],
  );
  return Number(row?.kept) === 1;
}

/** Holds it for longer, wherever the work is. */
export async function renewLease(tx: EntityManager, { organizationId, id, attempt }: Lease): Promise<void> {
  await tx.query(
    `update export set lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
     where organization_id = $1 and id = $2 and attempt = $3 and state = 'running'`,
    [organizationId, id, attempt],
  );
}

export type Ready = {
  at: Date;
  /** Unless a schedule says when: one that is gone says nothing any more. */
  expiresAt: Date;
  manifest: string;
  signature: Buffer;
  signingKeyId: string;
  rows: number;
  bytes: number;
};

/** False: it was somebody else's to end. */
export async function endReady(tx: EntityManager, { organizationId, id, attempt }: Lease, ending: Ready): Promise<boolean> {
  const { at, expiresAt, manifest, signature, signingKeyId, rows, bytes } = ending;
  const [row] = await tx.query<{ ended: string }[]>(
    `with ended as (
       update export set state = 'ready', ended_at = $4, lease_until = null, manifest = $6, signature = $7, signing_key_id = $8,
         rows = $9, expected_rows = $9, bytes = $10,
         expires_at = case when not exists (select 1 from export_schedule s where s.organization_id = $1 and s.id = schedule_id for share) then $5::timestamptz end
       where organization_id = $1 and id = $2 and attempt = $3 and state = 'running' returning 1)
     select count(*) as ended from ended`,
    [organizationId, id, attempt, at, expiresAt, manifest, signature, signingKeyId, rows, bytes],
  );
  return Number(row?.ended) === 1;
}

/** The same for one that failed for good. */
export async function endFailed(
  tx: EntityManager,
  { organizationId, id, attempt }: Lease,
  { at, code, detail }: { at: Date; code: string; detail: string },
): Promise<boolean> {
  const [row] = await tx.query<{ ended: string }[]>(
    `with ended as (
       update export set state = 'failed', ended_at = $4, lease_until = null, failure_code = $5, failure = $6
       where organization_id = $1 and id = $2 and attempt = $3 and state = 'running' returning 1)
     select count(*) as ended from ended`,
    [organizationId, id, attempt, at, code, detail],
  );
  return Number(row?.ended) === 1;
}

/** Somebody else may begin at once (a stop), or a little later (something failed). A failure counts from the first on, before anything is written as well. */
export async function releaseLease(
  tx: EntityManager,
  lease: Lease,
  { failures, seconds }: { failures: number; seconds: number },
): Promise<void> {
  await tx.query(
    `update export set lease_until = clock_timestamp() + make_interval(secs => $4), worked_on_by = null,
       progress = jsonb_set(coalesce(progress, $6), '{failures}', to_jsonb($5::integer))
     where organization_id = $1 and id = $2 and attempt = $3 and state = 'running'`,
    [lease.organizationId, lease.id, lease.attempt, seconds, failures, JSON.stringify(noProgress(lease))],
  );
}

/** Of the exports of a schedule the latest are kept; the files of the others go. */
export async function keepLatest(tx: EntityManager, organizationId: string, scheduleId: string): Promise<void> {
  await tx.query(
    `update export set state = 'expired' where organization_id = $1 and schedule_id = $2 and state = 'ready' and expires_at is null and id not in (
       select e.id from export e where e.organization_id = $1 and e.schedule_id = $2 and e.state = 'ready' order by e.period_from desc
       limit (select s.keep from export_schedule s where s.organization_id = $1 and s.id = $2))`,
    [organizationId, scheduleId],
  );
  // What it does not keep, it delivers no more.
  await tx.query(
    `update export_delivery d set state = 'removed' where d.organization_id = $1 and d.schedule_id = $2 and d.state = 'waiting' and exists (
       select 1 from export e where e.organization_id = $1 and e.id = d.export_id and e.state = 'expired')`,
    [organizationId, scheduleId],
  );
}
