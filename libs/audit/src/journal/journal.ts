/**
 * The journal on disk: one writer that takes whatever is waiting, writes it in one go, flushes it with one fdatasync, and only then tells
 * everybody who waits. Both run on libuv's threads, so the event loop goes on meanwhile and the next group gathers.
 *
 * Guarantees: an entry's promise resolves only after its bytes were flushed. After a failed write or flush the file is not written to
 * again (the kernel may have dropped the pages and report success the next time); what was not acknowledged goes to a new file.
 * Offsets grow strictly, over restarts too, also when the directory was lost or brought back from a backup: every run starts at the
 * time in microseconds if that is further.
 */
import { mkdir, unlink, type FileHandle } from 'node:fs/promises';
import type { AuditRecord } from '../audit.types';
import { failpoint } from '../failpoint';
import { JournalUnavailableError } from '../not-recorded';
import { isDiskFull, makeReserve, releaseReserve } from './reserve';
import { FlushGroup, type WaitingEntry } from './flush-group';
import { entryId, isAboutProvisional, type EntryContent } from './journal-entry';
import { lockJournal, type JournalLock } from './journal-lock';
import { newJournalId, readState, writeState, type JournalState } from './journal-state';
import { closeProvisional, recover, type Recovered } from './recovery';
import { Tally } from './tally';
import { createSegment, writeFully, type Segment } from './segment';

export type JournalOptions = { directory: string; segmentBytes: number; onError: (message: string, error: unknown) => void };
/** An entry that is flushed, and where it lies. */
export type DurableEntry = { offset: bigint; content: EntryContent; bytes: number; segment: Segment; position: number };

/** Enough for one write to be worth its flush, little enough not to hold up the first in the group. */
const GROUP_BYTES = 4 * 1024 * 1024;

const unwritten = { journalId: null, mode: null, modeSince: null, lastOffset: 0n };

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Journal {
  readonly segments: Segment[];
  readonly open: Map<string, { record: AuditRecord; segment: Segment }>;
  /** Called with each flushed group, in order, before anybody is told. */
  onDurable: (entries: DurableEntry[]) => void = () => undefined;
  lastError: string | null = null;
  /** Of this run. */
  flushedAt: Date | null = null;
  /** Of the last entry on disk; 0 when there is none. */
  lastDurableOffset: bigint;
  private active: { segment: Segment; file: FileHandle } | null = null;
  /** In their order; the last one takes what comes next. */
  private waiting: FlushGroup[] = [];
  /** What is being written. */
  private current: FlushGroup | null = null;
  private waitingBytes = 0;
  private flushing: Promise<void> | null = null;
  private closed = false;
  private saving: Promise<void> = Promise.resolve();
  /** The first number of this run. */
  readonly firstOffset: bigint;
  private nextOffset: bigint;
  private nextNumber: number;
  /** Of each id, the latest entry that is on its way to the disk and says more than the provisional one that is there. */
  private readonly superseding = new Map<string, bigint>();

  private constructor(
    private readonly options: JournalOptions,
    private readonly lock: JournalLock,
    private state: JournalState,
    recovered: Recovered,
    /** Of what could not be recorded. */
    readonly tally: Tally,
  ) {
    this.segments = recovered.segments;
    this.open = recovered.open;
    this.nextOffset = this.firstOffset = state.lastOffset + 1n;
    this.lastDurableOffset = recovered.lastOffset;
    this.nextNumber = (recovered.segments.at(-1)?.number ?? 0) + 1;
  }

  static async open(options: JournalOptions): Promise<{ journal: Journal; recovered: Recovered; state: JournalState }> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const lock = await lockJournal(options.directory).catch(async (error: unknown) => {
      // A start needs room for a lock, for the state and for the rows of what was interrupted.
      if (!isDiskFull(error) || !(await releaseReserve(options.directory))) throw error;
      return lockJournal(options.directory);
    });
    try {
      const recovered = await recover(options.directory);
      const clock = BigInt(Date.now()) * 1_000n;
      const before = (await readState(options.directory)) ?? unwritten;
      const lastOffset = [clock, recovered.lastOffset, before.lastOffset].reduce((a, b) => (a > b ? a : b));
      const state = { ...before, journalId: before.journalId ?? recovered.journalId ?? newJournalId(), lastOffset };
      await writeState(options.directory, state).catch(async (error: unknown) => {
        if (!isDiskFull(error) || !(await releaseReserve(options.directory))) throw error;
        await writeState(options.directory, state);
      });
      if (recovered.segments.length === 0) await makeReserve(options.directory);
      return { journal: new Journal(options, lock, state, recovered, await Tally.open(options.directory)), recovered, state };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get id(): string {
    return this.state.journalId;
  }

  /** Since when the mode is what it is; null: not known. */
  get modeSince(): Date | null {
    return this.state.modeSince === null ? null : new Date(this.state.modeSince);
  }

  /** Bytes on disk and on their way there. */
  get bytes(): number {
    return this.segments.reduce((sum, { size }) => sum + size, this.waitingBytes);
  }

  /** Bytes that nobody has flushed yet. */
  get unflushedBytes(): number {
    return this.waitingBytes;
  }

  /** Takes its place in the order now; `flushed` settles when it is on disk, or cannot be put there. */
  append(content: EntryContent): { offset: bigint; flushed: Promise<void> } {
    let offset = this.nextOffset;
    const flushed = new Promise<void>((resolve, reject) => {
      offset = this.enter(content, (error) => (error ? reject(error) : resolve()));
    });
    return { offset, flushed };
  }

  /** As `append`, without a promise: each request passes here. `told` is never called before this returns. */
  enter(content: EntryContent, told: WaitingEntry['told']): bigint {
    const offset = this.nextOffset;
    if (this.closed) {
      process.nextTick(told, new JournalUnavailableError('The journal is closed.'));
      return offset;
    }
    this.waitingBytes += this.gathering().add({ offset, content, told });
    this.nextOffset++;
    if (isAboutProvisional(content)) this.supersede(content, offset);
    this.flushing ??= this.flushAll();
    return offset;
  }

  private gathering(): FlushGroup {
    const last = this.waiting.at(-1);
    if (last && last.length < Math.min(GROUP_BYTES, this.options.segmentBytes)) return last;
    const next = new FlushGroup();
    this.waiting.push(next);
    return next;
  }

  /** Only what has a provisional entry, or is one, supersedes anything. */
  private supersede(content: EntryContent, offset: bigint): void {
    const id = entryId(content);
    if (content.type === 'provisional' || this.open.has(id) || this.superseding.has(id)) this.superseding.set(id, offset);
  }

  /** Resolves when everything appended so far is on disk, or was given up. */
  settled(): Promise<void> {
    const last = this.waiting.at(-1) ?? this.current;
    return last ? new Promise((resolve) => last.ended.push(resolve)) : Promise.resolve();
  }

  /** Numbers go on behind `offset`. */
  skipTo(offset: bigint): void {
    if (offset >= this.nextOffset) this.nextOffset = offset + 1n;
  }

  private async flushAll(): Promise<void> {
    await nextTurn(); // whatever this turn of the event loop still brings joins the group
    for (let group = this.waiting.shift(); group; group = this.waiting.shift()) {
      this.current = group;
      try {
        await this.write(group);
      } catch (error) {
        this.giveUp(group, error);
      }
      this.current = null;
      group.end();
      // Behind a group of several come several more: one round of the event loop, in which their requests are read, saves a flush or two.
      if (group.entries.length > 1 && this.waiting.length > 0) await nextTurn().then(nextTurn);
    }
    this.flushing = null;
  }

  private async write(group: FlushGroup): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { segment, file } = await this.writable();
        await writeFully(file, group.encoded, segment.size);
        failpoint('journal.written');
        await file.datasync();
        failpoint('journal.flushed');
        this.lastError = null;
        this.flushedAt = new Date();
        this.acknowledge(group, segment);
        return;
      } catch (error) {
        await this.abandonFile();
        if (attempt === 2) throw error;
      }
    }
  }

  private async writable(): Promise<{ segment: Segment; file: FileHandle }> {
    if (this.active && this.active.segment.size < this.options.segmentBytes) return this.active;
    await this.active?.file.close();
    this.active = null;
    this.active = await createSegment(this.options.directory, this.nextNumber++, this.id);
    this.segments.push(this.active.segment);
    return this.active;
  }

  private acknowledge({ entries }: FlushGroup, segment: Segment): void {
    const durable = entries.map(({ offset, content, bytes }): DurableEntry => {
      const position = segment.size;
      segment.size += bytes;
      segment.lastOffset = offset;
      this.waitingBytes -= bytes;
      if (isAboutProvisional(content)) this.trackProvisional(content, segment, offset);
      return { offset, content, bytes, segment, position };
    });
    this.lastDurableOffset = segment.lastOffset ?? this.lastDurableOffset;
    this.onDurable(durable);
    for (const { told } of entries) told(null);
  }

  private trackProvisional(content: EntryContent, segment: Segment, offset: bigint): void {
    const id = entryId(content);
    if (this.open.has(id)) closeProvisional(this.open, id);
    if (this.superseding.size > 0) this.superseded(id, offset);
    if (content.type !== 'provisional') return;
    this.open.set(id, { record: content.record, segment });
    segment.openProvisionals.add(id);
  }

  private superseded(id: string, offset: bigint): void {
    if (this.superseding.get(id) === offset) this.superseding.delete(id);
  }

  private giveUp({ entries }: FlushGroup, cause: unknown): void {
    const before = this.lastError;
    this.lastError = `The journal cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`;
    if (before === null) this.options.onError(this.lastError, cause); // once, not for each group until it works again
    const error = new JournalUnavailableError(this.lastError, { cause });
    for (const { offset, content, bytes, told } of entries) {
      this.waitingBytes -= bytes;
      this.superseded(entryId(content), offset);
      told(error);
    }
  }

  /** What was written behind the trusted length is cut off if the disk still lets us; a reader stops there in any case. */
  private async abandonFile(): Promise<void> {
    const failed = this.active;
    this.active = null;
    if (!failed) return;
    await failed.file.truncate(failed.segment.size).catch(() => undefined);
    await failed.file.close().catch(() => undefined);
  }

  /**
   * Everything up to `passed` is stored, or need not be: files that hold nothing else go, oldest first, so that an entry which supersedes
   * another never goes before it. A request that still runs has its provisional entry written again further on.
   */
  async discard(passed: bigint): Promise<void> {
    if (!this.closed) await this.discardPassed(passed); // after that the directory may be another's
  }

  private async discardPassed(passed: bigint): Promise<void> {
    await this.retireActive(passed);
    for (let oldest = this.segments[0]; oldest && oldest !== this.active?.segment; oldest = this.segments[0]) {
      if (oldest.lastOffset !== null && oldest.lastOffset > passed) return;
      if (oldest.openProvisionals.size > 0) {
        if (!(await this.moveForward(oldest)) && !(await this.moveForwardOnFullDisk(oldest))) return;
        continue;
      }
      this.segments.shift();
      await unlink(oldest.path).catch((error: unknown) =>
        this.options.onError(`The journal file ${oldest.path} is shipped but cannot be deleted.`, error),
      );
    }
    if (this.lastError === null) await makeReserve(this.options.directory);
  }

  /** A full file that is shipped is of no more use; a journal that has reached its bound would otherwise never get below it again. */
  private async retireActive(passed: bigint): Promise<void> {
    const { segment, file } = this.active ?? {};
    if (!segment || !file || this.flushing || segment.size < this.options.segmentBytes || (segment.lastOffset ?? 0n) > passed) return;
    this.active = null;
    await file.close().catch((error: unknown) => this.options.onError(`The journal file ${segment.path} could not be closed.`, error));
  }

  private async moveForward(segment: Segment): Promise<boolean> {
    const moves = [...segment.openProvisionals].flatMap((id) => {
      const entry = this.open.get(id);
      // One that is being released or replaced needs no other entry: that one lies further on already.
      return entry && !this.superseding.has(id) ? [this.append({ type: 'provisional', record: entry.record }).flushed] : [];
    });
    await Promise.allSettled(moves);
    return segment.openProvisionals.size === 0; // if not, those that are being superseded are gone next time
  }

  private async moveForwardOnFullDisk(segment: Segment): Promise<boolean> {
    if (this.lastError === null || !(await releaseReserve(this.options.directory))) return false;
    return this.moveForward(segment);
  }

  async saveMode(mode: JournalState['mode']): Promise<void> {
    if (this.closed) return; // the directory may be another's by now
    this.state = { ...this.state, mode, modeSince: new Date().toISOString() };
    await this.saveState();
  }

  /** One after the other: both would write the same temporary file. */
  private saveState(): Promise<void> {
    const save = (): Promise<void> => writeState(this.options.directory, { ...this.state, lastOffset: this.nextOffset - 1n });
    return (this.saving = this.saving.then(save, save));
  }

  /** `passed`: as in `discard`. Leaves an empty directory when nothing waits to be shipped. */
  async close(passed: bigint): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.flushing;
    try {
      await this.saveState();
      await this.active?.file.close();
      await this.tally.close();
      this.active = null;
      if (this.open.size === 0) await this.discardPassed(passed);
      if (this.segments.length === 0) await releaseReserve(this.options.directory);
    } finally {
      await this.lock.release();
    }
  }
}
