/** One file of the journal: a header that names its journal, then entries, appended and never changed. */
import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from './crc32c';
import { scanEntries, type ScannedBytes } from './entry-codec';

const MAGIC = 'PBJOURN1';
export const SEGMENT_HEADER_BYTES = 28;
const CHUNK_BYTES = 1024 * 1024;

export type Segment = {
  readonly path: string;
  readonly number: number;
  /** Trusted length: everything before it has been flushed. */
  size: number;
  /** Of the last entry, null when there is none. */
  lastOffset: bigint | null;
  /** Requests still running whose provisional entry lies here. */
  openProvisionals: Set<string>;
};

export const segmentName = (number: number): string => `${String(number).padStart(10, '0')}.journal`;
export const segmentNumber = (name: string): number | null => {
  const digits = /^(\d{10})\.journal$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
};

export function segmentHeader(journalId: string): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.write(journalId.replaceAll('-', ''), 8, 'hex');
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 24)), 24);
  return bytes;
}

/** The journal a segment belongs to, null when its header is damaged. */
export function journalIdOf(header: Buffer): string | null {
  const whole = header.length >= SEGMENT_HEADER_BYTES && header.toString('latin1', 0, 8) === MAGIC;
  if (!whole || header.readUInt32LE(24) !== crc32c(header.subarray(0, 24))) return null;
  return header.toString('hex', 8, 24).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A new, durable segment: header flushed, directory flushed, so that a crash cannot lose the file itself. */
export async function createSegment(directory: string, number: number, journalId: string): Promise<{ segment: Segment; file: FileHandle }> {
  const path = join(directory, segmentName(number));
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
  try {
    await writeFully(file, segmentHeader(journalId), 0);
    await file.datasync();
    await syncDirectory(directory);
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
    throw error;
  }
  return { segment: { path, number, size: SEGMENT_HEADER_BYTES, lastOffset: null, openProvisionals: new Set() }, file };
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error('The journal file took no more bytes.');
    done += bytesWritten;
  }
}

export type SegmentChunk = ScannedBytes & { next: number };

/** Whole entries from `position` on, about a megabyte of them; `next` is where to go on, and equals `size` at the end. */
export async function readSegment(segment: Pick<Segment, 'path' | 'size'>, position: number): Promise<SegmentChunk> {
  const file = await open(segment.path, 'r');
  try {
    for (let length = CHUNK_BYTES; ; length *= 2) {
      const wanted = Math.min(length, segment.size - position);
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, position);
      // Fewer bytes than we wrote: the file was cut from outside. What is missing is damage, not a reason to wait.
      const last = position + wanted >= segment.size || bytesRead < wanted;
      const scanned = scanEntries(buffer.subarray(0, bytesRead), last);
      if (scanned.consumed > 0 || last) return { ...scanned, next: last ? segment.size : position + scanned.consumed };
    }
  } finally {
    await file.close();
  }
}
