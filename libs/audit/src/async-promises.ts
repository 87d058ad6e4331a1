/**
 * What mode `async` can still say after a kill. It answers before anything is on disk, so a kill loses what was not flushed; but before the
 * first answer of a block leaves, the journal holds a provisional `gap` record with an upper bound. That record is what a killed process
 * leaves: `count: null`, `atMost` the size of the block and what was on its way when it began. What was lost to a full journal is part of it until
 * the record that counts it is on disk. Only a disk that takes nothing at all, the bound included, leaves a kill that admits too little.
 */
import { lostRecord } from './audit.notices';
import type { AuditRecord } from './audit.types';
import { within } from './audit.writer.options';

/** How long an answer waits for its block. */
const COVER_MS = 100;
/** Answers that one flush of the journal pays for. */
const BLOCK = 1_000;

export type AsyncPromisesOptions = {
  organizationId: string;
  /** Resolves when the journal has flushed it in the place of the one before. */
  provisional: (record: AuditRecord) => Promise<void>;
  /** The process ends in order: nothing is missing. */
  withdraw: (id: string) => Promise<void>;
};

export class AsyncPromises {
  private answered = 0;
  private flushed = 0;
  /** So many answers are covered by what the journal holds. */
  private covered = 0;
  private covering: Promise<void> | null = null;
  private readonly record: AuditRecord;

  constructor(private readonly options: AsyncPromisesOptions) {
    this.record = lostRecord(options.organizationId, new Date());
  }

  /** One more answer leaves; resolves at once, but for the rare one that has to wait for the next block. A disk that hangs holds up nobody. */
  async answer(): Promise<void> {
    const number = ++this.answered;
    if (this.covered - number < BLOCK / 2) this.covering ??= this.cover();
    if (number > this.covered && this.covering) await within(COVER_MS, this.covering);
  }

  /** So many of the answered ones are on disk: their rows, or the gap record that counts them. */
  settled(count = 1): void {
    this.flushed += count;
  }

  async close(): Promise<void> {
    await this.covering;
    // What is only counted by now was told of before.
    if (this.covered > 0) await this.options.withdraw(this.record.id).catch(() => undefined); // then the next start tells too much
  }

  /** A journal that takes nothing does not keep answers back in this mode: what it loses is counted exactly, as long as we live. */
  private async cover(): Promise<void> {
    const upTo = this.answered + BLOCK;
    const { gap } = this.record;
    const now = new Date().toISOString();
    try {
      await this.options.provisional({ ...this.record, gap: gap && { ...gap, to: now, atMost: upTo - this.flushed } });
      this.covered = upTo;
    } catch {
      this.covered = Math.max(this.covered, this.answered);
    } finally {
      this.covering = null;
    }
  }
}
