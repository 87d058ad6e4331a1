import type { KeyState } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { datesOf, keyPolicy, keyState } from '../api-keys';

type DateColumns = Parameters<typeof datesOf>[0];

/** The state that each key of the organization has now, by uuid; keys that are gone are missing. */
export async function keyStatesOf(
  tx: EntityManager,
  ids: readonly string[],
  { organizationId, now }: { organizationId: string; now: Date },
): Promise<ReadonlyMap<string, KeyState>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<({ id: string } & DateColumns)[]>(
    `select id, expires_at, disabled_at, quarantined_at, rotated_out_at, revoked_at from api_key where organization_id = $1 and id = any($2)`,
    [organizationId, ids],
  );
  const { expiringDays } = await keyPolicy(tx, organizationId);
  return new Map(rows.map((row) => [row.id, keyState(datesOf(row), now, expiringDays)]));
}
