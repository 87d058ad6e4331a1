import type { KeyState } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';

/** The state that each key has now, by uuid; keys that are gone are missing. */
export async function keyStatesOf(tx: EntityManager, ids: readonly string[], now: Date): Promise<ReadonlyMap<string, KeyState>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; revoked_at: Date | null; expires_at: Date | null }[]>(
    'select * from api_key where id = any($1)',
    [ids],
  );
  return new Map(rows.map((r) => [r.id, r.revoked_at ? 'revoked' : r.expires_at && r.expires_at <= now ? 'expired' : 'active']));
}
