/** What the extent asks of the ordinary tables: the lineage of the keys, who is behind them, and what these people made meanwhile. */
import type { EntityManager } from 'typeorm';
import type { ActivityTarget } from '../../activity';

type Of = { organizationId: string };

export type LineageKey = {
  id: string;
  name: string;
  last4: string;
  created_at: Date;
  created_by: string | null;
  rotated_by: string | null;
};
const MOST_KEYS = 100;

/** The keys themselves, those whose place they took, and all that took the place of one of these: the oldest first. */
export const lineageOf = (tx: EntityManager, { organizationId }: Of, ids: readonly string[]): Promise<LineageKey[]> =>
  tx.query<LineageKey[]>(
    `with recursive before as (
       select id, replaces from api_key where organization_id = $1 and id = any($2::uuid[])
       union select k.id, k.replaces from before b join api_key k on k.organization_id = $1 and k.id = b.replaces),
     line as (
       select id from before union select k.id from line l join api_key k on k.organization_id = $1 and k.replaces = l.id)
     select id, name, last4, created_at, created_by, rotated_by from api_key where organization_id = $1 and id in (select id from line)
     order by created_at, id limit ${MOST_KEYS}`,
    [organizationId, ids],
  );

/** What gives somebody access. */
export const makingActions = [
  'api_key.created',
  'api_key.rotated',
  'member.invited',
  'member.role_changed',
  'organization.created',
] as const;
const MOST_MADE = 100;

export type MadeRow = {
  id: string;
  occurred_at: Date;
  actor_id: string;
  actor_name: string;
  action: string;
  target_type: ActivityTarget;
  target_id: string | null;
  target_name: string | null;
  total: string;
};
type Meanwhile = Of & { people: readonly string[]; from: Date; to: Date };

export const madeMeanwhile = (tx: EntityManager, { organizationId, people, from, to }: Meanwhile): Promise<MadeRow[]> =>
  tx.query<MadeRow[]>(
    `select id, occurred_at, actor_id, actor_name, action, target_type, target_id, target_name, count(*) over () as total from activity
     where organization_id = $1 and occurred_at >= $3 and occurred_at < $4 and actor_type = 'user' and actor_id = any($2::uuid[]) and action = any($5)
     order by occurred_at desc, id desc limit ${MOST_MADE}`,
    [organizationId, people, from, to, [...makingActions]],
  );

export type PersonRow = { id: string; name: string };
export const peopleOf = (tx: EntityManager, ids: readonly string[]): Promise<PersonRow[]> =>
  tx.query<PersonRow[]>('select id, name from app_user where id = any($1::uuid[]) order by name, id', [ids]);
