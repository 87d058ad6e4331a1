/**
 * Rows of a COPY in PostgreSQL's binary format (copied-records.ts of the recorder's library), made into those of a CSV file. PostgreSQL only finds the
 * rows and puts them in order; every character is made here, in a thread that gives way to whoever waits.
 */
import type { CopiedColumn, Dictionaries } from '@pinebill/nestjs-audit';
import type { LogColumn } from '../../audit-logs';
import { timeText } from '../local-time';
import { cellsOf, fieldsOf, type PutCell } from './copied-cells';
import { CopiedRow } from './copied-row';
import { CsvCells } from './csv-cells';
import { int32 } from './value-bytes';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** The signature, flags, and the length of what else there might be. */
const HEADER_BYTES = 19;
const [CR, NEWLINE] = [0x0d, 0x0a];
/** What stands where a row would say how many fields it has. */
const END = -1;
/** A value becomes at most so much longer: null, of four bytes, becomes a word of nine; a time, of twelve, 29 characters; text is quoted. */
const LONGER = 3;

/** One after the other the chunks of a COPY; then `end`, and the next COPY may begin. What is given is good until the next call. */
export class CopiedCsv {
  readonly fields: readonly CopiedColumn[];
  private readonly csv: CsvCells;
  private readonly row: CopiedRow;
  private readonly cells: readonly PutCell[];
  private readonly mostWords: number;
  /** What came of a row whose end has not. */
  private held = 0;
  private state: 'begins' | 'rows' | 'ended' = 'begins';
  private rows = 0;

  constructor(columns: readonly LogColumn[], how: { dictionaries: Dictionaries; separator: string; timeZone: string }) {
    const { separator, timeZone } = how;
    this.fields = fieldsOf(columns);
    this.csv = new CsvCells(separator, timeZone === 'UTC' ? 'UTC' : timeText(timeZone));
    this.row = new CopiedRow(this.fields.length);
    ({ cells: this.cells, mostWords: this.mostWords } = cellsOf(columns, { ...how, csv: this.csv, row: this.row }));
  }

  /** Whole rows only; what is left of them is kept until the rest of it comes. */
  push(chunk: Buffer): Buffer {
    const end = this.held + chunk.length;
    this.makeRoom(end);
    const { input, out } = this.csv;
    chunk.copy(input, this.held);
    let [from, to] = [this.begin(end), 0];
    while (this.state === 'rows') {
      if (from + 2 <= end && int32(input, from) >> 16 === END) {
        this.state = 'ended';
        from += 2;
        break;
      }
      const behind = this.row.find(input, from, end);
      if (behind < 0) break;
      to = this.line(to);
      from = behind;
      this.rows++;
    }
    // Bytes beyond the end of a buffer are dropped without a word.
    if (to > out.length) throw new Error('Rows became longer than there was room for.');
    input.copyWithin(0, from, end);
    this.held = end - from;
    return out.subarray(0, to);
  }

  /** How many rows it were. Throws when the end of the COPY has not come. */
  end(): number {
    if (this.state !== 'ended' || this.held > 0) throw new Error('A COPY did not come to its end.');
    const { rows } = this;
    [this.state, this.rows] = ['begins', 0];
    return rows;
  }

  /** Before the first row; returns where that begins. */
  private begin(end: number): number {
    if (this.state !== 'begins' || end < HEADER_BYTES) return 0;
    const { input } = this.csv;
    if (!input.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new Error('What came is no COPY in binary format.');
    const more = int32(input, HEADER_BYTES - 4);
    if (end < HEADER_BYTES + more) return 0;
    this.state = 'rows';
    return HEADER_BYTES + more;
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

  private makeRoom(bytes: number): void {
    const { csv } = this;
    if (csv.input.length < bytes) {
      const input = Buffer.allocUnsafe(bytes * 2);
      csv.input.copy(input, 0, 0, this.held);
      csv.input = input;
    }
    // Each row has at least its count of fields and their lengths; with separators and the end of the line, but for words, LONGER covers it.
    const mostRows = Math.ceil(bytes / (2 + 4 * this.fields.length));
    const most = LONGER * bytes + mostRows * (this.mostWords + this.cells.length + 2);
    if (csv.out.length < most) csv.out = Buffer.allocUnsafe(most);
  }
}
