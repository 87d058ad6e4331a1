/** What the writer of records says of itself, with what follows from it. */
import type { AuditCoalescer, AuditWriter, AuditWriterStatus } from '@pinebill/nestjs-audit';

export type RecordingState = {
  mode: AuditWriterStatus['mode'];
  modeSince: string | null;
  journal: {
    journalId: string;
    /** Not in PostgreSQL yet. */
    entries: number;
    /** Of requests that have begun and not ended. */
    intents: number;
    bytes: number;
    maxBytes: number;
    storage: AuditWriterStatus['storage'];
    /** Why it takes nothing; null: it does. Requests are refused meanwhile. */
    error: string | null;
    lastFlushedAt: string | null;
    /** Since the start: could not be recorded, so were refused. */
    refused: number;
    /** Since the start: beyond the bound of open requests. */
    overloadRefused: number;
    damaged: number;
  };
  shipper: {
    /** How old the oldest record is that is not in PostgreSQL; 0 when none waits; null when it is not known. */
    lagSeconds: number | null;
    lastShippedAt: string | null;
    lastShippedSecondsAgo: number | null;
    lastError: string | null;
    lastBatch: { rows: number; milliseconds: number; at: string } | null;
    /** By this process, since the start. */
    quarantined: number;
    lost: number;
  };
};

/** Who records, and who counts what is not recorded one by one. */
export type Recording = { writer: Pick<AuditWriter, 'status'>; coalescer: Pick<AuditCoalescer, 'overloaded'> };

export function recordingState({ writer, coalescer }: Recording, now: Date): RecordingState {
  const status = writer.status();
  const { shippedAt } = status;
  return {
    mode: status.mode,
    modeSince: status.modeSince?.toISOString() ?? null,
    journal: {
      journalId: status.journalId,
      entries: status.pendingEntries,
      intents: status.intents,
      bytes: status.journalBytes,
      maxBytes: status.maxJournalBytes,
      storage: status.storage,
      error: status.journalError,
      lastFlushedAt: status.flushedAt?.toISOString() ?? null,
      refused: status.refused,
      overloadRefused: coalescer.overloaded,
      damaged: status.damaged,
    },
    shipper: {
      lagSeconds: status.pendingEntries === 0 ? 0 : secondsSince(status.oldestPendingAt, now),
      lastShippedAt: shippedAt?.toISOString() ?? null,
      lastShippedSecondsAgo: secondsSince(shippedAt, now),
      lastError: status.lastError,
      lastBatch: status.lastBatch && batchOf(status.lastBatch),
      quarantined: status.quarantined,
      lost: status.lost,
    },
  };
}

const batchOf = ({ rows, milliseconds, at }: NonNullable<AuditWriterStatus['lastBatch']>) => ({
  rows,
  milliseconds: Math.round(milliseconds * 10) / 10,
  at: at.toISOString(),
});

const secondsSince = (at: Date | null, now: Date): number | null =>
  at === null ? null : Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000));
