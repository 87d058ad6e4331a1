import type { EntityManager } from 'typeorm';
import { logViewOf } from '../audit-logs';
import type { Actor } from '../platform/actor';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { ExportDelivery } from './deliveries/deliveries.dto';
import type { ExportView } from './exports.dto';
import { partsOf } from './export-request';
import type { ExportRow } from './exports.queries';
import { readManifest, whoMade } from './manifest';

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export function toView(row: ExportRow, { now, delivery = null }: { now: Date; delivery?: ExportDelivery | null }): ExportView {
  const manifest = readManifest(row);
  const progress = progressOf(row);
  return {
    id: typeId('exp', row.id),
    state: row.state,
    source: row.source,
    ...row.request,
    createdAt: row.created_at.toISOString(),
    createdBy: whoMade(row),
    scheduleId: typeIdOrNull('xsc', row.schedule_id),
    startedAt: iso(row.started_at),
    endedAt: iso(row.ended_at),
    expiresAt: iso(row.state === 'ready' ? row.expires_at : null),
    rows: Number(row.rows),
    expectedRows: row.expected_rows === null ? null : Number(row.expected_rows),
    bytes: Number(row.bytes),
    progress,
    estimatedReadyAt: estimate(row, progress, now),
    delivery,
    failure: row.failure_code === null ? null : { code: row.failure_code, detail: row.failure ?? '' },
    files: (manifest?.files ?? []).map(({ name, part, rows, bytes, sha256 }) => ({ name, part, rows, bytes, sha256 })),
    manifest,
  };
}

/** The first part has nearly all of the rows; a part whose rows are not known in advance counts when it is written. */
function progressOf({ state, source, progress, rows, expected_rows }: ExportRow): number {
  if (state === 'ready' || state === 'expired') return 1;
  const parts = partsOf[source].length;
  const done = progress?.done.length ?? 0;
  if (parts > 1 && done > 0) return Math.min(0.99, 0.9 + (0.1 * done) / parts);
  const share = expected_rows === null || expected_rows === '0' ? 0 : Number(rows) / Number(expected_rows);
  return Math.round(Math.min(0.99, share * (parts > 1 ? 0.9 : 1)) * 1_000) / 1_000;
}

function estimate({ state, started_at }: ExportRow, progress: number, now: Date): string | null {
  if (state !== 'running' || started_at === null || progress < 0.01) return null;
  const passed = now.getTime() - started_at.getTime();
  return new Date(now.getTime() + (passed * (1 - progress)) / progress).toISOString();
}

/** Whether an export holds more than this reader may see: an admin's may hold the requests of nobody. Then there is none for them. */
export async function hidesFromReader(
  tx: EntityManager,
  actor: Actor,
  now: Date,
): Promise<(row: Pick<ExportRow, 'hides_anonymous'>) => boolean> {
  const hidden = (await logViewOf(tx, actor, now)).hidesAnonymousFrom(actor);
  return (row) => hidden && !row.hides_anonymous;
}
