/**
 * Intents are committed to the store before their handlers start, so that they outlive the data directory. Those that come while one batch is on
 * its way go with the next: one commit for all of them.
 */
import { BadRecordError, type AuditRecord, type AuditStore } from './audit.types';

export type Intent = {
  record: AuditRecord;
  /** Nobody waits any more: it must become no row. */
  isAbandoned: boolean;
};
type Waiting = { intent: Intent; resolve: () => void; reject: (error: Error) => void };
const MAX_BATCH = 500;

export class StoreIntents {
  /** Committed, and not yet superseded by a final row. By id. */
  readonly open = new Map<string, AuditRecord>();
  private waiting: Waiting[] = [];
  private sending = false;

  constructor(
    private readonly store: Pick<AuditStore, 'intend' | 'withdrawIntent'>,
    private readonly journalId: string,
  ) {}

  /** Rejects when the store does not take it; then the handler must not start. */
  intend(intent: Intent): Promise<void> {
    if (intent.isAbandoned) return Promise.resolve();
    const committed = new Promise<void>((resolve, reject) => this.waiting.push({ intent, resolve, reject }));
    if (!this.sending) void this.send();
    return committed;
  }

  withdraw(record: AuditRecord): void {
    if (this.open.delete(record.id)) this.takeBack(record);
  }

  private async send(): Promise<void> {
    this.sending = true;
    while (this.waiting.length > 0) {
      // What was given up while the store hung is not worth a batch.
      this.waiting = this.waiting.filter(({ intent }) => !intent.isAbandoned);
      await this.sendBatch(this.waiting.splice(0, MAX_BATCH));
    }
    this.sending = false;
  }

  /** One that the store refuses does not keep the others back. */
  private async sendBatch(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await this.store.intend?.(
        this.journalId,
        batch.map(({ intent }) => intent.record),
      );
      for (const { intent, resolve } of batch) {
        if (intent.isAbandoned) this.takeBack(intent.record);
        else this.open.set(intent.record.id, intent.record);
        resolve();
      }
    } catch (error) {
      if (error instanceof BadRecordError && batch.length > 1) for (const one of batch) await this.sendBatch([one]);
      else for (const { reject } of batch) reject(error as Error);
    }
  }

  /** If that fails, the row of its refusal removes it, or it becomes a row as well: too much is told, never too little. */
  private takeBack(record: AuditRecord): void {
    void this.store.withdrawIntent?.(record).catch(() => undefined);
  }
}
