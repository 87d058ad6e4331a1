/** Entries that are written and flushed together, encoded one behind the other as they come: one buffer and one flush for all of them. */
import { entryJson, type EntryContent } from './journal-entry';
import { maxEntryBytes, writeEntry } from './entry-codec';

export type WaitingEntry = {
  offset: bigint;
  content: EntryContent;
  bytes: number;
  /** Called once: null when it is on disk, or why it cannot be put there. */
  told: (error: Error | null) => void;
};

const FIRST_BYTES = 32 * 1024;
/** A larger one came from an unusual group: it is not kept for the next. */
const KEPT_BYTES = 1024 * 1024;
let spare: Buffer | null = null;

export class FlushGroup {
  readonly entries: WaitingEntry[] = [];
  /** Called when the group was flushed or given up. */
  readonly ended: (() => void)[] = [];
  length = 0;
  private bytes = spare ?? Buffer.allocUnsafeSlow(FIRST_BYTES);

  constructor() {
    spare = null;
  }

  /** Returns how many bytes it takes. Throws a RangeError when it is too large for any entry. */
  add({ offset, content, told }: Omit<WaitingEntry, 'bytes'>): number {
    const json = entryJson(content);
    this.reserve(maxEntryBytes(json));
    const end = writeEntry(this.bytes, this.length, { offset, type: content.type, json });
    const bytes = end - this.length;
    this.length = end;
    this.entries.push({ offset, content, bytes, told });
    return bytes;
  }

  get encoded(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** Nobody reads its bytes any more. */
  end(): void {
    if (this.bytes.length <= KEPT_BYTES) spare = this.bytes;
    for (const ended of this.ended) ended();
  }

  private reserve(bytes: number): void {
    if (this.bytes.length - this.length >= bytes) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
