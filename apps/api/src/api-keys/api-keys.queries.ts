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
  rotated_by: string | null;
  rotated_by_name: string | null;
  revoked_at: Date | null;
  revoke_reason: string | null;
  replaces: string | null;
  created_by: string | null;
  created_by_name: string;
  created_at: Date;
};
/** Of api_key_use, and of the key that took this one's place. */
export type UsedKeyRow = KeyRow & {
  used_at: Date | null;
  used_ip: string | null;
  used_user_agent: string | null;
  refused_at: Date | null;
  dead_at: Date | null;
  requests: string;
  refused: string;
  dead: string;
  replaced_by: string | null;
};
export const unused = {
  ...{ used_at: null, used_ip: null, used_user_agent: null, refused_at: null, dead_at: null, replaced_by: null },
  ...{ requests: '0', refused: '0', dead: '0' },
} as const satisfies Omit<UsedKeyRow, keyof KeyRow>;

export const keyColumns = `id, name, last4, scopes, service, team, environment, allowed_cidrs::text[] as allowed_cidrs, allowed_countries,
  denied_countries, unknown_country, expires_at, disabled_at, quarantined_at, rotated_out_at, rotated_by, rotated_by_name, revoked_at, revoke_reason, replaces, created_by, created_by_name, created_at`;

/** How `k`, the key's row, was used, as far as it is counted (key-use.service.ts), and by which key it was replaced last. */
export const lastUse = `left join lateral (
  select u.last_accepted_at as used_at, host(u.last_accepted_ip) as used_ip, u.last_accepted_agent as used_user_agent, u.last_refused_at as refused_at,
    u.last_dead_at as dead_at, coalesce(u.requests, 0) as requests, coalesce(u.refused, 0) as refused, coalesce(u.dead, 0) as dead, next.id as replaced_by
  from (select) one left join api_key_use u on u.organization_id = k.organization_id and u.api_key_id = k.id
    left join lateral (
      select s.id from api_key s where s.organization_id = k.organization_id and s.replaces = k.id order by s.created_at desc, s.id desc limit 1
    ) next on true) used on true`;

/**
 * The last accepted request of each key, from the log itself: for each name and state it had, one probe of the index (organization_id, caller_no, minute) a
 * partition. For the answer to a revocation, which waits for nothing that is counted elsewhere. The range keeps partitions out that no plan shows.
 */
export async function lastAccepted(
  tx: EntityManager,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Date | null>> {
  const rows = await tx.query<{ id: string; at: Date | null }[]>(
    `select c.api_key_id as id, max(l.occurred_at) as at from audit_caller c cross join lateral (
       select l.occurred_at from audit_log l where l.organization_id = $1 and l.caller_no = c.no and l.kind is null
         and (l.status is null or l.status not in (401, 403, 429))
         and l.occurred_at > now() - interval '400 days' and l.occurred_at < now() + interval '1 day'
       order by l.minute desc, l.occurred_at desc limit 1) l
     where c.organization_id = $1 and c.api_key_id = any($2::uuid[]) and c.api_key_state in ('active', 'expiring', 'quarantined') group by c.api_key_id`,
    [organizationId, ids],
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

export async function findKey(tx: EntityManager, organizationId: string, id: string): Promise<UsedKeyRow | null> {
  const [row] = await tx.query<UsedKeyRow[]>(
    `select k.*, used.* from (select organization_id, ${keyColumns} from api_key where organization_id = $1 and id = $2) k ${lastUse}`,
    [organizationId, id],
  );
  return row ?? null;
}

export async function lockKey(tx: EntityManager, organizationId: string, id: string): Promise<KeyRow | null> {
  return (await lockKeys(tx, organizationId, [id])).get(id) ?? null;
}

/** By uuid. In the order of their ids: so two who lock several never wait for each other. */
export async function lockKeys(tx: EntityManager, organizationId: string, ids: readonly string[]): Promise<Map<string, KeyRow>> {
  const rows = await tx.query<KeyRow[]>(
    `select ${keyColumns} from api_key where organization_id = $1 and id = any($2::uuid[]) order by id for update`,
    [organizationId, ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** What the door needs to know of a key. */
export type KeyForAuth = Omit<
  KeyRow,
  'rotated_by' | 'rotated_by_name' | 'revoke_reason' | 'replaces' | 'created_by' | 'created_by_name' | 'created_at'
> & {
  organization_id: string;
  per_key_per_minute: number | null;
  per_organization_per_minute: number | null;
  plan: string;
  /** The organization's own rule: both must let a caller in. */
  organization_allowed_cidrs: string[] | null;
  organization_allowed_countries: string[] | null;
  organization_denied_countries: string[] | null;
  organization_unknown_country: PlaceRule['unknownCountry'];
  organization_denied_cidrs: string[] | null;
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

export type Asked = AskedProcess & { keyId: string };

/** The processes that were to forget these revoked keys, with the time by the same clock as theirs. */
export async function askedProcesses(
  tx: EntityManager,
  organizationId: string,
  ids: readonly string[],
): Promise<{ now: Date; asked: Asked[] }> {
  const rows = await tx.query<(Asked & { now: Date })[]>(
    `select r.api_key_id as "keyId", r.process_name as id, r.asked_at as "askedAt", r.confirmed_at as "confirmedAt", r.last_accepted_at as "acceptedAt",
       p.seen_at as "seenAt", p.stopped_at as "stoppedAt", clock_timestamp() as now
     from revocation_process r left join api_process p on p.id = r.process_id
     where r.organization_id = $1 and r.api_key_id = any($2::uuid[]) order by r.process_name, r.process_id`,
    [organizationId, ids],
  );
  return { now: rows[0]?.now ?? new Date(0), asked: rows };
}
