/** A store whose faults a spec decides. */
import { BadRecordError, type AbandonedBy, type AuditBatch, type AuditRecord, type AuditStore, type JournalNotice } from '../audit.types';

type Fault = (batch: AuditBatch) => void;

export class FaultyStore implements AuditStore {
  /** Throws before anything is stored. */
  before: Fault | null = null;
  /** Throws after the commit: the caller cannot know. */
  after: Fault | null = null;
  /** What an append waits for before it reaches the store; fails with it. */
  hold: Promise<void> | null = null;
  batches: AuditBatch[] = [];

  constructor(private readonly store: AuditStore) {}

  async append(batch: AuditBatch): Promise<readonly string[]> {
    this.before?.(batch);
    await this.hold;
    const present = await this.store.append(batch);
    this.batches.push(batch);
    this.after?.(batch);
    return present ?? [];
  }

  async watermark(journalId: string): Promise<bigint | null> {
    this.before?.({ journalId, entries: [], upTo: -1n });
    return this.store.watermark(journalId);
  }

  quarantine(journalId: string, entry: AuditBatch['entries'][number], error: BadRecordError): Promise<void> {
    return this.store.quarantine?.(journalId, entry, error) ?? Promise.resolve();
  }

  async intend(journalId: string, records: readonly AuditRecord[]): Promise<void> {
    this.before?.({ journalId, entries: [], upTo: -1n });
    await this.store.intend?.(journalId, records);
  }

  withdrawIntent(record: AuditRecord): Promise<void> {
    return this.store.withdrawIntent?.(record) ?? Promise.resolve();
  }

  async adoptIntents(of: AbandonedBy): Promise<number> {
    this.before?.({ journalId: '', entries: [], upTo: -1n });
    return (await this.store.adoptIntents?.(of)) ?? 0;
  }

  async heartbeat(journal: JournalNotice): Promise<void> {
    this.before?.({ journalId: journal.journalId, entries: [], upTo: -1n });
    await this.store.heartbeat?.(journal);
  }

  close(): Promise<void> {
    return this.store.close?.() ?? Promise.resolve();
  }
}

export const away = (): never => {
  throw new Error('connect ECONNREFUSED');
};
