/** Records that PostgreSQL refused: kept as they were, for a person to look at. `db` is inside the organization's transaction. */
import type { Queryable } from './audit.types';

export type QuarantinedRecord = {
  journalId: string;
  journalOffset: bigint;
  quarantinedAt: Date;
  /** What PostgreSQL said. */
  error: string;
  /** The bytes that were to be stored: JSON, unless they are what was at fault. */
  record: Buffer;
};
export type QuarantinePlace = Pick<QuarantinedRecord, 'quarantinedAt' | 'journalId' | 'journalOffset'>;

/** The newest first; `after`: the last one of the page before. */
export async function listQuarantine(
  db: Queryable,
  organizationId: string,
  { limit, after }: { limit: number; after: QuarantinePlace | null },
): Promise<QuarantinedRecord[]> {
  const rows = await db.query(
    `select journal_id, journal_offset, quarantined_at, error, record from audit_quarantine where organization_id = $1
       and ($2::timestamptz is null or (date_trunc('milliseconds', quarantined_at), journal_id, journal_offset) < ($2, $3, $4))
     order by date_trunc('milliseconds', quarantined_at) desc, journal_id desc, journal_offset desc limit $5`,
    [organizationId, after?.quarantinedAt ?? null, after?.journalId ?? null, after?.journalOffset ?? null, limit],
  );
  // As the columns are, which only this library writes.
  return rows.map((row) => ({
    journalId: row['journal_id'] as string,
    journalOffset: BigInt(row['journal_offset'] as string),
    quarantinedAt: row['quarantined_at'] as Date,
    error: row['error'] as string,
    record: row['record'] as Buffer,
  }));
}

export async function countQuarantine(db: Queryable, organizationId: string): Promise<number> {
  const [row] = await db.query('select count(*) as count from audit_quarantine where organization_id = $1', [organizationId]);
  return Number(row?.['count']);
}
