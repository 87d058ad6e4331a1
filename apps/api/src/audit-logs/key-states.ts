import type { KeyState } from '@pinebill/contract';
import type { StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { datesOf, keyPolicy, keyState } from '../api-keys';

type DateColumns = Parameters<typeof datesOf>[0];

/** The state that each key of these records has now, by uuid; keys that are gone are missing. */
export async function keyStatesOf(
  tx: EntityManager,
  records: readonly StoredRecord[],
  { organizationId, now }: { organizationId: string; now: Date },
): Promise<ReadonlyMap<string, KeyState>> {
  const ids = [...new Set(records.flatMap(({ apiKeyId }) => apiKeyId ?? []))];
  if (ids.length === 0) return new Map();
  const rows = await tx.query<({ id: string } & DateColumns)[]>(
    `select id, expires_at, disabled_at, quarantined_at, rotated_out_at, revoked_at from api_key where organization_id = $1 and id = any($2)`,
    [organizationId, ids],
  );
  const { expiringDays } = await keyPolicy(tx, organizationId);
  return new Map(rows.map((row) => [row.id, keyState(datesOf(row), now, expiringDays)]));
}
