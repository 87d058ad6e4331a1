import type { EntityManager } from 'typeorm';
import { typeId } from '../platform/ids';
import type { ReviewKind, ReviewSummary } from './access-review.dto';

export type ReviewRow = {
  id: string;
  kind: ReviewKind;
  note: string | null;
  signed_at: Date;
  signed_by: string;
  signed_by_name: string;
  sha256: Buffer;
  people: number;
  keys: number;
  concerns: number;
};

/** A review of a week lists neither people nor keys. */
const counted = (list: string): string => `coalesce(jsonb_array_length(snapshot::jsonb -> '${list}'), 0) as ${list}`;
/** Milliseconds: a cursor has no finer ones. */
export const reviewColumns = `id, kind, note, date_trunc('milliseconds', signed_at) as signed_at, signed_by, signed_by_name, sha256,
  ${['people', 'keys', 'concerns'].map(counted).join(', ')}`;

export async function latestReview(tx: EntityManager, organizationId: string): Promise<ReviewRow | null> {
  const [row] = await tx.query<ReviewRow[]>(
    `select ${reviewColumns} from review where organization_id = $1 and kind = 'access' order by signed_at desc, id desc limit 1`,
    [organizationId],
  );
  return row ?? null;
}

export function toSummary(row: ReviewRow): ReviewSummary {
  return {
    id: typeId('rvw', row.id),
    kind: row.kind,
    note: row.note,
    signedAt: row.signed_at.toISOString(),
    signedBy: { id: typeId('usr', row.signed_by), name: row.signed_by_name },
    sha256: row.sha256.toString('hex'),
    people: row.people,
    keys: row.keys,
    concerns: row.concerns,
  };
}

export type SignedReview = ReviewSummary & { snapshot: string };

/** All that were signed in a time, oldest first, with the text that was hashed. */
export async function signedReviews(
  tx: EntityManager,
  organizationId: string,
  period: { from: Date | null; to: Date | null },
): Promise<SignedReview[]> {
  const rows = await tx.query<(ReviewRow & { snapshot: string })[]>(
    `select ${reviewColumns}, snapshot from review where organization_id = $1 and ($2::timestamptz is null or review.signed_at >= $2)
       and ($3::timestamptz is null or review.signed_at < $3) order by review.signed_at, id`,
    [organizationId, period.from, period.to],
  );
  return rows.map((row) => Object.assign(toSummary(row), { snapshot: row.snapshot }));
}
