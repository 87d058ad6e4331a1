/**
 * Columns of many rows as arrays in PostgreSQL's binary format: nothing to quote, nothing for the server to read as text, and far cheaper on
 * the main thread than a text that has to be escaped. One buffer a column, one parameter each.
 */
import { BadRecordError } from './audit.types';

/** Null when every value is null: then nothing is sent. */
export type Encoded = Buffer | null;
/** Writes a value that is not null. */
type Write<V> = (buffer: Buffer, value: V, at: number) => void;

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const TWO_32 = 2 ** 32;
const oids = { int2: 21, int4: 23, int8: 20, float4: 700, uuid: 2950, timestamptz: 1184, text: 25 };

function writeHeader(buffer: Buffer, oid: number, length: number): void {
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(1, 4); // there may be nulls
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16); // the first index
}

const fixed =
  <V>(oid: number, size: number, write: Write<V>) =>
  <T>(rows: readonly T[], of: (row: T, index: number) => V | null): Encoded => {
    const buffer = Buffer.allocUnsafe(HEADER_BYTES + rows.length * (LENGTH_BYTES + size));
    writeHeader(buffer, oid, rows.length);
    let [at, index] = [HEADER_BYTES, 0];
    for (const row of rows) {
      const value = of(row, index++) ?? null; // a record of an older version may lack a field
      buffer.writeInt32BE(value === null ? -1 : size, at);
      at += LENGTH_BYTES;
      if (value === null) continue;
      write(buffer, value, at);
      at += size;
    }
    return at === HEADER_BYTES + rows.length * LENGTH_BYTES ? null : buffer.subarray(0, at);
  };

/** As two halves: a BigInt for each value would cost more than the rest of the row. */
function writeInt64(buffer: Buffer, value: number, at: number): void {
  if (!Number.isSafeInteger(value)) throw new BadRecordError(`not a whole number: ${value}`);
  const high = Math.floor(value / TWO_32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * TWO_32, at + 4);
}

/** Whatever goes wrong with a value here, PostgreSQL was not asked: the record is at fault, and the others must not wait for it. */
export function encoding<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BadRecordError) throw error;
    throw new BadRecordError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export const int2Array = fixed<number>(oids.int2, 2, (buffer, value, at) => buffer.writeInt16BE(value, at)); // prettier-ignore
export const int4Array = fixed<number>(oids.int4, 4, (buffer, value, at) => buffer.writeInt32BE(value, at)); // prettier-ignore
export const int8Array = fixed<number>(oids.int8, 8, writeInt64);
export const float4Array = fixed<number>(oids.float4, 4, (buffer, value, at) => buffer.writeFloatBE(value, at));
/** Of milliseconds since 1970. */
export const timestampArray = fixed<number>(oids.timestamptz, 8, (buffer, value, at) => writeInt64(buffer, (value - POSTGRES_EPOCH_MS) * 1_000, at)); // prettier-ignore
export const uuidArray = fixed<string>(oids.uuid, 16, writeUuid);

/** Where the two digits of each byte lie in 8-4-4-4-12. */
const DIGITS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

function writeUuid(buffer: Buffer, text: string, at: number): void {
  let byte = at;
  let valid = text.length === 36 && text[8] === '-' && text[13] === '-' && text[18] === '-' && text[23] === '-';
  for (const digit of DIGITS) {
    const value = (hexDigit(text.charCodeAt(digit)) << 4) | hexDigit(text.charCodeAt(digit + 1));
    valid &&= value >= 0;
    buffer[byte++] = value;
  }
  if (!valid) throw new BadRecordError(`not a uuid: ${JSON.stringify(text.slice(0, 50))}`);
}

/** Negative, for whatever is none. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -256;
}

const SHORT = 24;

/** Short ASCII by hand: a call out of JavaScript costs more. Returns the bytes written. */
function writeText(buffer: Buffer, text: string, at: number): number {
  if (text.length > SHORT) return buffer.write(text, at, 'utf8');
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return buffer.write(text, at, 'utf8');
    buffer[at + index] = code;
  }
  return text.length;
}

/** NUL is refused by PostgreSQL, not here. */
export function textArray<T>(rows: readonly T[], of: (row: T, index: number) => string | null): Encoded {
  const values = rows.map((row, index) => of(row, index) ?? null);
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + (value === null ? 0 : value.length * 3); // no UTF-16 unit needs more
  const buffer = Buffer.allocUnsafe(bytes);
  writeHeader(buffer, oids.text, rows.length);
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? -1 : writeText(buffer, value, at + LENGTH_BYTES);
    buffer.writeInt32BE(length, at);
    at += LENGTH_BYTES + Math.max(length, 0);
  }
  return values.some((value) => value !== null) ? buffer.subarray(0, at) : null;
}
