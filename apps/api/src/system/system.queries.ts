import type { EntityManager } from 'typeorm';

export type QuarantineRow = {
  id: string;
  at: Date;
  journal_id: string;
  journal_offset: string;
  error: string;
  record: Buffer;
  has_organization: boolean;
};

/**
 * Newest first. Row-level security shows the home organization those of nobody as well. By milliseconds, for that is what a cursor holds, and
 * by a uuid (version 8) made of the place, which is what tells two rows apart. It holds few rows, so it has no index.
 */
export function quarantined(
  tx: EntityManager,
  organizationId: string,
  { limit, after }: { limit: number; after: { at: Date; id: string } | null },
): Promise<QuarantineRow[]> {
  return tx.query<QuarantineRow[]>(
    `select * from (
       select journal_id, journal_offset, error, record, organization_id is not null as has_organization,
         date_trunc('milliseconds', quarantined_at) as at,
         (substr(place, 1, 12) || '8' || substr(place, 14, 3) || '8' || substr(place, 18))::uuid as id
       from audit_quarantine, md5(journal_id || ':' || journal_offset) as place
       where organization_id = $1 or organization_id is null
     ) as kept
     where $2::timestamptz is null or (at, id) < ($2, $3::uuid)
     order by at desc, id desc limit $4`,
    [organizationId, after?.at ?? null, after?.id ?? null, limit],
  );
}
