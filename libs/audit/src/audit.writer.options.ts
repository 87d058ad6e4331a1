/** What a writer is given, and what it says of itself. */
import type { AuditMode, AuditStore } from './audit.types';

export type AuditWriterOptions = {
  mode: AuditMode;
  directory: string;
  store: AuditStore;
  /** Told of trouble; never called with a secret. */
  onError?: (message: string, error: unknown) => void;
  /** Whose records of kind `mode`, and of damage, are. Without it they are only reported to `onError`. Asked when the store answers. */
  homeOrganizationId?: () => Promise<string> | string;
  maxJournalBytes?: number;
  segmentBytes?: number;
  /** How long a released record waits for the end of its response. */
  restMs?: number;
  /** How long an answer waits for the store in mode `committed`. */
  commitTimeoutMs?: number;
  lingerMs?: number;
  /** How long `close` tries to ship what is left. */
  closeTimeoutMs?: number;
};

export type AuditWriterStatus = {
  mode: AuditMode;
  /** Null: not known. */
  modeSince: Date | null;
  journalId: string;
  pendingEntries: number;
  /** When the oldest of them began. */
  oldestPendingAt: Date | null;
  /** Requests that were begun and have not ended. */
  intents: number;
  journalBytes: number;
  maxJournalBytes: number;
  /** `warning` from 80 % of the bound on; `full`: requests are refused. */
  storage: 'ok' | 'warning' | 'full';
  shippedAt: Date | null;
  lastBatch: { rows: number; milliseconds: number; at: Date } | null;
  /** Why nothing is shipped; null: it is. */
  lastError: string | null;
  /** Why the journal takes nothing; null: it does. Requests are refused meanwhile. */
  journalError: string | null;
  /** When the journal was last flushed; null: not since the start. */
  flushedAt: Date | null;
  /** Only in mode `async`: records that were dropped. */
  lost: number;
  /** Answers that were refused because they could not be recorded. */
  refused: number;
  quarantined: number;
  /** Damaged places found at the start. */
  damaged: number;
};

const MEBIBYTE = 1024 * 1024;
const WARNING_SHARE = 0.8;

export const withWriterDefaults = (options: AuditWriterOptions) => ({
  maxJournalBytes: 1_024 * MEBIBYTE,
  restMs: 5_000,
  commitTimeoutMs: 5_000,
  closeTimeoutMs: 10_000,
  onError: (message: string, error: unknown) => console.error(message, error),
  ...options,
  // Gathering would only delay the answers that wait for the commit.
  lingerMs: options.lingerMs ?? (options.mode === 'committed' ? 0 : 16),
  segmentBytes: options.segmentBytes ?? Math.min(64 * MEBIBYTE, Math.ceil((options.maxJournalBytes ?? 1_024 * MEBIBYTE) / 8)),
});
export type WriterSettings = ReturnType<typeof withWriterDefaults>;

export function storageOf(bytes: number, maxBytes: number): AuditWriterStatus['storage'] {
  if (bytes >= maxBytes) return 'full';
  return bytes >= maxBytes * WARNING_SHARE ? 'warning' : 'ok';
}

/** Waits for the work, but not for longer; what it comes to is its own business. */
export async function within(milliseconds: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([Promise.resolve(work).catch(() => undefined), late]);
  clearTimeout(timer);
}
