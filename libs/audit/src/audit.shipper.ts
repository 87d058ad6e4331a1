/**
 * Moves rows from the journal to the store, in order, in batches, and tries for ever: PostgreSQL may be away for as long as the journal
 * holds. A record that the store refuses is found by halving the batch and goes to quarantine; it never holds up the others.
 */
import { BadRecordError, type AuditRecord, type AuditStore } from './audit.types';
import { failpoint } from './failpoint';
import type { Backlog, Row } from './journal/backlog';

export type ShipperOptions = {
  store: AuditStore;
  backlog: Backlog;
  journalId: string;
  /** How long to gather before a batch that is not full. */
  lingerMs: number;
  batchRecords?: number;
  /** When the next resting record stops resting, in milliseconds from now; null when none rests. */
  restsForMs: () => number | null;
  /** Once, when the store answers for the first time. */
  onContact: (watermark: bigint | null) => void;
  /** The record as the end of its response has changed it by now. */
  amended: (record: AuditRecord) => AuditRecord;
  /** Everything up to here is dealt with. */
  onShipped: (upTo: bigint, rows: readonly Row[]) => Promise<void>;
  /** The store had these already, from elsewhere. */
  onPresent: (ids: readonly string[]) => void;
  onError: (message: string, error: unknown) => void;
};

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export class AuditShipper {
  shippedAt: Date | null = null;
  lastBatch: { rows: number; milliseconds: number; at: Date } | null = null;
  lastError: string | null = null;
  quarantined = 0;
  private stopped = false;
  private woken = false;
  private retrying = false;
  private interrupt: (() => void) | null = null;
  private running: Promise<void> | null = null;

  constructor(private readonly options: ShipperOptions) {}

  start(): void {
    this.running ??= this.run().catch((error: unknown) => {
      this.lastError = String(error);
      this.options.onError('The audit shipper has stopped; records gather in the journal.', error);
    });
  }

  /** The store does not answer, and is tried again. */
  get isWaitingForStore(): boolean {
    return this.lastError !== null;
  }

  /** There may be something to ship. */
  wake(): void {
    this.woken = true;
    if (!this.retrying) this.interrupt?.();
  }

  /** Leaves what is not shipped to the next start. Waits for the batch that is on its way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.interrupt?.();
    await this.running;
  }

  private async run(): Promise<void> {
    const { store, journalId, onContact } = this.options;
    const watermark = await this.insist(() => store.watermark(journalId));
    if (watermark === undefined) return;
    onContact(watermark);
    while (!this.isStopped()) await this.shipNext();
  }

  private async shipNext(): Promise<void> {
    const { backlog, batchRecords = 1_000, lingerMs, onShipped } = this.options;
    this.woken = false;
    const taken = await this.insist(() => backlog.take(batchRecords));
    if (!taken) return;
    const { rows, upTo } = taken;
    if (upTo === null) return this.idle();
    const begunAt = performance.now();
    if (rows.length > 0 && !(await this.ship(rows, upTo))) return;
    if (rows.length > 0) this.lastBatch = { rows: rows.length, milliseconds: performance.now() - begunAt, at: new Date() };
    await onShipped(upTo, rows);
    if (rows.length < batchRecords / 2 && lingerMs > 0) await this.pause(lingerMs, false);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private async idle(): Promise<void> {
    if (this.woken || this.stopped) return;
    await this.pause(Math.min(this.options.restsForMs() ?? 60_000, 60_000), true);
  }

  /** False when the process is stopping and the rows were not stored. */
  private async ship(rows: readonly Row[], upTo: bigint): Promise<boolean> {
    const outcome = await this.insist(async () => {
      try {
        const entries = rows.map(({ offset, record }) => ({ offset, record: this.options.amended(record) }));
        const present = await this.options.store.append({ journalId: this.options.journalId, entries, upTo });
        if (present && present.length > 0) this.options.onPresent(present);
        failpoint('shipper.committed');
        return 'stored';
      } catch (error) {
        if (error instanceof BadRecordError) return error;
        throw error;
      }
    });
    if (outcome === undefined) return false;
    if (outcome === 'stored') return this.noteShipped();
    const [only, another] = rows;
    if (only && !another) return this.setAside(only, outcome);
    const middle = Math.ceil(rows.length / 2);
    const left = rows.slice(0, middle);
    return (await this.ship(left, left.at(-1)?.offset ?? upTo)) && (await this.ship(rows.slice(middle), upTo));
  }

  private noteShipped(): true {
    this.shippedAt = new Date();
    return true;
  }

  private async setAside(row: Row, cause: BadRecordError): Promise<boolean> {
    const { store, journalId, onError } = this.options;
    const kept = await this.insist(async () => {
      await store.quarantine?.(journalId, row, cause);
      return true;
    });
    if (!kept) return false;
    this.quarantined++;
    onError(`The store refused record ${row.record.id}; it is in quarantine.`, cause);
    return true;
  }

  /** Again and again, ever more slowly, until it works; undefined when the process is stopping. */
  private async insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        const result = await work();
        this.lastError = null;
        return result;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (this.lastError === null) this.options.onError('Records cannot be shipped; they wait in the journal.', error);
        this.lastError = message;
      }
      if (this.stopped) return undefined;
      this.retrying = true;
      await this.pause(waitMs, true);
      this.retrying = false;
      if (this.isStopped()) return undefined;
    }
  }

  private pause(milliseconds: number, interruptible: boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.interrupt = null;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.interrupt = interruptible ? end : null;
    });
  }
}
