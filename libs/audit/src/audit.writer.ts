/**
 * Takes records from the edge and promises them. The only file that knows the mode:
 * `durable`: a promise resolves when the journal has flushed the record. `committed`: when the store has committed it. `async`: at once;
 * what the journal cannot take is lost, and counted.
 *
 * A record that cannot be kept as promised is refused with an error, and the refusal is counted; one `gap` record tells of all of them when
 * the journal takes records again. The final row of a request whose intent is kept is never refused for lack of room.
 */
import { AsyncPromises } from './async-promises';
import { Gaps, toldBy } from './audit.gaps';
import { aliveNotice, Heartbeat } from './audit.heartbeat';
import type { GapCause } from './audit.notices';
import { AuditShipper } from './audit.shipper';
import type { AuditMode, AuditRecord } from './audit.types';
import { storageOf, within, withWriterDefaults, type AuditWriterOptions, type AuditWriterStatus, type WriterSettings } from './audit.writer.options'; // prettier-ignore
import { Backlog, type Row } from './journal/backlog';
import { Journal, type DurableEntry } from './journal/journal';
import type { Settlement } from './journal/journal-entry';
import type { Recovered } from './journal/recovery';
import { Resting } from './journal/resting';
import { StoredWaiters } from './journal/stored-waiters';
import { skipStoredNumbers, tellOfTheLastRun } from './last-run';
import { JournalFullError, StoreAwayError } from './not-recorded';
import { StorePromises } from './store-promises';

/** Above this, `history` waits for the shipper. */
const HISTORY_BACKLOG = 20_000;
const HISTORY_GROUP = 500;
/** The most that may wait for the disk. */
const UNFLUSHED_BYTES = 32 * 1024 * 1024;
/** A refusal waits no longer for its place in the tally: a disk that hangs holds up nobody. */
const TALLY_MS = 100;

export class AuditWriter {
  private readonly resting: Resting;
  private readonly backlog: Backlog;
  private readonly waiters = new StoredWaiters();
  private readonly shipper: AuditShipper;
  private readonly heartbeat: Heartbeat;
  private readonly gaps: Gaps;
  /** Of mode `committed`. */
  private readonly storePromises: StorePromises | null;
  private onPredecessorEnded = ignore;
  /** The store knows no intent of this journal any more that is not ours. */
  private readonly predecessorEnded = new Promise<void>((done) => (this.onPredecessorEnded = done));
  private asyncPromises: AsyncPromises | null = null;
  /** Whose records of our own are; null: not known. */
  private home: string | null = null;
  private told: Promise<void> = Promise.resolve();
  private discarding: Promise<void> = Promise.resolve();
  private pending: number;
  private closed: Promise<void> | null = null;
  /** Intents whose final row could not be written: their own row, `unknown`, is owed. */
  private readonly owed = new Map<string, AuditRecord>();
  private lost = 0;

  private constructor(
    private readonly options: WriterSettings,
    private readonly journal: Journal,
    private readonly recovered: Recovered,
    private readonly previousMode: AuditMode | null,
  ) {
    const { store, onError, lingerMs, commitTimeoutMs } = options;
    this.resting = new Resting(options.restMs, recovered.amendments);
    this.pending = recovered.rows;
    this.backlog = new Backlog(journal.segments, (id) => this.resting.has(id));
    journal.onDurable = (entries) => this.enqueue(entries);
    this.gaps = new Gaps({
      tally: journal.tally,
      write: (record) => this.notice(record),
      isFull: () => this.isFull(),
      told: (count) => this.asyncPromises?.settled(count),
    });
    const isCaughtUp = (): boolean => this.waiters.passed >= recovered.lastOffset;
    this.heartbeat = new Heartbeat({ store, onError, isCaughtUp, notice: aliveNotice(options.directory, journal, () => this.pending) });
    this.shipper = new AuditShipper({
      store,
      backlog: this.backlog,
      journalId: journal.id,
      lingerMs,
      restsForMs: () => this.resting.nextEndMs(),
      onContact: (watermark) => this.storeAnswers(watermark),
      amended: (record) => this.resting.amended(record),
      onShipped: (upTo, rows) => this.onShipped(upTo, rows),
      onPresent: (ids) => this.storePromises?.noteTaken(ids),
      onError,
    });
    const { waiters, shipper, predecessorEnded } = this;
    const promises = {
      store,
      journalId: journal.id,
      waiters,
      commitTimeoutMs,
      predecessorEnded,
      isStoreAway: () => shipper.isWaitingForStore,
    };
    this.storePromises = options.mode === 'committed' ? new StorePromises(promises) : null;
  }

  /** Takes the directory, reads what an earlier process left there, and begins to ship it. */
  static async open(given: AuditWriterOptions): Promise<AuditWriter> {
    const options = withWriterDefaults(given);
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
    if (options.mode === 'async') await writer.findHome();
    writer.shipper.start();
    return writer;
  }

  /** An intent, or the opening of a streamed answer: becomes the row if the process dies before `release`. */
  async provisional(record: AuditRecord): Promise<void> {
    if (this.options.mode === 'async') return;
    const refusal = this.noRoom();
    if (refusal) throw refusal;
    if (this.storePromises?.keepsIntents) await this.storePromises.intend(record);
    else await this.journal.append({ type: 'provisional', record }).flushed;
  }

  /** The final row. Resolves when the answer may leave; rejects when the answer must not claim to be recorded. */
  release(record: AuditRecord): Promise<void> {
    const refusal = this.isIntended(record.id) ? this.isClosed() : this.noRoom();
    if (this.options.mode === 'async') return this.releaseAtOnce(record, refusal);
    if (refusal) return this.refuse(record, refusal).then(() => Promise.reject(refusal));
    return this.storePromises ? this.releaseCommitted(record, this.storePromises) : this.releaseDurable(record);
  }

  private releaseDurable(record: AuditRecord): Promise<void> {
    this.resting.add(record.id);
    return new Promise((done, reject) => {
      this.enter('release', record, (error) => {
        if (error) void this.refuse(record, error).then(() => reject(error));
        else done();
      });
    });
  }

  private async releaseCommitted(record: AuditRecord, promises: StorePromises): Promise<void> {
    try {
      // Nobody can be told of a success while the store is away: then the row says so from the beginning.
      const isAway = this.shipper.isWaitingForStore;
      const { offset, flushed } = this.append('release', isAway ? { ...record, ...notCommitted } : record);
      await flushed;
      if (isAway) throw new StoreAwayError('The store is away.');
      await promises.stored(offset, record).catch((error: unknown) => this.takeBack(record, error as Error));
    } catch (error) {
      await this.refuse(record, error as Error);
      throw error;
    }
  }

  /** The row waits in the journal, or is on its way: it must not say what the caller is not told, if that can still be helped. */
  private takeBack({ id }: AuditRecord, error: Error): never {
    this.resting.amend(id, notCommitted);
    this.journal.enter({ type: 'amend', id, change: notCommitted }, ignore);
    throw error;
  }

  private releaseAtOnce(record: AuditRecord, refusal: Error | null): Promise<void> {
    const promises = (this.asyncPromises ??= this.promises(this.home ?? record.organizationId));
    // What is refused is settled when the gap record that counts it is on disk.
    if (refusal) void this.refuse(record, refusal);
    else {
      this.resting.add(record.id);
      this.enter('release', record, (error) => {
        if (error) void this.refuse(record, error);
        else promises.settled();
      });
    }
    return promises.answer();
  }

  /** The response has closed. A change still counts while the record rests. */
  settle(id: string, change?: Settlement): void {
    if (!this.resting.end(id, change)) return;
    if (change) this.journal.enter({ type: 'amend', id, change }, ignore); // the row in memory has it in any case
    this.shipper.wake();
  }

  /** The provisional entry becomes no row. Not waited for: if it is lost, the request has a row and is counted as well. */
  withdraw(record: AuditRecord): void {
    this.storePromises?.withdraw(record);
    if (this.journal.open.has(record.id)) this.journal.enter({ type: 'withdraw', id: record.id }, ignore);
  }

  /** The final row of what no answer waits for, in the place of its provisional entry; if it cannot be written, that one stays. */
  async conclude(record: AuditRecord): Promise<void> {
    try {
      await this.append('release', record).flushed;
      this.storePromises?.open.delete(record.id);
    } catch (error) {
      void this.refuse(record, error as Error);
    }
  }

  /** Finished records with times of their own. Waits when the store is slower than the caller; nothing is refused. */
  async history(records: readonly AuditRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += HISTORY_GROUP) {
      const closed = this.isClosed();
      if (closed) throw closed;
      while (this.pending > HISTORY_BACKLOG || this.isFull()) await this.waiters.progress();
      await Promise.all(records.slice(at, at + HISTORY_GROUP).map((record) => this.append('history', record).flushed));
    }
  }

  status(): AuditWriterStatus {
    const { journal, shipper, options } = this;
    return {
      mode: options.mode,
      modeSince: journal.modeSince,
      journalId: journal.id,
      pendingEntries: this.pending,
      oldestPendingAt: this.pending > 0 ? (this.backlog.oldestAt ?? shipper.shippedAt) : null,
      intents: journal.open.size + (this.storePromises?.open.size ?? 0),
      journalBytes: journal.bytes,
      maxJournalBytes: options.maxJournalBytes,
      storage: storageOf(journal.bytes, options.maxJournalBytes),
      shippedAt: shipper.shippedAt,
      lastBatch: shipper.lastBatch,
      lastError: shipper.lastError,
      journalError: journal.lastError,
      flushedAt: journal.flushedAt,
      lost: this.lost,
      refused: this.gaps.total,
      quarantined: shipper.quarantined,
      damaged: this.recovered.damages.length,
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
    await within(leftMs(), this.told);
    await within(leftMs(), this.gaps.close());
    await within(leftMs(), this.asyncPromises?.close());
    const ended = this.endProvisionals().catch((error: unknown) =>
      onError('Rows of interrupted requests are left to the next start.', error),
    );
    await within(leftMs(), ended);
    this.resting.endAll();
    this.shipper.wake();
    const late = setTimeout(() => this.waiters.giveUp(), deadline - performance.now());
    await this.flush().catch((error: unknown) => onError('Records are left in the journal for the next start.', error));
    clearTimeout(late);
    // A batch that gets no answer may still be committed later: the watermark tells the next start.
    await within(leftMs(), this.shipper.stop());
    await within(leftMs(), this.heartbeat.stop());
    this.waiters.giveUp();
    await within(leftMs(), this.journal.close(this.waiters.passed));
    await within(leftMs(), store.close?.());
  }

  private enqueue(entries: readonly DurableEntry[]): void {
    this.backlog.push(entries);
    this.shipper.wake();
    if (this.owed.size > 0) this.payOwed();
  }

  private async onShipped(upTo: bigint, rows: readonly Row[]): Promise<void> {
    this.pending -= rows.length;
    this.resting.stored(rows);
    this.waiters.reach(upTo); // nobody who waits for a commit waits for files to be deleted
    await (this.discarding = this.journal.discard(upTo));
    this.waiters.progressed();
  }

  private enter(type: 'release' | 'history', record: AuditRecord, told: (error: Error | null) => void): bigint {
    this.pending++;
    return this.journal.enter({ type, record }, (error) => {
      if (error) this.pending--;
      told(error);
    });
  }

  private append(type: 'release' | 'history', record: AuditRecord): { offset: bigint; flushed: Promise<void> } {
    let offset = 0n;
    const flushed = new Promise<void>((done, reject) => {
      offset = this.enter(type, record, (error) => (error ? reject(error) : done()));
    });
    return { offset, flushed };
  }

  /** Rows of requests that began and will not end here. */
  private async endProvisionals(): Promise<void> {
    this.owed.clear();
    const begun = [...[...this.journal.open.values()].map(({ record }) => record), ...(this.storePromises?.open.values() ?? [])];
    await Promise.all(begun.map((record) => this.appendUnknown(record)));
  }

  private async appendUnknown(record: AuditRecord): Promise<void> {
    // Everything that could have been lost was kept after all.
    if (record.gap?.cause === 'process_died' && record.gap.atMost === 0)
      return this.journal.append({ type: 'withdraw', id: record.id }).flushed;
    await this.append('release', { ...record, outcome: 'unknown', status: null, durationMs: null }).flushed;
    this.storePromises?.open.delete(record.id);
  }

  private payOwed(): void {
    const owed = [...this.owed.values()];
    this.owed.clear();
    for (const record of owed) void this.appendUnknown(record).catch(() => this.owed.set(record.id, record));
  }

  private isIntended(id: string): boolean {
    return this.journal.open.has(id) || (this.storePromises?.open.has(id) ?? false);
  }

  private isClosed(): Error | null {
    return this.closed ? new Error('The audit writer is closed.') : null;
  }

  private isFull(): boolean {
    return this.journal.bytes >= this.options.maxJournalBytes;
  }

  private noRoom(): Error | null {
    if (this.closed) return this.isClosed();
    if (this.isFull())
      return new JournalFullError(
        `The journal has reached its bound of ${this.options.maxJournalBytes} bytes; the store is too slow, or away.`,
      );
    if (this.journal.unflushedBytes >= UNFLUSHED_BYTES)
      return new JournalFullError('The disk of the journal is slower than the requests arrive.');
    return null;
  }

  /** Resolves when the answer may leave; rejects never. */
  private async refuse(record: AuditRecord, error: Error): Promise<void> {
    if (error instanceof StoreAwayError) {
      this.storePromises?.open.delete(record.id); // the row is in the journal, so nothing is missing
      return;
    }
    this.resting.forget(record.id);
    if (this.options.mode === 'async') {
      this.lost += toldBy(record);
      void this.gaps.count(record, 'overflow');
      return;
    }
    const intent = this.journal.open.get(record.id)?.record ?? this.storePromises?.open.get(record.id);
    if (intent) this.owed.set(record.id, intent);
    else await within(TALLY_MS, this.gaps.count(record, error instanceof JournalFullError ? 'journal_full' : 'journal_failing'));
  }

  /** One more that has no row of its own. */
  countRefused(record: Pick<AuditRecord, 'organizationId' | 'gap'>, cause: GapCause): void {
    void this.gaps.count(record, cause);
  }

  private async notice(record: AuditRecord): Promise<void> {
    await this.append('history', record).flushed;
  }

  private async findHome(): Promise<void> {
    try {
      this.home = (await this.options.homeOrganizationId?.()) ?? null;
    } catch (error) {
      this.options.onError('Whose the records of what a kill has lost would be is not known; they go to whoever called first.', error);
    }
  }

  private promises(organizationId: string): AsyncPromises {
    return new AsyncPromises({
      organizationId,
      provisional: (record) => this.journal.append({ type: 'provisional', record }).flushed,
      withdraw: (id) => this.journal.append({ type: 'withdraw', id }).flushed,
    });
  }

  private storeAnswers(watermark: bigint | null): void {
    const { journal, options, previousMode, recovered } = this;
    skipStoredNumbers(journal, watermark, options.onError);
    void this.heartbeat.start().then(this.onPredecessorEnded);
    this.told = tellOfTheLastRun({ ...options, journal, previousMode, watermark, damages: recovered.damages, homeOrganizationId: options.homeOrganizationId, write: (record) => this.notice(record) }); // prettier-ignore
  }
}

const ignore = (): void => undefined;
/** What the caller was told instead. */
const notCommitted = { status: 503, reason: 'database_unavailable' } as const;
