/**
 * COPY ... TO STDOUT on the connection of a transaction. Hundreds of megabytes come this way, a message for each row: they are taken from the socket
 * as they come, without an object for each, into blocks that are used again. Nothing more is read while a block waits to be taken. A socket may lend
 * its memory for it (`lent`, lending-socket.ts).
 * The messages: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import type { Socket } from 'node:net';
import type { Connection, PoolClient, Submittable } from 'pg';
import type { EntityManager } from 'typeorm';

const BLOCK = 256 * 1024;
const [COPY_DATA, COPY_OUT_RESPONSE, NOTICE, NOTIFICATION, PARAMETER] = [0x64, 0x48, 0x4e, 0x41, 0x53];
/** Whatever comes in between, and is nobody's. */
const passedOver = new Set([COPY_OUT_RESPONSE, NOTICE, NOTIFICATION, PARAMETER]);
/** A letter, and the length of what follows, itself included. */
const HEADER = 5;
const LENGTH = 4;

/** Memory for what is under way, used again. */
export class Blocks {
  private readonly free: Buffer[] = [];

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafe(BLOCK);
  }

  /** Whoever has read it gives it back: its bytes change then. Takes a part of a block as well. */
  give(bytes: Buffer): void {
    this.free.push(Buffer.from(bytes.buffer, bytes.byteOffset, BLOCK));
  }
}

/**
 * Returns how many rows it were. `take` gets a part of one of the `blocks`. What it throws is thrown when the rest has been read: a connection in the
 * middle of a COPY takes no ROLLBACK.
 */
export async function copyOut(tx: EntityManager, sql: string, blocks: Blocks, take: (bytes: Buffer) => Promise<void>): Promise<number> {
  if (!tx.queryRunner) throw new TypeError('COPY needs the connection of a transaction');
  // TypeORM's type says nothing of the driver; the data source is PostgreSQL's.
  const client = (await tx.queryRunner.connect()) as PoolClient;
  const copy = new CopyOut(sql, blocks, take);
  void client.query(copy);
  return copy.rows();
}

/** A statement as `pg` takes one: until the rows have come it stands where the parser of `pg` does. */
export class CopyOut implements Submittable {
  /** The driver sets a timer for the answer, and waits to be told that it came. */
  callback: (error: Error | null) => void = () => undefined;
  private readonly header = Buffer.allocUnsafe(HEADER);
  private headerBytes = 0;
  /** Of the message that is read. */
  private kind = 0;
  private left = 0;
  private block: Buffer;
  private filled = 0;
  private counted = 0;
  private taken: Promise<void> = Promise.resolve();
  private failure: { error: unknown } | null = null;
  private resolve: () => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;
  private readonly ended = new Promise<void>((resolve, reject) => Object.assign(this, { resolve, reject }));

  constructor(
    private readonly sql: string,
    private readonly blocks: Blocks,
    private readonly take: (bytes: Buffer) => Promise<void>,
  ) {
    this.block = blocks.take();
    this.ended.catch(() => undefined);
  }

  async rows(): Promise<number> {
    try {
      await this.ended;
      void this.pass();
    } finally {
      await this.taken;
      this.blocks.give(this.block);
      this.callback(null);
    }
    if (this.failure) throw this.failure.error;
    return this.counted;
  }

  submit(connection: Connection): void {
    const stream = connection.stream as Socket;
    const listeners = stream.listeners('data') as ((bytes: Buffer) => void)[];
    const [theirs] = listeners;
    if (!theirs || listeners.length > 1) throw new TypeError('Who reads this connection is not known: another version of pg?');
    const ours = (bytes: Buffer): void => {
      const rest = this.read(bytes, stream);
      if (rest === null) return;
      stream.off('lent', ours).off('data', ours).on('data', theirs);
      theirs(rest);
    };
    stream.off('data', theirs).on('data', ours).on('lent', ours);
    connection.query(this.sql);
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleCommandComplete(message: { text: string }): void {
    this.counted = Number(/^COPY (\d+)$/.exec(message.text)?.[1]);
  }

  /** The rows end before the statement does: only then it is known how many they were, and the connection takes the next one. */
  handleReadyForQuery(): void {
    this.resolve();
  }

  /**
   * Null: all of it was ours. Else what the parser of `pg` is to go on from: the rows have ended, or the statement failed. What was read belongs to
   * nobody else: the rows are pushed together in it, over what stands between them.
   */
  private read(bytes: Buffer, stream: Socket): Buffer | null {
    let rows = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.left === 0) {
        at += this.readHeader(bytes, at);
        if (this.headerBytes < HEADER) break;
        this.headerBytes = 0;
        this.kind = this.header[0] ?? 0;
        if (this.kind !== COPY_DATA && !passedOver.has(this.kind)) {
          this.keep(bytes, rows, stream);
          return Buffer.concat([this.header, bytes.subarray(at)]);
        }
        this.left = this.header.readInt32BE(1) - LENGTH;
      }
      const length = Math.min(this.left, bytes.length - at);
      this.left -= length;
      if (this.kind === COPY_DATA) {
        bytes.copyWithin(rows, at, at + length);
        rows += length;
      }
      at += length;
    }
    this.keep(bytes, rows, stream);
    return null;
  }

  /** Byte by byte: for five of them a call costs more. */
  private readHeader(bytes: Buffer, from: number): number {
    let at = from;
    while (this.headerBytes < HEADER && at < bytes.length) this.header[this.headerBytes++] = bytes[at++] ?? 0;
    return at - from;
  }

  private keep(bytes: Buffer, length: number, stream: Socket): void {
    for (let at = 0; at < length;) {
      const copied = bytes.copy(this.block, this.filled, at, length);
      this.filled += copied;
      at += copied;
      if (this.filled < this.block.length) continue;
      stream.pause();
      void this.pass().then(() => stream.resume());
    }
  }

  /** One after the other. Resolves when it is taken, whatever became of it. */
  private pass(): Promise<void> {
    const full = this.block.subarray(0, this.filled);
    this.block = this.blocks.take();
    this.filled = 0;
    this.taken = this.taken.then(async () => {
      if (this.failure || full.length === 0) this.blocks.give(full);
      else await this.take(full).catch((error: unknown) => (this.failure ??= { error }));
    });
    return this.taken;
  }
}
