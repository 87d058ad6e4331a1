import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Connection } from 'pg';
import { Blocks, CopyOut } from './copy-out';

const message = (kind: string, content: Buffer): Buffer => {
  const header = Buffer.alloc(5);
  header.write(kind, 'latin1');
  header.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
};
const [row, between] = ['d', fc.constantFrom('H', 'N', 'S', 'A')];
const content = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const messages = fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constant(row) }, { weight: 1, arbitrary: between }), content), {
  maxLength: 30,
});

/** The socket of a connection, on which so much comes at a time; and what the parser of pg is left with. */
async function received(bytes: Buffer, cuts: readonly number[], copy: CopyOut, lends = false): Promise<Buffer> {
  const stream = new PassThrough();
  const theirs: Buffer[] = [];
  const theirListener = (rest: Buffer): void => void theirs.push(rest);
  stream.on('data', theirListener);
  copy.submit({ stream, query: () => undefined } as unknown as Connection);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, edge] of edges.slice(1).entries()) {
    // Lent, it changes as soon as it was shown.
    const piece = Buffer.from(bytes.subarray(edges[index], edge));
    if (lends && stream.emit('lent', piece)) piece.fill(0xee);
    else stream.write(piece);
    await turn();
  }
  while (theirs.length === 0) await turn();
  expect(stream.listeners('data')).toEqual([theirListener]);
  expect(stream.listeners('lent')).toEqual([]);
  return Buffer.concat(theirs);
}

it('takes the rows, however they are cut, and leaves all from the end of the rows to the driver', async () => {
  await fc.assert(
    fc.asyncProperty(messages, fc.array(fc.nat(), { maxLength: 8 }), fc.boolean(), async (sent, cuts, lends) => {
      const taken: Buffer[] = [];
      const copy = new CopyOut('copy', new Blocks(), (bytes) => Promise.resolve(void taken.push(Buffer.from(bytes))));
      const end = Buffer.concat([message('c', Buffer.alloc(0)), message('C', Buffer.from(`COPY ${sent.length}\0`))]);
      const rest = await received(Buffer.concat([...sent.map(([kind, bytes]) => message(kind, bytes)), end]), cuts, copy, lends);
      expect(rest).toEqual(end.subarray(0, rest.length));
      copy.handleCommandComplete({ text: `COPY ${sent.length}` });
      copy.handleReadyForQuery();
      expect(await copy.rows()).toBe(sent.length);
      expect(Buffer.concat(taken)).toEqual(Buffer.concat(sent.filter(([kind]) => kind === row).map(([, bytes]) => bytes)));
    }),
    { numRuns: 50 },
  );
});

it('reads no further while a block waits to be taken, uses blocks again, and passes on why one was not taken', async () => {
  const blocks = new Blocks();
  const used = new Set<ArrayBufferLike>();
  let [waiting, bytes] = [0, 0];
  const rows = Buffer.concat(Array.from({ length: 200 }, (_, at) => message(row, Buffer.alloc(10_000, at))));
  const copy = new CopyOut('copy', blocks, async (block) => {
    used.add(block.buffer);
    expect(++waiting).toBe(1);
    await turn();
    waiting--;
    bytes += block.length;
    blocks.give(block);
    if (bytes > 1_500_000) throw new Error('the disk is full');
  });
  await received(
    Buffer.concat([rows, message('c', Buffer.alloc(0))]),
    Array.from({ length: 40 }, (_, at) => at * 50_000),
    copy,
  );
  copy.handleReadyForQuery();
  await expect(copy.rows()).rejects.toThrow('the disk is full');
  expect(used.size).toBeLessThan(4);
});

it('an error of the statement is the error of the copy', async () => {
  const copy = new CopyOut('copy', new Blocks(), () => Promise.resolve());
  await received(message('E', Buffer.from('Mno\0\0')), [], copy);
  copy.handleError(new Error('no such column'));
  await expect(copy.rows()).rejects.toThrow('no such column');
});
