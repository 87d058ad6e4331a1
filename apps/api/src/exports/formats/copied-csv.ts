/**
 * CSV rows as PostgreSQL's COPY writes them, made into those of a file: ids become TypeIDs, times RFC 3339, line ends CRLF. PostgreSQL does all the
 * rest, which is why this is as fast as COPY. What is to be changed is found by a mark, random letters made anew for each export: no value of a caller
 * can hold it, so nothing else is touched and no row has to be parsed.
 */
import { randomBytes } from 'node:crypto';
import { csvCell } from '../../platform/csv';
import type { TimeText } from '../local-time';

const ALPHABET = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');
const UUID_LENGTH = 36;

const [NEWLINE, CR] = [0x0a, 0x0d];

export const newMark = (): string => `~${randomBytes(9).toString('hex')}~`;
/** What follows the mark within a row, before a uuid. */
export const idMarks = { key: 'k', usr: 'u' } as const;
const prefixes = new Map(Object.entries(idMarks).map(([prefix, letter]) => [letter.charCodeAt(0), Buffer.from(`${prefix}_`)]));

export type CopiedRows = {
  mark: string;
  separator: string;
  /** Which of these three begin the row, in this order. */
  lead: readonly ('id' | 'requestId' | 'startedAt')[];
  /** Whether other columns follow. */
  more: boolean;
  time: TimeText;
};

/** One after the other the chunks of a COPY; `end` gives what is left. */
export class CopiedCsv {
  private readonly mark: Buffer;
  private readonly separator: number;
  private readonly values: Uint8Array = new Uint8Array(16);
  private held: Buffer = Buffer.alloc(0);

  constructor(private readonly rows: CopiedRows) {
    this.mark = Buffer.from(rows.mark);
    this.separator = rows.separator.charCodeAt(0);
  }

  /** Whole rows only; the last one is kept until the next begins. */
  push(chunk: Buffer): Buffer {
    const input = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    const lastRow = this.lastRowOf(input);
    if (lastRow <= 0) {
      this.held = input;
      return Buffer.alloc(0);
    }
    this.held = Buffer.from(input.subarray(lastRow));
    return this.made(input.subarray(0, lastRow));
  }

  end(): Buffer {
    const rest = this.held;
    this.held = Buffer.alloc(0);
    return rest.length > 0 ? this.made(rest) : rest;
  }

  private lastRowOf(input: Buffer): number {
    for (let at = input.lastIndexOf(this.mark); at > 0; at = input.lastIndexOf(this.mark, at - 1)) {
      if (input[at - 1] === NEWLINE && input[at + this.mark.length] === this.separator) return at;
    }
    return 0;
  }

  private made(input: Buffer): Buffer {
    const { mark, separator } = this;
    // Each mark makes way for at most so much more than itself and the uuid that follows.
    const out = Buffer.allocUnsafe(input.length + this.growth(input));
    let [from, to] = [0, 0];
    for (let at = input.indexOf(mark); at >= 0; at = input.indexOf(mark, from)) {
      const after = at + mark.length;
      if (input[after] === separator) {
        to = this.lineEnd(input, out, { from, until: at, to });
        [from, to] = this.lead(input, out, after + 1, to);
      } else {
        to += input.copy(out, to, from, at);
        to += prefixes.get(input[after] ?? 0)?.copy(out, to) ?? 0;
        to = this.id(input, after + 1, out, to);
        from = after + 1 + UUID_LENGTH;
      }
    }
    return out.subarray(0, this.lineEnd(input, out, { from, until: input.length, to }));
  }

  /** A row that begins may grow by its two ids, a time in a far zone, and a carriage return. */
  private growth(input: Buffer): number {
    let marks = 1;
    for (let at = input.indexOf(this.mark); at >= 0; at = input.indexOf(this.mark, at + this.mark.length)) marks++;
    return marks * 64;
  }

  /** Copies up to `until`, where a row ends with a newline; nothing before the first row. */
  private lineEnd(input: Buffer, out: Buffer, { from, until, to }: { from: number; until: number; to: number }): number {
    if (until === from) return to;
    let end = to + input.copy(out, to, from, until - 1);
    out[end++] = CR;
    out[end++] = NEWLINE;
    return end;
  }

  /** From the uuid on: ids and time of the row. Returns where to go on in both. */
  private lead(input: Buffer, out: Buffer, uuidAt: number, to: number): [from: number, to: number] {
    const { lead, more, time, separator } = this.rows;
    const timeAt = uuidAt + UUID_LENGTH + 1;
    let timeEnd = timeAt;
    while (input[timeEnd] !== this.separator && input[timeEnd] !== NEWLINE) timeEnd++;
    let end = to;
    lead.forEach((column, index) => {
      if (index > 0) out[end++] = this.separator;
      if (column === 'startedAt') {
        end += out.write(csvCell(time(instantOf(input.toString('latin1', timeAt, timeEnd))), separator), end, 'latin1');
      } else {
        end += out.write(column === 'id' ? 'log_' : 'req_', end, 'latin1');
        end = this.id(input, uuidAt, out, end);
      }
    });
    // The separator after the time belongs to what follows, unless nothing stands before it.
    return [more && lead.length === 0 ? timeEnd + 1 : timeEnd, end];
  }

  /** The 26 characters of a TypeID: 130 bits, the first two of them nothing. */
  private id(input: Buffer, at: number, out: Buffer, to: number): number {
    const { values } = this;
    for (let index = 0, from = at; index < 16; index++) {
      if (input[from] === 0x2d) from++;
      values[index] = (hex(input[from++] ?? 0) << 4) | hex(input[from++] ?? 0);
    }
    let [bits, held, place] = [2, 0, to];
    for (const value of values) {
      held = (held << 8) | value;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out[place++] = ALPHABET[(held >> bits) & 31] ?? 0;
      }
      held &= (1 << bits) - 1;
    }
    return place;
  }
}

const hex = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57);

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
