/** What the review of access is made of, in three statements. */
import type { Role } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';

export type PersonRow = {
  user_id: string | null;
  name: string;
  email: string | null;
  role: Role | null;
  state: 'active' | 'suspended' | 'invited' | 'left';
  since: Date | null;
  last_sign_in_at: Date | null;
  made: number;
  rotated: number;
  revoked: number;
};

export type KeyRow = {
  id: string;
  name: string;
  last4: string;
  scopes: string[];
  service: string | null;
  team: string | null;
  expires_at: Date | null;
  disabled_at: Date | null;
  quarantined_at: Date | null;
  rotated_out_at: Date | null;
  revoked_at: Date | null;
  created_at: Date;
  maker: string | null;
  maker_name: string;
  maker_state: 'active' | 'suspended' | 'left';
  replaces: string | null;
  replaces_name: string | null;
};

/** Can be used, or be made usable again: neither revoked nor expired nor rotated out. $2: now. */
const living = `revoked_at is null and (expires_at is null or expires_at > $2) and (rotated_out_at is null or rotated_out_at > $2)`;

/**
 * Keys with the person who was shown the secret, as `maker`: a rotation keeps `created_by`, and what counts here is who rotated. The entry of the
 * activity stands in the transaction that made the key, so it is always there; a key that is older than the entries keeps its maker.
 */
const keysByMaker = `(select k.*, coalesce(e.actor_id, k.created_by) as maker, coalesce(e.actor_name, k.created_by_name) as maker_name
   from api_key k left join lateral (
     select a.actor_id, a.actor_name from activity a
     where a.organization_id = k.organization_id and a.target_id = k.id and a.action = 'api_key.created' and a.actor_id is not null order by a.occurred_at, a.id limit 1) e on true
   where k.organization_id = $1)`;

/** Members, open invitations, and who left but made keys that live. */
export function peopleOf(tx: EntityManager, organizationId: string, now: Date): Promise<PersonRow[]> {
  return tx.query<PersonRow[]>(
    `with made as (
       select maker as user_id, max(maker_name) as name, count(*) filter (where ${living})::int as living,
         count(*) filter (where replaces is not null)::int as rotated
       from ${keysByMaker} k where maker is not null group by maker
     ), revoked as (
       select revoked_by as user_id, count(*)::int as keys from api_key where organization_id = $1 and revoked_by is not null group by revoked_by
     ), person as (
       select m.user_id, u.name, u.email, m.role, case when m.suspended_at is null then 'active' else 'suspended' end as state,
         m.created_at as since, u.last_sign_in_at
       from membership m join app_user u on u.id = m.user_id where m.organization_id = $1
       union all
       select null, i.name, i.email, i.role, 'invited', null, null from invitation i
       where i.organization_id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2
       union all
       select made.user_id, made.name, null, null, 'left', null, null from made
       where living > 0 and not exists (select 1 from membership m where m.organization_id = $1 and m.user_id = made.user_id)
     )
     select p.*, coalesce(made.living, 0) as made, coalesce(made.rotated, 0) as rotated, coalesce(revoked.keys, 0) as revoked
     from person p left join made on made.user_id = p.user_id left join revoked on revoked.user_id = p.user_id
     order by case p.role when 'admin' then 0 when 'member' then 1 when 'guest' then 2 else 3 end, lower(p.name), p.user_id`,
    [organizationId, now],
  );
}

export function livingKeys(tx: EntityManager, organizationId: string, now: Date): Promise<KeyRow[]> {
  return tx.query<KeyRow[]>(
    `select k.id, k.name, k.last4, k.scopes, k.service, k.team, k.expires_at, k.disabled_at, k.quarantined_at, k.rotated_out_at, k.revoked_at,
       k.created_at, k.maker, k.maker_name, k.replaces, old.name as replaces_name,
       case when m.user_id is null then 'left' when m.suspended_at is null then 'active' else 'suspended' end as maker_state
     from (select * from ${keysByMaker} k where ${living}) k
       left join membership m on m.organization_id = $1 and m.user_id = k.maker
       left join api_key old on old.organization_id = $1 and old.id = k.replaces
     order by lower(k.name), k.id`,
    [organizationId, now],
  );
}

/** Of the members, those with a confirmed second factor; null while the installation knows none. */
export async function withSecondFactor(tx: EntityManager, organizationId: string): Promise<Set<string> | null> {
  const [there] = await tx.query<{ known: boolean }[]>(`select to_regclass('app.second_factor') is not null as known`);
  if (there?.known !== true) return null;
  const rows = await tx.query<{ user_id: string }[]>(
    `select m.user_id from membership m where m.organization_id = $1
       and exists (select 1 from second_factor f where f.user_id = m.user_id and f.confirmed_at is not null)`,
    [organizationId],
  );
  return new Set(rows.map(({ user_id }) => user_id));
}
