/**
 * What is flushed and not yet shipped, in offset order. The oldest part is in memory, up to a bound; when shipping falls behind, the rest
 * stays in the journal's files and is read from there when its turn comes.
 */
import type { AuditRecord } from '../audit.types';
import type { DurableEntry } from './journal';
import { isRow, parseEntry, type EntryContent } from './journal-entry';
import { readSegment, SEGMENT_HEADER_BYTES, type Segment } from './segment';

export type Row = { offset: bigint; record: AuditRecord };
export type Shipment = {
  rows: Row[];
  /** The last offset that is dealt with once the rows are stored; null when there was nothing to take. */
  upTo: bigint | null;
};

/** Without content: an entry whose bytes are whole and say nothing. */
type Item = { offset: bigint; content: EntryContent | null; bytes: number };
const MEMORY_BYTES = 32 * 1024 * 1024;

export class Backlog {
  private items: Item[] = [];
  private head = 0;
  private memoryBytes = 0;
  /** Where to read on, when not everything is in memory. */
  private disk: { segment: Segment; position: number } | null = null;
  private seen = 0n;

  constructor(
    private readonly segments: readonly Segment[],
    /** Whether a released record may still change. */
    private readonly rests: (id: string) => boolean,
    private readonly memoryLimitBytes = MEMORY_BYTES,
  ) {
    const first = segments[0];
    if (first) this.disk = { segment: first, position: SEGMENT_HEADER_BYTES };
  }

  push(entries: readonly DurableEntry[]): void {
    for (const { offset, content, bytes, segment, position } of entries) {
      if (this.disk) return; // the reader gets there
      if (this.memoryBytes >= this.memoryLimitBytes) this.disk = { segment, position };
      else this.keep({ offset, content, bytes });
    }
  }

  /** When the oldest that is in memory began; null when none is, or when it is history, whose times say nothing of the wait. */
  get oldestAt(): Date | null {
    const content = this.items[this.head]?.content;
    return content && 'record' in content && content.type !== 'history' ? new Date(content.record.startedAt) : null;
  }

  private keep(item: Item): void {
    if (item.offset <= this.seen) return; // written twice, after a failed flush
    this.seen = item.offset;
    this.items.push(item);
    this.memoryBytes += item.bytes;
  }

  /** The next rows in order, up to the first that rests. They are gone from here: ship them, or end the process. */
  async take(limit: number): Promise<Shipment> {
    if (this.head >= this.items.length && this.disk) await this.read(this.disk);
    const shipment: Shipment = { rows: [], upTo: null };
    for (let item = this.items[this.head]; item && shipment.rows.length < limit; item = this.items[this.head]) {
      if (item.content?.type === 'release' && this.rests(item.content.record.id)) break;
      if (item.content && isRow(item.content)) shipment.rows.push({ offset: item.offset, record: item.content.record });
      shipment.upTo = item.offset;
      this.memoryBytes -= item.bytes;
      this.head++;
    }
    this.compact();
    return shipment;
  }

  private compact(): void {
    if (this.head < 4_096 && this.head < this.items.length) return;
    this.items = this.items.slice(this.head);
    this.head = 0;
  }

  private async read(from: { segment: Segment; position: number }): Promise<void> {
    while (this.items.length === this.head) {
      // A segment that is gone held nothing but damage behind its last entry.
      if (from.position >= from.segment.size || !this.segments.includes(from.segment)) {
        const next = this.segments.find(({ number }) => number > from.segment.number);
        if (!next) {
          this.disk = null; // caught up: nothing was flushed since, or its file would be longer
          return;
        }
        from = this.disk = { segment: next, position: SEGMENT_HEADER_BYTES };
        continue;
      }
      const chunk = await readSegment(from.segment, from.position);
      for (const encoded of chunk.entries) {
        this.keep({ offset: encoded.offset, content: parseEntry(encoded), bytes: encoded.end - encoded.position });
      }
      from = this.disk = { segment: from.segment, position: chunk.next };
    }
  }
}
