/** A store whose faults a spec decides. */
import { BadRecordError, type AuditBatch, type AuditStore } from '../audit.types';

type Fault = (batch: AuditBatch) => void;

export class FaultyStore implements AuditStore {
  /** Throws before anything is stored. */
  before: Fault | null = null;
  /** Throws after the commit: the caller cannot know. */
  after: Fault | null = null;
  batches: AuditBatch[] = [];

  constructor(private readonly store: AuditStore) {}

  async append(batch: AuditBatch): Promise<void> {
    this.before?.(batch);
    await this.store.append(batch);
    this.batches.push(batch);
    this.after?.(batch);
  }

  async watermark(journalId: string): Promise<bigint | null> {
    this.before?.({ journalId, entries: [], upTo: -1n });
    return this.store.watermark(journalId);
  }

  quarantine(journalId: string, entry: AuditBatch['entries'][number], error: BadRecordError): Promise<void> {
    return this.store.quarantine?.(journalId, entry, error) ?? Promise.resolve();
  }

  close(): Promise<void> {
    return this.store.close?.() ?? Promise.resolve();
  }
}

export const away = (): never => {
  throw new Error('connect ECONNREFUSED');
};
