import type { EntityManager } from 'typeorm';

export type QuarantineRow = {
  id: string;
  at: Date;
  journal_id: string;
  journal_offset: string;
  /** Null: whose it is could not be read. */
  organization_id: string | null;
  organization_name: string | null;
  error: string;
  /** Null: another organization's. */
  record: Buffer | null;
};

/** Newest first. Inside the home organization; elsewhere there are none. */
export function quarantined(
  tx: EntityManager,
  { limit, after }: { limit: number; after: { at: Date; id: string } | null },
): Promise<QuarantineRow[]> {
  // Security definer: it shows what row-level security does not, without what is inside.
  return tx.query<QuarantineRow[]>('select * from quarantine_of_installation($1, $2, $3)', [after?.at ?? null, after?.id ?? null, limit]);
}
