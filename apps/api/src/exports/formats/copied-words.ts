/** Cells that a dictionary says: made once for each entry, kept while there is room for them, and read anew when they are met again. */
import type { Dictionary, DictionaryEntries, StoredRecord } from '@pinebill/nestjs-audit';
import type { LogColumn } from '../../audit-logs';
import { csvCell } from '../../platform/csv';

/** So many entries are kept of each dictionary; whoever has more of them reads some of them more than once. */
const MOST_KEPT = 20_000;
/** Read at a time: calls that follow each other need entries that do. */
const AT_ONCE = 2_000;

/** Entries from a number on, so many at most. */
export type ReadEntries = <D extends Dictionary>(
  dictionary: D,
  from: number,
  limit: number,
) => Promise<ReadonlyMap<number, DictionaryEntries[D]>>;

/** Of one dictionary, for each group of columns that stand side by side in the file. */
export class CopiedWords {
  /** Of its longest entry, all groups together. */
  longest = 0;
  private readonly groups: { columns: readonly LogColumn[]; words: Map<number, Buffer> }[] = [];
  private readonly known = new Set<number>();

  constructor(
    private readonly dictionary: Dictionary,
    private readonly separator: string,
    private readonly read: ReadEntries,
    private readonly mostKept = MOST_KEPT,
  ) {}

  /** The words of these columns by their number; one that is known and not in it has no entry. */
  group(columns: readonly LogColumn[]): ReadonlyMap<number, Buffer> {
    const words = new Map<number, Buffer>();
    this.groups.push({ columns, words });
    return words;
  }

  has(no: number): boolean {
    return this.known.has(no);
  }

  /** Also notes that there is no such entry: a record is shown even where a dictionary were damaged. */
  async load(no: number): Promise<void> {
    const atOnce = Math.min(AT_ONCE, this.mostKept);
    if (this.known.size + atOnce > this.mostKept) this.forget();
    const entries = await this.read(this.dictionary, no, atOnce);
    for (const [entryNo, entry] of entries) this.keep(entryNo, entry);
    this.known.add(no);
  }

  private keep(no: number, entry: DictionaryEntries[Dictionary]): void {
    if (this.known.has(no)) return;
    this.known.add(no);
    let length = 0;
    for (const { columns, words } of this.groups) {
      // An entry is the part of a record that it is about: its cells are made as every other format makes them.
      const cells = Buffer.from(columns.map(({ value }) => csvCell(value(entry as StoredRecord), this.separator)).join(this.separator));
      words.set(no, cells);
      length += cells.length;
    }
    this.longest = Math.max(this.longest, length);
  }

  private forget(): void {
    this.known.clear();
    for (const { words } of this.groups) words.clear();
  }
}
