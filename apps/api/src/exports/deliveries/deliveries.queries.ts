import type { EntityManager } from 'typeorm';
import type { DeliveryFailure, DestinationKind } from './destination';

export const deliveryStates = ['waiting', 'delivering', 'delivered', 'failed', 'removed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export type DeliveryRow = {
  organization_id: string;
  export_id: string;
  schedule_id: string;
  created_by: string;
  created_at: Date;
  destination: DestinationKind;
  folder: string;
  state: DeliveryState;
  attempt: number;
  failures: number;
  failure_code: DeliveryFailure | null;
  failure: string | null;
  next_at: Date;
  delivered_at: Date | null;
  location: string | null;
};
const columns = `organization_id, export_id, schedule_id, created_by, created_at, destination, folder, state, attempt, failures, failure_code, failure, next_at, delivered_at, location`; // prettier-ignore

type Whose = { organizationId: string; exportId: string };
/** Whose work it is. */
export type DeliveryLease = Whose & { attempt: number };
export const LEASE_SECONDS = 60;

export async function deliveriesOf(
  tx: EntityManager,
  organizationId: string,
  exportIds: readonly string[],
): Promise<Map<string, DeliveryRow>> {
  const rows = await tx.query<DeliveryRow[]>(
    `select ${columns} from export_delivery where organization_id = $1 and export_id = any($2::uuid[])`,
    [organizationId, exportIds],
  );
  return new Map(rows.map((row) => [row.export_id, row]));
}

/** The newest of each schedule. */
export async function lastDeliveries(tx: EntityManager, organizationId: string): Promise<Map<string, DeliveryRow>> {
  const rows = await tx.query<DeliveryRow[]>(
    `select distinct on (schedule_id) ${columns} from export_delivery where organization_id = $1 order by schedule_id, created_at desc, export_id desc`,
    [organizationId],
  );
  return new Map(rows.map((row) => [row.schedule_id, row]));
}

/** Null: somebody else is at it, or it is over. */
export async function takeDelivery(tx: EntityManager, { organizationId, exportId }: Whose, now: Date): Promise<DeliveryRow | null> {
  const [row] = await tx.query<DeliveryRow[]>(
    `with taken as (
       update export_delivery set state = 'delivering', attempt = attempt + 1, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
       where organization_id = $1 and export_id = $2
         and ((state = 'waiting' and next_at <= $3) or (state = 'delivering' and lease_until < clock_timestamp())) returning ${columns})
     select * from taken`,
    [organizationId, exportId, now],
  );
  return row ?? null;
}

type Change = Partial<{
  state: DeliveryState;
  failures: number;
  code: DeliveryFailure | null;
  failure: string | null;
  nextAt: Date;
  deliveredAt: Date;
  location: string;
}>;

/** Holds the lease for longer, or ends it with what became of it. False: it is not ours any more. */
export async function keepDelivery(
  tx: EntityManager,
  { organizationId, exportId, attempt }: DeliveryLease,
  change: Change = {},
): Promise<boolean> {
  const { state = 'delivering', failures = null, code, failure, nextAt = null, deliveredAt = null, location = null } = change;
  const [row] = await tx.query<{ kept: string }[]>(
    `with kept as (
       update export_delivery set state = $4, failures = coalesce($5, failures), next_at = coalesce($8, next_at),
         failure_code = case when $11 then $6 else failure_code end, failure = case when $11 then $7 else failure end,
         delivered_at = coalesce($9, delivered_at), location = coalesce($10, location),
         lease_until = case when $4 = 'delivering' then clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}) end
       where organization_id = $1 and export_id = $2 and attempt = $3 and state = 'delivering' returning 1)
     select count(*) as kept from kept`,
    [organizationId, exportId, attempt, state, failures, code ?? null, failure ?? null, nextAt, deliveredAt, location, code !== undefined],
  );
  return Number(row?.kept) === 1;
}

/** Of what a schedule has delivered, what goes beyond the latest that it keeps. A schedule that is gone takes nothing away. */
export function beyondKept(tx: EntityManager, organizationId: string, scheduleId: string): Promise<DeliveryRow[]> {
  return tx.query<DeliveryRow[]>(
    `select ${columns.replaceAll(/(\w+)/g, 'd.$1')} from export_delivery d join export e on e.organization_id = d.organization_id and e.id = d.export_id
     where d.organization_id = $1 and d.schedule_id = $2 and d.state = 'delivered'
       and exists (select 1 from export_schedule s where s.organization_id = $1 and s.id = $2)
     order by e.period_from desc, d.export_id desc
     offset (select s.keep from export_schedule s where s.organization_id = $1 and s.id = $2)`,
    [organizationId, scheduleId],
  );
}

export async function markRemoved(tx: EntityManager, { organizationId, exportId }: Whose): Promise<void> {
  await tx.query(`update export_delivery set state = 'removed' where organization_id = $1 and export_id = $2 and state = 'delivered'`, [
    organizationId,
    exportId,
  ]);
}

/** Now, as if it had never failed; why it did last stays until it has gone well. */
export async function deliveryAgain(tx: EntityManager, { organizationId, exportId }: Whose, now: Date): Promise<void> {
  await tx.query(
    `update export_delivery set state = 'waiting', failures = 0, next_at = $3 where organization_id = $1 and export_id = $2 and state in ('failed', 'waiting')`,
    [organizationId, exportId, now],
  );
}
