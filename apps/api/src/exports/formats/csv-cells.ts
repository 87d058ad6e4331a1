/** Cells of a CSV file as bytes (platform/csv.ts says what these are), and the times in them. As value-bytes.ts: no object on the usual way. */
import { csvCell, FORMULA_GUARD, formulaStarts } from '../../platform/csv';
import type { TimeText } from '../local-time';
import { integer, putAscii, putPadded } from './value-bytes';

const [QUOTE, NEWLINE, CR, COLON, DOT, LETTER_Z] = [0x22, 0x0a, 0x0d, 0x3a, 0x2e, 0x5a];
const GUARD = FORMULA_GUARD.charCodeAt(0);
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
/** The usual ones: since what PostgreSQL counts from, with a year of four digits. */
const [FIRST_MS, BEHIND_MS] = [POSTGRES_EPOCH_MS, Date.UTC(10_000, 0, 1)];

export class CsvCells {
  readonly separator: number;
  /** 1 for each byte that a cell must be quoted for. */
  private readonly special = new Uint8Array(256);
  /** 1 for each byte that begins a formula; the first of several bytes is looked at once more. */
  private readonly formula = new Uint8Array(256);
  /** Where the values are, and where the cells go: set for as many calls as you like. */
  input: Buffer = Buffer.alloc(0);
  out: Buffer = Buffer.alloc(0);
  private day = NaN;
  private readonly dayText = new Uint8Array(11);

  constructor(
    private readonly separatorText: string,
    private readonly time: TimeText | 'UTC',
  ) {
    this.separator = separatorText.charCodeAt(0);
    for (const byte of [QUOTE, NEWLINE, CR, this.separator]) this.special[byte] = 1;
    for (const start of formulaStarts) this.formula[Buffer.from(start)[0] ?? 0] = 1;
  }

  /** Guarded when it begins like a formula. */
  text(to: number, at: number, length: number): number {
    const { input, out } = this;
    const guards = length > 0 && this.formula[input[at] ?? 0] === 1 && startsFormula(input, at, length);
    let end = to;
    if (guards) out[end++] = GUARD;
    for (let from = at; from < at + length; from++) {
      const byte = input[from] ?? 0;
      if (this.special[byte] === 1) return quoted(out, to, input.subarray(at, at + length), guards);
      out[end++] = byte;
    }
    return length > 0 ? end : quoted(out, to, input.subarray(at, at), false);
  }

  /** timestamptz: microseconds since 2000. */
  instant(to: number, at: number): number {
    const { input, out } = this;
    const micros = integer(input, at, 8);
    const ms = POSTGRES_EPOCH_MS + Number(typeof micros === 'bigint' ? micros / 1_000n : Math.floor(micros / 1_000));
    if (this.time !== 'UTC' || ms < FIRST_MS || ms >= BEHIND_MS) {
      const text = new Date(ms).toISOString();
      return putAscii(out, to, csvCell(this.time === 'UTC' ? text : this.time(text), this.separatorText));
    }
    const day = Math.floor(ms / DAY_MS);
    if (day !== this.day) {
      this.day = day;
      putAscii(this.dayText, 0, new Date(ms).toISOString().slice(0, 11));
    }
    for (let index = 0; index < 11; index++) out[to + index] = this.dayText[index] ?? 0;
    return putTimeOfDay(out, to + 11, ms - day * DAY_MS);
  }

  /** An array of words in one cell, with spaces between them. */
  words(to: number, at: number): number {
    const { input, out } = this;
    const [HEADER, LENGTH] = [20, 4];
    const count = input.readInt32BE(at) === 0 ? 0 : input.readInt32BE(at + 12);
    const words: string[] = [];
    for (let index = 0, from = at + HEADER; index < count; index++) {
      const length = input.readInt32BE(from);
      words.push(input.toString('utf8', from + LENGTH, from + LENGTH + length));
      from += LENGTH + length;
    }
    return to + out.write(csvCell(words.join(' '), this.separatorText), to);
  }
}

/** `10:30:15.123Z` */
function putTimeOfDay(out: Buffer, to: number, ms: number): number {
  const seconds = (ms / 1_000) | 0;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  putPadded(out, to, hours, 2);
  out[to + 2] = COLON;
  putPadded(out, to + 3, minutes - hours * 60, 2);
  out[to + 5] = COLON;
  putPadded(out, to + 6, seconds - minutes * 60, 2);
  out[to + 8] = DOT;
  putPadded(out, to + 9, ms - seconds * 1_000, 3);
  out[to + 12] = LETTER_Z;
  return to + 13;
}

const MOST_START_BYTES = 3;
const starts = new Set(formulaStarts);
/** By its first character, of which only the first byte has been looked at. */
const startsFormula = (input: Buffer, at: number, length: number): boolean =>
  starts.has(input.toString('utf8', at, at + Math.min(length, MOST_START_BYTES)).charAt(0));

function quoted(out: Buffer, to: number, text: Buffer, guards: boolean): number {
  let end = to;
  out[end++] = QUOTE;
  if (guards) out[end++] = GUARD;
  for (const byte of text) {
    if (byte === QUOTE) out[end++] = QUOTE;
    out[end++] = byte;
  }
  out[end++] = QUOTE;
  return end;
}
