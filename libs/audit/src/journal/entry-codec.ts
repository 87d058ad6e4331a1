/**
 * An entry of the journal as bytes: marker, length, offset, type, CRC-32C over these and the payload, payload (JSON, UTF-8).
 * A reader takes an entry only when it is whole and its checksum holds. After a damaged place it goes on at the next marker: the marker
 * begins with 0xff, which no UTF-8 payload contains, and a chance hit would still have to carry a matching checksum.
 */
import { crc32c } from './crc32c';

// Their places are their numbers on disk: new ones go to the end.
const types = ['provisional', 'release', 'amend', 'history', 'withdraw'] as const;
export type EntryType = (typeof types)[number];
const numbers = Object.fromEntries(types.map((type, index) => [type, index + 1])) as Record<EntryType, number>;

const MARKER_NUMBER = 0xff5042fe;
const MARKER = Buffer.from([0xff, 0x50, 0x42, 0xfe]);
const HEADER_BYTES = 21;
/** Far above any record; a length beyond it can only be damage, and would have the reader wait for bytes that never come. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export type EncodedEntry = { offset: bigint; type: EntryType; payload: Buffer; position: number; end: number };

/** The most bytes that an entry with this payload can take: a UTF-16 unit is at most three bytes of UTF-8. */
export const maxEntryBytes = (json: string): number => HEADER_BYTES + json.length * 3;

/** Writes the entry at `position`, where `maxEntryBytes` are free. Returns where it ends. */
export function writeEntry(bytes: Buffer, position: number, entry: { offset: bigint; type: EntryType; json: string }): number {
  const start = position + HEADER_BYTES;
  const length = bytes.write(entry.json, start);
  if (length > MAX_PAYLOAD_BYTES) throw new RangeError(`A journal entry takes at most ${MAX_PAYLOAD_BYTES} bytes, this one has ${length}.`);
  const end = start + length;
  bytes.writeUInt32BE(MARKER_NUMBER, position);
  bytes.writeUInt32LE(length, position + 4);
  bytes.writeBigUInt64LE(entry.offset, position + 8);
  bytes[position + 16] = numbers[entry.type];
  bytes.writeUInt32LE(checksum(bytes, position, end), position + 17);
  return end;
}

/** One entry in a buffer of its own. */
export function encodeEntry(offset: bigint, type: EntryType, json: string): Buffer {
  const bytes = Buffer.allocUnsafe(maxEntryBytes(json));
  return bytes.subarray(0, writeEntry(bytes, 0, { offset, type, json }));
}

/** Of everything but the marker and the checksum itself. */
const checksum = (bytes: Buffer, position: number, end: number): number =>
  crc32c(bytes, crc32c(bytes, 0, position + 4, position + 17), position + HEADER_BYTES, end);

/** The entry at `position`; 'short' when it may be whole once more bytes are there; null when there is none. */
function decodeEntry(bytes: Buffer, position: number): EncodedEntry | 'short' | null {
  const present = Math.min(MARKER.length, bytes.length - position);
  if (bytes.compare(MARKER, 0, present, position, position + present) !== 0) return null;
  if (bytes.length - position < HEADER_BYTES) return 'short';
  const length = bytes.readUInt32LE(position + 4);
  const type = types[(bytes[position + 16] ?? 0) - 1];
  if (length > MAX_PAYLOAD_BYTES || !type) return null;
  const end = position + HEADER_BYTES + length;
  if (end > bytes.length) return 'short';
  if (bytes.readUInt32LE(position + 17) !== checksum(bytes, position, end)) return null;
  return { offset: bytes.readBigUInt64LE(position + 8), type, payload: bytes.subarray(position + HEADER_BYTES, end), position, end };
}

export type ScannedBytes = {
  entries: EncodedEntry[];
  /** Bytes that belong to no whole entry. */
  damagedBytes: number;
  /** Where the damage lies: the offsets of the whole entries around each place, null where the bytes end first. */
  places: { after: bigint | null; before: bigint | null }[];
  /** Where to go on reading. */
  consumed: number;
};

/** All whole entries in `bytes`. With `last`, no more bytes follow: what is cut off at the end is damage, otherwise it is left for the next call. */
export function scanEntries(bytes: Buffer, last: boolean): ScannedBytes {
  const found: ScannedBytes = { entries: [], damagedBytes: 0, places: [], consumed: 0 };
  while (found.consumed < bytes.length) {
    const entry = decodeEntry(bytes, found.consumed);
    if (entry === 'short' && !last) break;
    if (entry && entry !== 'short') takeEntry(found, entry);
    else skipDamage(found, nextMarker(bytes, found.consumed + 1, last));
  }
  return found;
}

function takeEntry(found: ScannedBytes, entry: EncodedEntry): void {
  const place = found.places.at(-1);
  if (place && place.before === null) place.before = entry.offset;
  found.entries.push(entry);
  found.consumed = entry.end;
}

function skipDamage(found: ScannedBytes, next: number): void {
  const place = found.places.at(-1);
  if (!place || place.before !== null) found.places.push({ after: found.entries.at(-1)?.offset ?? null, before: null });
  found.damagedBytes += next - found.consumed;
  found.consumed = next;
}

function nextMarker(bytes: Buffer, from: number, last: boolean): number {
  const next = bytes.indexOf(MARKER, from);
  if (next !== -1) return next;
  // A marker may be cut in two by the end of this read.
  return last ? bytes.length : Math.max(from, bytes.length - MARKER.length + 1);
}
