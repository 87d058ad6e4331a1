import type { EntityManager } from 'typeorm';
import type { DestinationKind } from '../exports';
import { typeId } from '../platform/ids';
import type { ArchiveState, ArchiveView } from './archives.dto';

export type ArchiveRow = {
  id: string;
  created_at: Date;
  state: ArchiveState;
  to_at: Date;
  up_to_sequence: string;
  rows: string;
  first_sequence: string | null;
  last_sequence: string | null;
  oldest_at: Date | null;
  newest_at: Date | null;
  destination: DestinationKind;
  location: string;
  file: string;
  bytes: string;
  sha256: string | null;
  verified_at: Date | null;
  failure: string | null;
};
export const archiveColumns =
  'id, created_at, state, to_at, up_to_sequence, rows, first_sequence, last_sequence, oldest_at, newest_at, destination, location, file, bytes, sha256, verified_at, failure';

/** How far the organization has archived; null: nothing yet. */
export async function lastVerified(tx: EntityManager, organizationId: string): Promise<ArchiveRow | null> {
  const [row] = await tx.query<ArchiveRow[]>(
    `select ${archiveColumns} from archive where organization_id = $1 and state = 'verified' order by to_at desc, id desc limit 1`,
    [organizationId],
  );
  return row ?? null;
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const numberOrNull = (value: string | null): number | null => (value === null ? null : Number(value));

export const toArchiveView = (row: ArchiveRow): ArchiveView => ({
  id: typeId('arc', row.id),
  state: row.state,
  createdAt: row.created_at.toISOString(),
  verifiedAt: iso(row.verified_at),
  toAt: row.to_at.toISOString(),
  oldestAt: iso(row.oldest_at),
  newestAt: iso(row.newest_at),
  records: Number(row.rows),
  firstSequence: numberOrNull(row.first_sequence),
  lastSequence: numberOrNull(row.last_sequence),
  destination: row.destination,
  file: `${row.location}/${row.file}`,
  bytes: Number(row.bytes),
  sha256: row.sha256,
  failure: row.failure,
});
