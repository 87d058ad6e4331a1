/**
 * Takes records from the edge and promises them. The only file that knows the mode:
 * `durable`: a promise resolves when the journal has flushed the record. `committed`: when the store has committed it. `async`: at once;
 * what the journal cannot take is lost, and counted.
 *
 * A record that cannot be kept as promised is refused with an error, and the refusal is counted; one `gap` record tells of all of them when
 * the journal takes records again. The final row of a request whose intent is kept is never refused for lack of room.
 */
import { Refusals } from './audit.refusals';
import { damageRecord, modeRecord, type GapCause } from './audit.notices';
import { AuditShipper } from './audit.shipper';
import type { AuditMode, AuditRecord, AuditStore } from './audit.types';
import { Backlog } from './journal/backlog';
import { Journal, type DurableEntry } from './journal/journal';
import type { Settlement } from './journal/journal-entry';
import type { Damage, Recovered } from './journal/recovery';
import { Resting } from './journal/resting';
import { StoredWaiters } from './journal/stored-waiters';

export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';
}
export class StoreAwayError extends Error {
  override readonly name = 'StoreAwayError';
}

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
  journalId: string;
  pendingEntries: number;
  journalBytes: number;
  maxJournalBytes: number;
  shippedAt: Date | null;
  lastError: string | null;
  /** Only in mode `async`: records that were dropped. */
  lost: number;
  /** Answers that were refused because they could not be recorded. */
  refused: number;
  quarantined: number;
  /** Damaged places found at the start. */
  damaged: number;
};

const MEBIBYTE = 1024 * 1024;
const withDefaults = (options: AuditWriterOptions) => ({
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

/** Waits for the work, but not for longer; what it comes to is its own business. */
async function within(milliseconds: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([Promise.resolve(work).catch(() => undefined), late]);
  clearTimeout(timer);
}

/** How many requests a record tells of. */
const toldBy = ({ gap }: AuditRecord): number => gap?.count ?? 1;

/** Above this, `history` waits for the shipper. */
const HISTORY_BACKLOG = 20_000;
const HISTORY_GROUP = 500;
const GAP_AFTER_MS = 1_000;
/** The most that may wait for the disk. */
const UNFLUSHED_BYTES = 32 * MEBIBYTE;

export class AuditWriter {
  private readonly resting: Resting;
  private readonly refusals = new Refusals();
  private readonly waiters = new StoredWaiters();
  private readonly shipper: AuditShipper;
  private readonly damages: readonly Damage[];
  private told: Promise<void> = Promise.resolve();
  private discarding: Promise<void> = Promise.resolve();
  private pending: number;
  private closed: Promise<void> | null = null;
  private gapTimer: NodeJS.Timeout | null = null;
  /** Intents whose final row could not be written: their own row, `unknown`, is owed. */
  private readonly owed = new Map<string, AuditRecord>();
  private lost = 0;

  private constructor(
    private readonly options: ReturnType<typeof withDefaults>,
    private readonly journal: Journal,
    recovered: Recovered,
    private readonly previousMode: AuditMode | null,
  ) {
    this.resting = new Resting(options.restMs, recovered.amendments);
    this.pending = recovered.rows;
    this.damages = recovered.damages;
    const backlog = new Backlog(
      journal.segments,
      (id) => this.resting.has(id),
      (record) => this.resting.amended(record),
    );
    journal.onDurable = (entries) => this.enqueue(backlog, entries);
    this.shipper = new AuditShipper({
      store: options.store,
      backlog,
      journalId: journal.id,
      lingerMs: options.lingerMs,
      restsForMs: () => this.resting.nextEndMs(),
      onContact: (watermark) => {
        this.checkNumbers(watermark);
        this.told = this.tellOfTheLastRun(watermark);
      },
      onShipped: (upTo, rows) => this.onShipped(upTo, rows),
      onError: options.onError,
    });
  }
  /** Takes the directory, reads what an earlier process left there, and begins to ship it. */
  static async open(given: AuditWriterOptions): Promise<AuditWriter> {
    const options = withDefaults(given);
    const { journal, recovered, state } = await Journal.open(options);
    for (const { path, bytes } of recovered.damages)
      options.onError(`${bytes} bytes of the journal file ${path} are damaged; every whole entry was taken.`, null);
    const writer = new AuditWriter(options, journal, recovered, state.mode);
    try {
      // Begun by a process that died: whether they had an effect nobody knows, and that is what their rows say.
      await writer.endProvisionals();
    } catch (error) {
      options.onError('Rows of interrupted requests could not be written; the next start tries again.', error);
    }
    writer.shipper.start();
    return writer;
  }

  /** An intent, or the opening of a streamed answer: becomes the row if the process dies before `release`. */
  async provisional(record: AuditRecord): Promise<void> {
    if (this.options.mode === 'async') return;
    this.assertOpen();
    this.assertRoom();
    await this.journal.append({ type: 'provisional', record }).flushed;
  }

  /** The final row. Resolves when the answer may leave; rejects when the answer must not claim to be recorded. */
  async release(record: AuditRecord): Promise<void> {
    try {
      this.assertOpen();
      if (!this.journal.open.has(record.id)) this.assertRoom();
      if (this.options.mode !== 'committed') this.resting.add(record.id);
      const { offset, flushed } = this.appendRow('release', record);
      if (this.options.mode === 'async') return void flushed.catch((error: unknown) => this.refuse(record, error));
      await flushed;
      if (this.options.mode === 'committed') await this.stored(offset, record);
    } catch (error) {
      this.refuse(record, error);
      if (this.options.mode !== 'async') throw error;
    }
  }

  /** The response has closed. A change still counts while the record rests. */
  settle(id: string, change?: Settlement): void {
    if (!this.resting.end(id, change)) return;
    if (change) void this.journal.append({ type: 'amend', id, change }).flushed.catch(() => undefined); // the row in memory has it in any case
    this.shipper.wake();
  }

  /** The provisional entry becomes no row. Not waited for: if it is lost, the request has a row and is counted as well. */
  withdraw(id: string): void {
    if (this.journal.open.has(id)) void this.journal.append({ type: 'withdraw', id }).flushed.catch(() => undefined);
  }

  /** The final row of what no answer waits for, in the place of its provisional entry; if it cannot be written, that one stays. */
  async conclude(record: AuditRecord): Promise<void> {
    try {
      await this.appendRow('release', record).flushed;
    } catch (error) {
      this.refuse(record, error);
    }
  }

  /** Finished records with times of their own. Waits when the store is slower than the caller; nothing is refused. */
  async history(records: readonly AuditRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += HISTORY_GROUP) {
      this.assertOpen();
      while (this.pending > HISTORY_BACKLOG || this.isFull()) await this.waiters.progress();
      await Promise.all(records.slice(at, at + HISTORY_GROUP).map((record) => this.appendRow('history', record).flushed));
    }
  }

  status(): AuditWriterStatus {
    return {
      mode: this.options.mode,
      journalId: this.journal.id,
      pendingEntries: this.pending,
      journalBytes: this.journal.bytes,
      maxJournalBytes: this.options.maxJournalBytes,
      shippedAt: this.shipper.shippedAt,
      lastError: this.journal.lastError ?? this.shipper.lastError,
      lost: this.lost,
      refused: this.refusals.total,
      quarantined: this.shipper.quarantined,
      damaged: this.damages.length,
    };
  }

  /** Everything released so far is in the store. Waits for what rests, and for as long as the store is away. */
  async flush(): Promise<void> {
    await this.journal.settled();
    await this.waiters.until(this.journal.lastDurableOffset);
    await this.discarding;
  }

  /** Ships what is left, if the store takes it in time; the rest waits in the directory for the next start. */
  close(): Promise<void> {
    return (this.closed ??= this.shutDown());
  }

  private async shutDown(): Promise<void> {
    const { closeTimeoutMs, onError, store } = this.options;
    const deadline = performance.now() + closeTimeoutMs;
    const leftMs = (): number => Math.max(100, deadline - performance.now());
    if (this.gapTimer) clearTimeout(this.gapTimer);
    await within(leftMs(), this.told);
    await this.writeGaps();
    await this.endProvisionals().catch((error: unknown) => onError('Rows of interrupted requests are left to the next start.', error));
    this.resting.endAll();
    this.shipper.wake();
    const late = setTimeout(() => this.waiters.giveUp(), deadline - performance.now());
    await this.flush().catch((error: unknown) => onError('Records are left in the journal for the next start.', error));
    clearTimeout(late);
    // A batch that gets no answer may still be committed later: the watermark tells the next start.
    await within(leftMs(), this.shipper.stop());
    this.waiters.giveUp();
    await this.journal.close(this.waiters.passed);
    await within(leftMs(), store.close?.());
  }

  private enqueue(backlog: Backlog, entries: readonly DurableEntry[]): void {
    backlog.push(entries);
    this.shipper.wake();
    if (this.owed.size > 0) this.payOwed();
  }

  private async onShipped(upTo: bigint, rows: number): Promise<void> {
    this.pending -= rows;
    this.waiters.reach(upTo); // nobody who waits for a commit waits for files to be deleted
    await (this.discarding = this.journal.discard(upTo));
    this.waiters.progressed();
  }

  private appendRow(type: 'release' | 'history', record: AuditRecord): { offset: bigint; flushed: Promise<void> } {
    const { offset, flushed } = this.journal.append({ type, record });
    this.pending++;
    flushed.catch(() => this.pending--);
    return { offset, flushed };
  }

  /** Rows of requests that began and will not end here. */
  private async endProvisionals(): Promise<void> {
    this.owed.clear();
    await Promise.all([...this.journal.open.values()].map(({ record }) => this.appendUnknown(record)));
  }

  private appendUnknown(record: AuditRecord): Promise<void> {
    return this.appendRow('release', { ...record, outcome: 'unknown', status: null, durationMs: null }).flushed;
  }

  private payOwed(): void {
    const owed = [...this.owed.values()];
    this.owed.clear();
    for (const record of owed) void this.appendUnknown(record).catch(() => this.owed.set(record.id, record));
  }

  private assertOpen(): void {
    if (this.closed) throw new Error('The audit writer is closed.');
  }

  private isFull(): boolean {
    return this.journal.bytes >= this.options.maxJournalBytes;
  }

  private assertRoom(): void {
    if (this.isFull())
      throw new JournalFullError(
        `The journal has reached its bound of ${this.options.maxJournalBytes} bytes; the store is too slow, or away.`,
      );
    if (this.journal.unflushedBytes >= UNFLUSHED_BYTES)
      throw new JournalFullError('The disk of the journal is slower than the requests arrive.');
  }

  private async stored(offset: bigint, record: AuditRecord): Promise<void> {
    const { commitTimeoutMs } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new StoreAwayError(`The store has not committed within ${commitTimeoutMs} ms.`)), commitTimeoutMs);
    });
    try {
      await Promise.race([this.waiters.until(offset), late]);
    } catch (error) {
      // The row waits in the journal: it must not say what the caller is not told.
      this.resting.amend(record.id, { status: 503 });
      void this.journal.append({ type: 'amend', id: record.id, change: { status: 503 } }).flushed.catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private refuse(record: AuditRecord, error: unknown): void {
    if (error instanceof StoreAwayError) return; // in the journal, so not missing
    this.resting.forget(record.id);
    if (this.options.mode === 'async') {
      this.lost += toldBy(record);
      this.count(record, 'overflow');
      return;
    }
    const intent = this.journal.open.get(record.id);
    if (intent) this.owed.set(record.id, intent.record);
    else this.count(record, error instanceof JournalFullError ? 'journal_full' : 'journal_failing');
  }

  private count(record: AuditRecord, cause: GapCause): void {
    this.refusals.add(record, cause, { count: toldBy(record) });
    this.scheduleGaps();
  }

  /** Once refusals have ceased for a moment: one gap record, not one a refusal. */
  private scheduleGaps(): void {
    if (this.closed) return;
    if (this.gapTimer) return void this.gapTimer.refresh();
    this.gapTimer = setTimeout(() => {
      this.gapTimer = null;
      void this.writeGaps();
    }, GAP_AFTER_MS);
    this.gapTimer.unref();
  }

  private async writeGaps(): Promise<void> {
    if (this.refusals.size === 0) return;
    if (this.isFull() && !this.closed) {
      this.scheduleGaps();
      return;
    }
    await Promise.all(this.refusals.take().map(({ record, giveBack }) => this.notice(record).catch(giveBack)));
    if (this.refusals.size > 0) this.scheduleGaps();
  }

  private async notice(record: AuditRecord): Promise<void> {
    await this.appendRow('history', record).flushed;
  }

  /** Only when the directory came back from a backup and the clock went back as well: what has such a number would be taken as stored. */
  private checkNumbers(watermark: bigint | null): void {
    if (watermark === null || watermark <= this.journal.lastDurableOffset || watermark < this.journal.firstOffset) return;
    const message =
      'The store is ahead of this journal: the directory is an old copy and the clock went back. Records of the last moments are missing.';
    this.options.onError(message, null);
    this.journal.skipTo(watermark);
  }

  /** A changed mode and damaged places are records too. They need the home organization, so they wait for the store. */
  private async tellOfTheLastRun(watermark: bigint | null): Promise<void> {
    const { homeOrganizationId, mode, onError } = this.options;
    const changed = this.previousMode !== mode;
    try {
      const home = changed || this.damages.length > 0 ? await homeOrganizationId?.() : undefined;
      const told = home ? this.damages.flatMap((damage) => damageRecord(home, this.journal.id, damage, watermark) ?? []) : [];
      if (home && changed && this.previousMode) told.push(modeRecord(home, this.previousMode, mode, new Date()));
      await Promise.all(told.map((record) => this.notice(record)));
      if (changed) await this.journal.saveMode(mode);
    } catch (error) {
      onError('The change of mode, or the damage, could not be recorded; the next start tries again.', error);
    }
  }
}
