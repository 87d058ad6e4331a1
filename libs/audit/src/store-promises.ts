/**
 * What mode `committed` promises: an intent, and a final row, that PostgreSQL has committed. Waits for the store, but not for longer than a caller
 * can be kept waiting, and hardly at all while the store is known to be away. Whoever is no longer waited for leaves nothing behind.
 */
import type { AuditRecord, AuditStore } from './audit.types';
import type { StoredWaiters } from './journal/stored-waiters';
import { StoreAwayError } from './not-recorded';
import { StoreIntents } from './store-intents';

/** While the store is known to be away, nobody is kept waiting for it. */
const AWAY_TIMEOUT_MS = 250;

export type StorePromisesOptions = {
  store: AuditStore;
  journalId: string;
  waiters: StoredWaiters;
  commitTimeoutMs: number;
  isStoreAway: () => boolean;
  /** The store knows no intent of this journal any more that is not of this run. */
  predecessorEnded: Promise<void>;
};

export class StorePromises {
  private readonly intents: StoreIntents;
  /** Rows that were there before ours came: somebody took us for dead. By id, until the one who waits has looked. */
  private readonly taken = new Set<string>();

  constructor(private readonly options: StorePromisesOptions) {
    this.intents = new StoreIntents(options.store, options.journalId);
  }

  /** Whether intents are kept by the store at all. */
  get keepsIntents(): boolean {
    return this.options.store.intend !== undefined;
  }

  /** Committed and not superseded, by id. */
  get open(): Map<string, AuditRecord> {
    return this.intents.open;
  }

  /** Rejects with a StoreAwayError when it is not committed in time; then it will become no row. */
  async intend(record: AuditRecord): Promise<void> {
    const intent = { record, isAbandoned: false };
    await this.inTime(
      this.options.predecessorEnded.then(() => this.intents.intend(intent)),
      () => (intent.isAbandoned = true),
    );
  }

  /** Rejects with a StoreAwayError when the row at `offset` is not committed in time. */
  async stored(offset: bigint, record: AuditRecord): Promise<void> {
    const { reached, cancel } = this.options.waiters.waitFor(offset);
    await this.inTime(reached, cancel);
    this.intents.open.delete(record.id);
    if (this.taken.delete(record.id))
      throw new StoreAwayError('Another process took this one for dead and recorded the request with the outcome unknown.');
  }

  /** Told of rows that the store had already. */
  noteTaken(ids: readonly string[]): void {
    for (const id of ids) if (this.intents.open.has(id)) this.taken.add(id);
  }

  withdraw(record: AuditRecord): void {
    this.intents.withdraw(record);
  }

  private async inTime(work: Promise<void>, abandon: () => void): Promise<void> {
    const waitMs = this.options.isStoreAway() ? AWAY_TIMEOUT_MS : this.options.commitTimeoutMs;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it has not committed within ${waitMs} ms`)), waitMs);
    });
    try {
      await Promise.race([work, late]);
    } catch (cause) {
      abandon();
      throw new StoreAwayError(`The store is away: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}
