/** What the writer of records says of itself, with what follows from it. */
import type { AuditWriter, AuditWriterStatus } from '@pinebill/nestjs-audit';

export type JournalStorage = 'ok' | 'warning' | 'full';

/** Fields that a writer of an older version of the library does not have. */
type Newer = Partial<{
  storage: JournalStorage;
  oldestPendingAt: Date | null;
  intents: number;
  modeSince: Date | null;
  overloadRefused: number;
}>;

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
    storage: JournalStorage;
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
    quarantined: number;
    lost: number;
  };
};

const WARNING_SHARE = 0.8;

export function recordingState(writer: Pick<AuditWriter, 'status'>, now: Date): RecordingState {
  const status: AuditWriterStatus & Newer = writer.status();
  const { journalBytes: bytes, maxJournalBytes: maxBytes, shippedAt } = status;
  return {
    mode: status.mode,
    modeSince: status.modeSince?.toISOString() ?? null,
    journal: {
      journalId: status.journalId,
      entries: status.pendingEntries,
      intents: status.intents ?? 0,
      bytes,
      maxBytes,
      storage: status.storage ?? storageOf(bytes / maxBytes),
      refused: status.refused,
      overloadRefused: status.overloadRefused ?? 0,
      damaged: status.damaged,
    },
    shipper: {
      lagSeconds: status.pendingEntries === 0 ? 0 : secondsSince(status.oldestPendingAt ?? null, now),
      lastShippedAt: shippedAt?.toISOString() ?? null,
      lastShippedSecondsAgo: secondsSince(shippedAt, now),
      lastError: status.lastError,
      quarantined: status.quarantined,
      lost: status.lost,
    },
  };
}

const storageOf = (share: number): JournalStorage => (share >= 1 ? 'full' : share >= WARNING_SHARE ? 'warning' : 'ok');

const secondsSince = (at: Date | null, now: Date): number | null =>
  at === null ? null : Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000));
