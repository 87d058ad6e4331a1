/**
 * Mode `committed`: intents are committed to the store before their handlers start, so that they outlive the data directory. Those that come
 * while one batch is on its way go with the next: one commit for all of them.
 */
import { BadRecordError, type AuditRecord, type AuditStore } from './audit.types';

type Waiting = { record: AuditRecord; resolve: () => void; reject: (error: Error) => void };
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
  intend(record: AuditRecord): Promise<void> {
    const committed = new Promise<void>((resolve, reject) => this.waiting.push({ record, resolve, reject }));
    if (!this.sending) void this.send();
    return committed;
  }

  withdraw(record: AuditRecord): void {
    if (this.open.delete(record.id)) void this.store.withdrawIntent?.(record).catch(() => undefined); // then it is a row as well as counted
  }

  private async send(): Promise<void> {
    this.sending = true;
    while (this.waiting.length > 0) await this.sendBatch(this.waiting.splice(0, MAX_BATCH));
    this.sending = false;
  }

  /** One that the store refuses does not keep the others back. */
  private async sendBatch(batch: readonly Waiting[]): Promise<void> {
    const records = batch.map(({ record }) => record);
    try {
      await this.store.intend?.(this.journalId, records);
      for (const record of records) this.open.set(record.id, record);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (error instanceof BadRecordError && batch.length > 1) for (const one of batch) await this.sendBatch([one]);
      else for (const { reject } of batch) reject(error as Error);
    }
  }
}
