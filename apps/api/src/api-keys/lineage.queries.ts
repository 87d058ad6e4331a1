import type { EntityManager } from 'typeorm';
import { keyColumns, type KeyRow } from './api-keys.queries';

/** A key that took the place of `root`, itself or by way of others. */
export type Descendant = KeyRow & { root: string };

/** Of each of these keys, the oldest first. */
export const descendantsOf = (tx: EntityManager, organizationId: string, ids: readonly string[]): Promise<Descendant[]> =>
  tx.query<Descendant[]>(
    `with recursive line as (
       select replaces as root, id as next, 0 as step from api_key where organization_id = $1 and replaces = any($2::uuid[])
       union all select l.root, k.id, l.step + 1 from line l join api_key k on k.organization_id = $1 and k.replaces = l.next where l.step < 100
     ) select l.root, k.* from line l join (select ${keyColumns} from api_key where organization_id = $1) k on k.id = l.next
     order by k.created_at, k.id`,
    [organizationId, ids],
  );
