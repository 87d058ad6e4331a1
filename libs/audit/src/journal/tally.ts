/**
 * How many requests were refused because nothing could be recorded, kept where it survives a kill. The file has its size from the beginning and is
 * written over in place, so that a full disk takes it; two halves in turn, so that a write that is cut off leaves the one before. What it holds
 * are upper bounds: it is written ahead of the count, at each doubling, and not at each request.
 */
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { GapCause } from '../audit.notices';
import { crc32c } from './crc32c';

export type Tallied = { organizationId: string; cause: GapCause; from: Date; to: Date; atMost: number };

const HALF_BYTES = 16 * 1024;
/** Length, checksum of what follows, generation. */
const HEAD_BYTES = 16;

type Half = { generation: bigint; entries: Tallied[] };

export class Tally {
  private generation: bigint;
  private writing: Promise<void> = Promise.resolve();

  private holds: number;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle | null,
    last: Half,
  ) {
    this.generation = last.generation;
    this.left = last.entries;
    this.holds = last.entries.length;
  }

  /** What an earlier process did not come to tell. */
  readonly left: readonly Tallied[];

  /** A disk that takes nothing, not even this, keeps no process from starting: then there is no tally, and `write` does nothing. */
  static async open(directory: string): Promise<Tally> {
    const path = join(directory, 'refused');
    const file = await open(path, 'r+', 0o600).catch(() => create(path));
    const halves = file ? await readHalves(file).catch(() => []) : [];
    return new Tally(path, file, halves.toSorted((a, b) => (a.generation < b.generation ? 1 : -1))[0] ?? { generation: 0n, entries: [] });
  }

  /** Resolves when it is on disk, or cannot be. */
  write(entries: readonly Tallied[]): Promise<void> {
    this.writing = this.writing.then(() => this.overwrite(entries)).catch(() => undefined);
    return this.writing;
  }

  /** Leaves no file when everything was told. */
  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    if (this.holds === 0) await unlink(this.path).catch(() => undefined);
  }

  private async overwrite(entries: readonly Tallied[]): Promise<void> {
    if (!this.file) return;
    const half = encode(this.generation + 1n, entries);
    await this.file.write(half, 0, half.length, Number((this.generation + 1n) % 2n) * HALF_BYTES);
    await this.file.datasync();
    this.generation++;
    this.holds = entries.length;
  }
}

async function create(path: string): Promise<FileHandle | null> {
  try {
    const file = await open(path, 'w+', 0o600);
    await file.write(Buffer.alloc(2 * HALF_BYTES), 0, 2 * HALF_BYTES, 0); // bytes, not a hole: a sparse file has no room of its own
    await file.sync();
    return file;
  } catch {
    return null;
  }
}

async function readHalves(file: FileHandle): Promise<Half[]> {
  const bytes = Buffer.alloc(2 * HALF_BYTES);
  await file.read(bytes, 0, bytes.length, 0);
  return [0, 1].flatMap((number) => decode(bytes.subarray(number * HALF_BYTES, (number + 1) * HALF_BYTES)) ?? []);
}

/** Where there are more organizations than have room, the first ones stand for the rest: a bound that is told to the wrong one is told. */
function fitting(entries: readonly Tallied[]): string {
  const json = JSON.stringify(entries);
  if (Buffer.byteLength(json) <= HALF_BYTES - HEAD_BYTES) return json;
  const kept = entries.slice(0, Math.ceil(entries.length / 2));
  const rest = entries.slice(kept.length).reduce((sum, { atMost }) => sum + atMost, 0);
  return fitting(kept.map((entry, index) => (index === 0 ? { ...entry, atMost: entry.atMost + rest } : entry)));
}

function encode(generation: bigint, entries: readonly Tallied[]): Buffer {
  const body = Buffer.from(fitting(entries));
  const half = Buffer.alloc(HEAD_BYTES + body.length);
  half.writeUInt32BE(body.length, 0);
  half.writeBigUInt64BE(generation, 8);
  body.copy(half, HEAD_BYTES);
  half.writeUInt32BE(crc32c(half.subarray(8)), 4);
  return half;
}

function decode(half: Buffer): Half | null {
  const length = half.readUInt32BE(0);
  if (length === 0 || length > HALF_BYTES - HEAD_BYTES) return null;
  if (crc32c(half.subarray(8, HEAD_BYTES + length)) !== half.readUInt32BE(4)) return null;
  const entries = JSON.parse(half.subarray(HEAD_BYTES, HEAD_BYTES + length).toString()) as (Omit<Tallied, 'from' | 'to'> & { from: string; to: string })[]; // prettier-ignore
  return { generation: half.readBigUInt64BE(8), entries: entries.map((entry) => ({ ...entry, from: new Date(entry.from), to: new Date(entry.to) })) }; // prettier-ignore
}
