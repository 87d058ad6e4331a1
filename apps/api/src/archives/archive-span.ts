/**
 * Which records the next file of an organization holds: at most a million, of one month, so that writing, fetching and looking into it are bounded whatever the
 * traffic is.
 */
import { everyRecord, lastSequence, recordsBySequence, SEQUENCE_BLOCK } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { DestinationKind } from '../exports';
import { retentionOf } from '../plan';
import { EPOCH, type Span } from './archive-file';
import { lastVerified } from './archives.queries';

export const MOST_ROWS = 1_000_000;
type Begun = Omit<Span, 'to'>;

/** Null: all that may be purged is archived. */
export async function nextSpan(
  tx: EntityManager,
  { organizationId, now, mostRows }: { organizationId: string; now: Date; mostRows: number },
): Promise<Span | null> {
  const [row] = await tx.query<{ archive_to: DestinationKind | null }[]>('select archive_to from organization where id = $1', [
    organizationId,
  ]);
  if (!row?.archive_to) return null;
  const { purgedBefore } = await retentionOf(tx, organizationId, now);
  const before = await lastVerified(tx, organizationId);
  const from = before?.to_at ?? EPOCH;
  const upTo = await lastSequence(tx, organizationId);
  const span = { organizationId, destination: row.archive_to, from, lateAfter: Number(before?.up_to_sequence ?? 0), upTo };
  if (await hasLate(tx, span)) return { ...span, to: from, upTo: await lastOfLate(tx, span, mostRows) };
  const to = await endOf(tx, span, { purgedBefore, mostRows });
  return to && { ...span, to };
}

/** Something was recorded since, of a time that is archived already. */
async function hasLate(tx: EntityManager, { organizationId, from, lateAfter, upTo }: Begun): Promise<boolean> {
  if (from <= EPOCH) return false;
  const late = { organizationId, filter: everyRecord, from: EPOCH, to: from, after: lateAfter, upTo };
  return (await recordsBySequence(tx, late, 1)).length > 0;
}

/** The number of the last one that a file takes; without so many, of the last one that there is. */
async function lastOfLate(tx: EntityManager, { organizationId, from, lateAfter, upTo }: Begun, mostRows: number): Promise<number> {
  const [row] = await tx.query<{ sequence: string }[]>(
    // The index knows blocks of numbers.
    `select sequence from audit_log where organization_id = $1 and occurred_at < $2 and sequence > $3 and sequence <= $4
       and sequence_block >= $3::bigint / ${SEQUENCE_BLOCK} order by sequence offset $5 limit 1`,
    [organizationId, from, lateAfter, upTo, mostRows - 1],
  );
  return Number(row?.sequence ?? upTo);
}

/** Of the month of the oldest record that is not archived, where the purge ends, or where a file is full. Null: there is none. */
async function endOf(
  tx: EntityManager,
  { organizationId, from }: Begun,
  { purgedBefore, mostRows }: { purgedBefore: Date; mostRows: number },
): Promise<Date | null> {
  const [oldest] = await tx.query<{ at: Date | null }[]>(
    'select min(occurred_at) as at from audit_log where organization_id = $1 and occurred_at >= $2 and occurred_at < $3',
    [organizationId, from, purgedBefore],
  );
  if (!oldest?.at) return null;
  const monthEnds = new Date(Date.UTC(oldest.at.getUTCFullYear(), oldest.at.getUTCMonth() + 1));
  const ends = monthEnds < purgedBefore ? monthEnds : purgedBefore;
  const [full] = await tx.query<{ at: Date }[]>(
    'select occurred_at as at from audit_log where organization_id = $1 and occurred_at >= $2 and occurred_at < $3 order by occurred_at offset $4 limit 1',
    [organizationId, oldest.at, ends, mostRows],
  );
  // More of one millisecond than a file takes: then it takes that millisecond.
  return full ? new Date(Math.max(full.at.getTime(), oldest.at.getTime() + 1)) : ends;
}
