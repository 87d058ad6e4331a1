/** Ids of records: version 7 uuids (RFC 9562), so that they sort by time and tell it. */
import { randomBytes, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

let last = { msecs: -1, seq: 0 };

/** A version 7 uuid for a record that began at `at`. Ids asked for one after the other for the same millisecond grow. */
export function recordId(at: Date): string {
  const msecs = at.getTime();
  const seq = msecs === last.msecs ? last.seq + 1 : randomBytes(4).readUInt32BE() >>> 2;
  last = { msecs, seq };
  return v7({ msecs, seq });
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const byteAsHex = (byte: number): string => hex[byte & 0xff] ?? '';

const pool = new Uint8Array(4_096);
let drawn = pool.length;

function randomByte(): number {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  return pool[drawn++] ?? 0;
}

const COUNTER_BITS = 32;
/** Look-ups by id search a day around its time: ids must not stay further in the future than that when a clock comes back from there. */
const FOLLOWS_BACK_MS = 3_600_000;
const current = { msecs: -1, counter: 0, head: '' };

function moveTo(msecs: number, counter: number): void {
  const digits = msecs.toString(16).padStart(12, '0');
  Object.assign(current, { msecs, counter, head: `${digits.slice(0, 8)}-${digits.slice(8)}-7` });
}

/**
 * An id for what begins now, strictly greater than every one before it in this process, also when the clock goes back, by up to an hour.
 * A counter of 32 bits behind the millisecond, begun at random below its half, and 42 random bits. Made for every request, so by hand: the
 * time's digits once a millisecond, random bytes from a pool.
 */
export function newRecordId(now: number): string {
  const counter = current.counter + 1;
  if (now > current.msecs || now < current.msecs - FOLLOWS_BACK_MS)
    moveTo(now, ((randomByte() << 23) | (randomByte() << 15) | (randomByte() << 7)) >>> 0);
  else if (counter < 2 ** COUNTER_BITS) current.counter = counter;
  else moveTo(current.msecs + 1, 0);
  const seq = current.counter;
  // 4 + 8 bits of the counter, then the variant (binary 10), 6 + 8 + 6 bits of it, then 42 random ones.
  return (
    current.head +
    (seq >>> 28).toString(16) +
    byteAsHex(seq >>> 20) +
    '-' +
    byteAsHex(0x80 | ((seq >>> 14) & 0x3f)) +
    byteAsHex(seq >>> 6) +
    '-' +
    byteAsHex(((seq << 2) & 0xfc) | (randomByte() & 3)) +
    byteAsHex(randomByte()) +
    byteAsHex(randomByte()) +
    byteAsHex(randomByte()) +
    byteAsHex(randomByte()) +
    byteAsHex(randomByte())
  );
}

/** The millisecond that a version 7 uuid carries; null for any other. */
export function recordIdTime(id: string): Date | null {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/i.test(id)) return null;
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
