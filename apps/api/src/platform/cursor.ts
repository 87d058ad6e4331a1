/**
 * Keyset cursors. A cursor says where a page ended, and carries a digest of the list it belongs to: organization, order and filter. One of
 * another list is refused instead of showing a page that fits nothing. It is opaque, not secret: it opens no row that its bearer may not read
 * anyway, which is why the digest needs no key and works in every process.
 */
import { createHash } from 'node:crypto';
import { parse, stringify, validate } from 'uuid';
import { AppError } from './app-error';

export type CursorBinding = {
  /** The list's name, as in its path: `api-keys`. */
  list: string;
  organizationId: string;
  order: 'asc' | 'desc';
  /** Every parameter that decides which rows are in the list, not `limit` and `cursor`. JSON decides equality; the order of names does not matter. */
  filter: unknown;
};
/** The last row of a page, in the order of the list: (time, id). */
export type CursorPosition = { at: Date; id: string };

const VERSION = 1;
const DIGEST_BYTES = 12;
/** Year 1: PostgreSQL's calendar does not reach as far back as JavaScript's. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');

export function encodeCursor(binding: CursorBinding, { at, id }: CursorPosition): string {
  const position = Buffer.alloc(25);
  position.writeUInt8(VERSION, 0);
  position.writeDoubleBE(at.getTime(), 1);
  position.set(parse(id), 9);
  return Buffer.concat([position, digest(binding, position)]).toString('base64url');
}

/** Throws `invalid_cursor` for anything that `encodeCursor` did not make for this very list. */
export function decodeCursor(text: string, binding: CursorBinding): CursorPosition {
  const bytes = Buffer.from(text, 'base64url');
  const position = bytes.subarray(0, 25);
  const intact = bytes.length === 25 + DIGEST_BYTES && bytes.toString('base64url') === text && position[0] === VERSION;
  if (!intact || !digest(binding, position).equals(bytes.subarray(25))) throw invalid();
  const at = new Date(position.readDoubleBE(1));
  const id = stringify(position.subarray(9));
  if (!(at.getTime() >= EARLIEST) || !validate(id)) throw invalid();
  return { at, id };
}

const invalid = (): AppError =>
  new AppError('invalid_cursor', {
    detail: 'The cursor was made for another list, filter, order or organization. Start again without `cursor`.',
    issues: [{ pointer: '?cursor', rule: 'cursor', expected: 'the nextCursor of a page of this very list' }],
  });

function digest(binding: CursorBinding, position: Buffer): Buffer {
  const { list, organizationId, order, filter } = binding;
  return createHash('sha256')
    .update(JSON.stringify([list, organizationId, order, sorted(filter)]))
    .update('\n')
    .update(position)
    .digest()
    .subarray(0, DIGEST_BYTES);
}

/** The same value with object members in one order, so that `?a=1&b=2` and `?b=2&a=1` are one filter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]);
}

/** One page out of `limit + 1` rows: whether there is more is known without counting. */
export function pageOf<Row, View>(
  rows: readonly Row[],
  limit: number,
  { binding, at, view }: { binding: CursorBinding; at: (row: Row) => CursorPosition; view: (row: Row) => View },
): { data: View[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { data: shown.map(view), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(binding, at(last)) : null };
}
