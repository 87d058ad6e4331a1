/**
 * CSV rows as PostgreSQL's COPY writes them, made into those of a file: ids become TypeIDs, times RFC 3339, line ends CRLF. PostgreSQL does all the
 * rest, which is why this is as fast as COPY. What is to be changed is found by a mark, random letters made anew for each attempt: no value of a caller
 * can hold it, so nothing else is touched and no row has to be parsed.
 */
import { randomBytes } from 'node:crypto';
import { csvCell } from '../../platform/csv';
import type { TimeText } from '../local-time';

const ALPHABET = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');
const UUID_LENGTH = 36;
const [NEWLINE, CR, SPACE, DASH, DOT, ZERO, LETTER_T, LETTER_Z, TILDE] = [0x0a, 0x0d, 0x20, 0x2d, 0x2e, 0x30, 0x54, 0x5a, 0x7e];
/** Before the fraction of a second, and with all of it: `2025-12-02 10:30:15`, `2025-12-02 10:30:15.123`; then `+00`. */
const [WHOLE_SECONDS, MILLISECONDS, ZONE] = [19, 23, 3];

/** 72 random bits. Its first character, the tilde, is rare: each one that is met is looked at. */
export const newMark = (): string => `~${randomBytes(9).toString('base64url')}`;
/** What follows the mark within a row, before a uuid. */
export const idMarks = { key: 'k', usr: 'u' } as const;
const prefixes = new Map(Object.entries(idMarks).map(([prefix, letter]) => [letter.charCodeAt(0), Buffer.from(`${prefix}_`)]));
const leadPrefixes = { id: Buffer.from('log_'), requestId: Buffer.from('req_') };
const hexValues = new Uint8Array(256);
for (let value = 0; value < 16; value++) hexValues[value.toString(16).charCodeAt(0)] = value;

export type CopiedRows = {
  mark: string;
  separator: string;
  /** Which of these three begin the row, in this order. */
  lead: readonly ('id' | 'requestId' | 'startedAt')[];
  /** Whether other columns follow. */
  more: boolean;
  time: TimeText | 'UTC';
};

/** What becomes of a row is at most this much longer: it begins with a mark, a uuid and a time, and ids within it become shorter. */
const LONGER = 1.6;

/**
 * One after the other the chunks of a COPY; `end` gives what is left. These are hundreds of megabytes: what comes in and what goes out lie in one
 * piece of memory, in which what lies between two marks is moved as a whole, and which is used again. What is given is good until the next call.
 */
export class CopiedCsv {
  private readonly mark: Buffer;
  private readonly separator: number;
  private readonly values = new Uint8Array(16);
  private held: Buffer = Buffer.alloc(0);
  private room: Buffer = Buffer.alloc(0);
  /** Where the next byte is read, and where it is written. */
  private from = 0;
  private to = 0;

  constructor(private readonly rows: CopiedRows) {
    this.mark = Buffer.from(rows.mark);
    this.separator = rows.separator.charCodeAt(0);
  }

  /** Whole rows only; the last one is kept until the next begins. */
  push(chunk: Buffer): Buffer {
    const { held } = this;
    const length = held.length + chunk.length;
    const at = this.makeRoom(length);
    held.copy(this.room, at);
    chunk.copy(this.room, at + held.length);
    const input = this.room.subarray(at, at + length);
    const lastRow = Math.max(0, this.lastRowOf(input));
    this.held = Buffer.from(input.subarray(lastRow));
    return this.made(at, at + lastRow);
  }

  end(): Buffer {
    const { held } = this;
    const at = this.makeRoom(held.length);
    held.copy(this.room, at);
    this.held = Buffer.alloc(0);
    return this.made(at, at + held.length);
  }

  /** Where so many bytes are read from, behind the room for what becomes of them. */
  private makeRoom(length: number): number {
    const before = Math.ceil(length * LONGER) + 64;
    if (this.room.length < before + length) this.room = Buffer.allocUnsafe(before + length);
    return before;
  }

  private lastRowOf(input: Buffer): number {
    for (let at = input.lastIndexOf(this.mark); at > 0; at = input.lastIndexOf(this.mark, at - 1)) {
      if (input[at - 1] === NEWLINE && input[at + this.mark.length] === this.separator) return at;
    }
    return 0;
  }

  private made(begin: number, end: number): Buffer {
    const { room } = this;
    [this.from, this.to] = [begin, 0];
    while (this.from < end) {
      const found = room.indexOf(TILDE, this.from);
      const at = found < 0 || found > end ? end : found;
      room.copyWithin(this.to, this.from, at);
      this.to += at - this.from;
      this.from = at;
      if (at === end) break;
      if (this.isMark(room, at)) {
        this.from += this.mark.length;
        this.marked(room, room);
      } else room[this.to++] = room[this.from++] ?? 0;
    }
    this.lineEnd(room);
    return room.subarray(0, this.to);
  }

  private isMark(input: Uint8Array, at: number): boolean {
    const { mark } = this;
    for (let index = 1; index < mark.length; index++) if (input[at + index] !== mark[index]) return false;
    return true;
  }

  /** Behind a mark: the beginning of a row, or an id within it. */
  private marked(input: Uint8Array, out: Buffer): void {
    const next = input[this.from++];
    if (next !== this.separator) {
      this.put(out, prefixes.get(next ?? 0) ?? leadPrefixes.id);
      this.id(input, out);
      this.from += UUID_LENGTH;
      return;
    }
    this.lineEnd(out);
    this.lead(input, out);
  }

  private put(out: Buffer, bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) out[this.to++] = bytes[index] ?? 0;
  }

  /** The newline that was copied last ended a row; nothing was before the first. */
  private lineEnd(out: Buffer): void {
    if (this.to === 0) return;
    out[this.to - 1] = CR;
    out[this.to++] = NEWLINE;
  }

  /** From the uuid on: ids and time of the row. */
  private lead(input: Uint8Array, out: Buffer): void {
    const { lead, more } = this.rows;
    const timeAt = this.from + UUID_LENGTH + 1;
    let timeEnd = timeAt;
    while (input[timeEnd] !== this.separator && input[timeEnd] !== NEWLINE) timeEnd++;
    for (let index = 0; index < lead.length; index++) {
      if (index > 0) out[this.to++] = this.separator;
      const column = lead[index];
      if (column === 'startedAt' || column === undefined) this.time(input, out, [timeAt, timeEnd]);
      else {
        this.put(out, leadPrefixes[column]);
        this.id(input, out);
      }
    }
    // The separator after the time belongs to what follows, unless nothing stands before it.
    this.from = more && lead.length === 0 ? timeEnd + 1 : timeEnd;
  }

  private time(input: Uint8Array, out: Buffer, [at, end]: [number, number]): void {
    const { time, separator } = this.rows;
    const length = end - at - ZONE;
    const isUsual = input[at + 10] === SPACE && input[end - ZONE] === 0x2b && length <= MILLISECONDS;
    if (time === 'UTC' && isUsual) {
      for (let index = 0; index < MILLISECONDS; index++)
        out[this.to++] = index < length ? (input[at + index] ?? 0) : index === WHOLE_SECONDS ? DOT : ZERO;
      out[this.to - MILLISECONDS + 10] = LETTER_T;
      out[this.to++] = LETTER_Z;
      return;
    }
    const instant = instantOf(Buffer.from(input.buffer, input.byteOffset + at, end - at).toString('latin1'));
    this.to += out.write(csvCell(time === 'UTC' ? instant : time(instant), separator), this.to, 'latin1');
  }

  private uuid(input: Uint8Array): void {
    const digit = (at: number): number => hexValues[input[at] ?? 0] ?? 0;
    for (let index = 0, from = this.from; index < 16; index++, from += 2) {
      if (input[from] === DASH) from++;
      this.values[index] = (digit(from) << 4) | digit(from + 1);
    }
  }

  /** The 26 characters of a TypeID, from the uuid that is next: 130 bits, the first two of them nothing. */
  private id(input: Uint8Array, out: Buffer): void {
    const { values } = this;
    this.uuid(input);
    let [bits, held] = [2, 0];
    for (let index = 0; index < 16; index++) {
      held = (held << 8) | (values[index] ?? 0);
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out[this.to++] = ALPHABET[(held >> bits) & 31] ?? 0;
      }
      held &= (1 << bits) - 1;
    }
  }
}

/** From `2025-12-02 10:30:15.12+00` to what Date.toISOString makes of the same moment. */
export function instantOf(text: string): string {
  const day = text.slice(0, 10);
  if (text.charCodeAt(10) === 0x20 && text.endsWith('+00')) {
    const time = text.slice(11, -3);
    return `${day}T${time.length === 8 ? `${time}.000` : time.padEnd(12, '0')}Z`;
  }
  return farInstant(text);
}

/** Of a clock that jumped: after the year 9999, or before the year 1. */
function farInstant(text: string): string {
  const [, year = '', month, day, time, before] = /^(\d+)-(\d\d)-(\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00( BC)?$/.exec(text) ?? [];
  const signed = before ? 1 - Number(year) : Number(year);
  const written = `${signed < 0 ? '-' : '+'}${String(Math.abs(signed)).padStart(6, '0')}`;
  return new Date(`${written}-${month ?? ''}-${day ?? ''}T${time ?? ''}Z`).toISOString();
}
