/**
 * Rows of a COPY in PostgreSQL's binary format (copied-records.ts of the recorder's library), made into those of a CSV file. PostgreSQL only finds the
 * rows and puts them in order; every character is made here, in a thread that gives way to whoever waits.
 */
import type { CopiedColumn, Dictionary } from '@pinebill/nestjs-audit';
import type { LogColumn } from '../../audit-logs';
import { timeText } from '../local-time';
import { cellsOf, dictionaryFields, fieldsOf, type PutCell } from './copied-cells';
import { CopiedRow } from './copied-row';
import { CopiedWords, type ReadEntries } from './copied-words';
import { CsvCells } from './csv-cells';
import { int32 } from './value-bytes';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** The signature, flags, and the length of what else there might be. */
const HEADER_BYTES = 19;
const [CR, NEWLINE] = [0x0d, 0x0a];
/** What stands where a row would say how many fields it has. */
const END = -1;
/** A value becomes at most so much longer: null, of four bytes, becomes a word of nine; a time, of twelve, 33 characters; text is quoted. */
const LONGER = 3;

type Making = { read: ReadEntries; separator: string; timeZone: string; mostKept?: number };

/** One after the other the chunks of a COPY; then `end`, and the next COPY may begin. */
export class CopiedCsv {
  readonly fields: readonly CopiedColumn[];
  private readonly csv: CsvCells;
  private readonly row: CopiedRow;
  private readonly cells: readonly PutCell[];
  private readonly dictionaries: readonly { field: number; words: CopiedWords }[];
  /** What has come and is no row yet: from here to there in the input. */
  private from = 0;
  private to = 0;
  private missing: { words: CopiedWords; no: number } | null = null;
  private state: 'begins' | 'rows' | 'ended' = 'begins';
  private rows = 0;

  constructor(columns: readonly LogColumn[], { read, separator, timeZone, mostKept }: Making) {
    this.fields = fieldsOf(columns);
    this.csv = new CsvCells(separator, timeZone === 'UTC' ? 'UTC' : timeText(timeZone));
    this.row = new CopiedRow(this.fields.length);
    const words = (dictionary: Dictionary): CopiedWords => new CopiedWords(dictionary, separator, read, mostKept);
    const all = { caller: words('caller'), route: words('route'), agent: words('agent') };
    this.cells = cellsOf(columns, { words: all, separator, csv: this.csv, row: this.row });
    this.dictionaries = dictionaryFields(this.fields).map(({ dictionary, field }) => ({ field, words: all[dictionary] }));
  }

  /** Whole rows, in pieces that are good until the next one is asked for; what is left is kept until the rest of it comes. The chunk is read at once. */
  async *push(chunk: Buffer): AsyncGenerator<Buffer> {
    this.take(chunk);
    for (;;) {
      yield this.made();
      if (this.missing === null) return;
      await this.missing.words.load(this.missing.no);
    }
  }

  /** How many rows it were. Throws when the end of the COPY has not come. */
  end(): number {
    if (this.state !== 'ended' || this.from < this.to) throw new Error('A COPY did not come to its end.');
    const { rows } = this;
    [this.state, this.rows] = ['begins', 0];
    return rows;
  }

  private take(chunk: Buffer): void {
    const { csv } = this;
    const kept = csv.input.subarray(this.from, this.to);
    const bytes = kept.length + chunk.length;
    const input = csv.input.length < bytes ? Buffer.allocUnsafe(bytes * 2) : csv.input;
    kept.copy(input);
    chunk.copy(input, kept.length);
    csv.input = input;
    [this.from, this.to] = [0, bytes];
  }

  /** Up to the end of what is there, or to a row that means an entry which is not known yet. */
  private made(): Buffer {
    this.missing = null;
    const { input, out } = this.room();
    this.begin();
    let end = 0;
    while (this.state === 'rows') {
      if (this.from + 2 <= this.to && int32(input, this.from) >> 16 === END) {
        this.state = 'ended';
        this.from += 2;
        break;
      }
      const behind = this.row.find(input, this.from, this.to);
      if (behind < 0 || !this.knows()) break;
      end = this.line(end);
      this.from = behind;
      this.rows++;
    }
    // Bytes beyond the end of a buffer are dropped without a word.
    if (end > out.length) throw new Error('Rows became longer than there was room for.');
    return out.subarray(0, end);
  }

  private knows(): boolean {
    const { row, csv, dictionaries } = this;
    for (const { field, words } of dictionaries) {
      if ((row.length[field] ?? -1) < 0) continue;
      const no = int32(csv.input, row.at[field] ?? 0);
      if (words.has(no)) continue;
      this.missing = { words, no };
      return false;
    }
    return true;
  }

  /** Before the first row. */
  private begin(): void {
    const { input } = this.csv;
    if (this.state !== 'begins' || this.to - this.from < HEADER_BYTES) return;
    if (!input.subarray(this.from, this.from + SIGNATURE.length).equals(SIGNATURE))
      throw new Error('What came is no COPY in binary format.');
    const header = HEADER_BYTES + int32(input, this.from + HEADER_BYTES - 4);
    if (this.to - this.from < header) return;
    this.state = 'rows';
    this.from += header;
  }

  private line(begin: number): number {
    const { cells } = this;
    const { out, separator } = this.csv;
    let to = begin;
    for (let index = 0; index < cells.length; index++) {
      if (index > 0) out[to++] = separator;
      to = cells[index]?.(to) ?? to;
    }
    out[to++] = CR;
    out[to++] = NEWLINE;
    return to;
  }

  /** For whatever may become of what is there. */
  private room(): CsvCells {
    const { csv, fields, cells, dictionaries } = this;
    const bytes = this.to - this.from;
    // Each row has at least its count of fields and their lengths.
    const mostRows = Math.ceil(bytes / (2 + 4 * fields.length));
    const perRow = dictionaries.reduce((sum, { words }) => sum + words.longest, cells.length + 2);
    const most = LONGER * bytes + mostRows * perRow;
    if (csv.out.length < most) csv.out = Buffer.allocUnsafe(most);
    return csv;
  }
}
