import type { PlaceRule } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { AskedProcess } from './revocation';
import type { PlaceColumns } from '../restrictions';

export type KeyRow = PlaceColumns & {
  id: string;
  name: string;
  last4: string;
  scopes: string[];
  service: string | null;
  team: string | null;
  environment: string | null;
  expires_at: Date | null;
  disabled_at: Date | null;
  quarantined_at: Date | null;
  rotated_out_at: Date | null;
  revoked_at: Date | null;
  revoke_reason: string | null;
  replaces: string | null;
  created_by: string | null;
  created_by_name: string;
  created_at: Date;
};
export type UsedKeyRow = KeyRow & { used_at: Date | null; used_ip: string | null; used_user_agent: string | null };

export const keyColumns = `id, name, last4, scopes, service, team, environment, allowed_cidrs::text[] as allowed_cidrs, allowed_countries,
  denied_countries, unknown_country, expires_at, disabled_at, quarantined_at, rotated_out_at, revoked_at, revoke_reason, replaces, created_by, created_by_name, created_at`;

/**
 * The last accepted request of a key, from the log: for each name and state it had, one probe of the index (organization_id, caller_no, minute) a
 * partition. Refused use does not count, of a dead key or of a living one (401, 403, 429). `k` is the key's row. The range keeps partitions out that no plan shows.
 */
export const lastUse = `left join lateral (
  select l.occurred_at as used_at, host(l.ip) as used_ip, coalesce(a.user_agent, l.user_agent) as used_user_agent
  from audit_caller c cross join lateral (
    select * from audit_log l where l.organization_id = k.organization_id and l.caller_no = c.no
      and l.occurred_at > now() - interval '400 days' and l.occurred_at < now() + interval '1 day'
      and (l.status is null or l.status not in (401, 403, 429))
    order by l.minute desc, l.occurred_at desc limit 1) l
  left join audit_agent a on a.organization_id = k.organization_id and a.no = l.agent_no
  where c.organization_id = k.organization_id and c.api_key_id = k.id and c.api_key_state in ('active', 'expiring', 'quarantined')
  order by l.occurred_at desc limit 1) used on true`;

export async function findKey(tx: EntityManager, organizationId: string, id: string): Promise<UsedKeyRow | null> {
  const [row] = await tx.query<UsedKeyRow[]>(
    `select k.*, used.* from (select organization_id, ${keyColumns} from api_key where organization_id = $1 and id = $2) k ${lastUse}`,
    [organizationId, id],
  );
  return row ?? null;
}

export async function lockKey(tx: EntityManager, organizationId: string, id: string): Promise<KeyRow | null> {
  const [row] = await tx.query<KeyRow[]>(`select ${keyColumns} from api_key where organization_id = $1 and id = $2 for update`, [
    organizationId,
    id,
  ]);
  return row ?? null;
}

/** What the door needs to know of a key. */
export type KeyForAuth = Omit<KeyRow, 'revoke_reason' | 'replaces' | 'created_by' | 'created_by_name' | 'created_at'> & {
  organization_id: string;
  per_key_per_minute: number | null;
  per_organization_per_minute: number | null;
  plan: string;
  /** The organization's own rule: both must let a caller in. */
  organization_allowed_cidrs: string[] | null;
  organization_allowed_countries: string[] | null;
  organization_denied_countries: string[] | null;
  organization_unknown_country: PlaceRule['unknownCountry'];
};

/** Hot path: every call of a program. One probe of the unique index on secret_hash. */
export async function keyByHash(
  db: { query<T>(sql: string, parameters: unknown[]): Promise<T> },
  hash: Buffer,
): Promise<KeyForAuth | null> {
  // Security definer: the organization is not known yet.
  const [row] = await db.query<KeyForAuth[]>('select * from key_by_hash($1)', [hash]);
  return row ?? null;
}

/** The processes that were to forget a revoked key, with the time by the same clock as theirs. */
export async function askedProcesses(
  tx: EntityManager,
  organizationId: string,
  keyId: string,
): Promise<{ now: Date; asked: AskedProcess[] }> {
  const rows = await tx.query<(AskedProcess & { now: Date })[]>(
    `select r.process_name as id, r.asked_at as "askedAt", r.confirmed_at as "confirmedAt", r.last_accepted_at as "acceptedAt",
       p.seen_at as "seenAt", p.stopped_at as "stoppedAt", clock_timestamp() as now
     from revocation_process r left join api_process p on p.id = r.process_id
     where r.organization_id = $1 and r.api_key_id = $2 order by r.process_name, r.process_id`,
    [organizationId, keyId],
  );
  return { now: rows[0]?.now ?? new Date(0), asked: rows };
}
