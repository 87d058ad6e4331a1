/**
 * A file while it is written: its bytes are counted and hashed as they go. With gzip it is a row of members (RFC 1952, section 2.2), each ended by
 * `settle`, so that what is there can be gone on with; every reader takes them for one file.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { createGzip, type Gzip } from 'node:zlib';

const BUFFERED = 1024 * 1024;
/** Sent on its way to the disk after as many bytes, beside the work: else all of it is waited for in the end. */
const SYNC_EVERY = 8 * BUFFERED;

export class ExportFile {
  private readonly hash = createHash('sha256');
  private gzip: { stream: Gzip; out: Buffer[] } | null = null;
  /** Used again and again: what is given to `write` may be changed as soon as that has resolved. */
  private readonly pending = Buffer.allocUnsafe(BUFFERED);
  private pendingBytes = 0;
  private written = 0;
  private syncedTo = 0;
  private syncing: Promise<void> | null = null;
  private syncFailure: { error: unknown } | null = null;

  private constructor(
    private readonly handle: FileHandle,
    private readonly compressed: boolean,
    private readonly syncEvery: number,
  ) {}

  static async create(path: string, { gzip, syncEvery = SYNC_EVERY }: { gzip: boolean; syncEvery?: number }): Promise<ExportFile> {
    return new ExportFile(await open(path, 'wx', 0o600), gzip, syncEvery);
  }

  /** Up to the last `settle`. */
  get bytes(): number {
    return this.written + this.pendingBytes;
  }

  /** Takes over the first bytes of an unfinished file, without touching it: somebody else may believe that it is theirs. False: it is not there, or too short. */
  async goOnFrom(path: string, bytes: number): Promise<boolean> {
    try {
      // A range of no bytes is none to a stream.
      if (bytes === 0) return (await stat(path)).isFile();
      for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: BUFFERED })) await this.append(chunk as Buffer);
      await this.flush();
    } catch {
      return false;
    }
    return this.written === bytes;
  }

  async write(chunk: Buffer): Promise<void> {
    if (chunk.length === 0) return;
    if (!this.compressed) return this.append(chunk);
    const { stream, out } = (this.gzip ??= newGzip());
    await new Promise<void>((resolve, reject) => stream.write(chunk, (error) => (error ? reject(error) : resolve())));
    for (const made of out.splice(0)) await this.append(made);
  }

  /** From here on it could be gone on with: nothing is held back, neither here nor in the compression. */
  async settle(): Promise<void> {
    if (this.gzip) {
      const { stream, out } = this.gzip;
      this.gzip = null;
      await new Promise<void>((resolve, reject) => stream.on('error', reject).on('end', resolve).end());
      for (const made of out) await this.append(made);
    }
    await this.flush();
  }

  /** On the disk, and closed. */
  async finish(): Promise<{ bytes: number; sha256: string }> {
    await this.settle();
    await this.syncing;
    // A disk that fails says so once.
    if (this.syncFailure) throw this.syncFailure.error;
    await this.handle.datasync();
    const { size } = await this.handle.stat();
    await this.handle.close();
    if (size !== this.written) throw new Error(`${size} bytes are on the disk where ${this.written} were written`);
    return { bytes: this.written, sha256: this.hash.digest('hex') };
  }

  async abandon(): Promise<void> {
    await this.syncing;
    await this.handle.close().catch(() => undefined);
  }

  private async append(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.copy(this.pending, this.pendingBytes, at);
      this.pendingBytes += taken;
      at += taken;
      if (this.pendingBytes === BUFFERED) await this.flush();
    }
  }

  private async flush(): Promise<void> {
    const bytes = this.pending.subarray(0, this.pendingBytes);
    this.written += bytes.length;
    this.pendingBytes = 0;
    this.hash.update(bytes);
    // A disk that is nearly full takes a part of what it is given, and says so by no more than that.
    for (let at = 0; at < bytes.length;) at += (await this.handle.write(bytes, at)).bytesWritten;
    this.sendOff();
  }

  private sendOff(): void {
    if (this.syncing || this.written - this.syncedTo < this.syncEvery) return;
    this.syncedTo = this.written;
    this.syncing = this.handle
      .datasync()
      .catch((error: unknown) => void (this.syncFailure ??= { error }))
      .finally(() => (this.syncing = null));
  }
}

function newGzip(): { stream: Gzip; out: Buffer[] } {
  const out: Buffer[] = [];
  const stream = createGzip({ level: 6 });
  stream.on('data', (chunk: Buffer) => void out.push(chunk));
  return { stream, out };
}
