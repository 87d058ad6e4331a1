/** How long keys may go on unchanged, and unused: each organization decides. */
import type { EntityManager } from 'typeorm';

/** In days. */
export type KeyPolicy = {
  /** A key is to be rotated at this age. */
  rotationDays: number;
  /** A key without an accepted request for this long is idle. */
  idleDays: number;
  /** A key that ends within this time is `expiring`. */
  expiringDays: number;
};

export async function keyPolicy(tx: EntityManager, organizationId: string): Promise<KeyPolicy> {
  const [row] = await tx.query<KeyPolicy[]>(
    `select rotation_days as "rotationDays", idle_days as "idleDays", expiring_days as "expiringDays" from organization where id = $1`,
    [organizationId],
  );
  if (!row) throw new Error('there is no such organization');
  return row;
}
