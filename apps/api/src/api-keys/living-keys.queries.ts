import type { EntityManager } from 'typeorm';
import { keyColumns, lastUse, type UsedKeyRow } from './api-keys.queries';

/** The keys of the organization that are not revoked, the oldest first; with `ids`, these keys, whatever their state. */
export const livingKeys = (tx: EntityManager, organizationId: string, ids: readonly string[] | null = null): Promise<UsedKeyRow[]> =>
  tx.query<UsedKeyRow[]>(
    `select k.*, used.* from (select organization_id, ${keyColumns} from api_key
       where organization_id = $1 and case when $2::uuid[] is null then revoked_at is null else id = any($2) end) k ${lastUse} order by k.id`,
    [organizationId, ids],
  );
