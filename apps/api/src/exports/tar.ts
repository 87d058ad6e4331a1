/** Several files as one, in the format that every system unpacks (POSIX ustar): made while it is sent, so that it needs no room of its own. */
import { createReadStream } from 'node:fs';
import type { ByteRange } from './byte-range';

const BLOCK = 512;

/** A stretch of bytes: given, or of a file. */
export type Segment = { bytes: Buffer } | { path: string; size: number };
export type TarEntry = { name: string; content: Segment; modifiedAt: Date };

export const sizeOf = (segment: Segment): number => ('bytes' in segment ? segment.bytes.length : segment.size);

export function tarOf(entries: readonly TarEntry[]): Segment[] {
  const segments = entries.flatMap(({ name, content, modifiedAt }): Segment[] => {
    const size = sizeOf(content);
    return [{ bytes: header(name, size, modifiedAt) }, content, { bytes: Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK) }];
  });
  return [...segments, { bytes: Buffer.alloc(2 * BLOCK) }];
}

function header(name: string, size: number, modifiedAt: Date): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void =>
    void block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  block.write(name, 0, 100, 'latin1');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  // Eleven octal digits end at 8 GiB; beyond, GNU's binary form, which the others read as well.
  if (size < 8 ** 11) octal(size, 124, 12);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(Math.floor(modifiedAt.getTime() / 1_000), 136, 12);
  block.write('        0', 148, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return block;
}

/** The bytes of a range over all segments; opens each file when it is its turn. */
export async function* bytesOf(segments: readonly Segment[], { first, last }: ByteRange): AsyncGenerator<Buffer> {
  let at = 0;
  for (const segment of segments) {
    const size = sizeOf(segment);
    const [from, to] = [Math.max(first - at, 0), Math.min(last - at, size - 1)];
    at += size;
    if (from > to) continue;
    if ('bytes' in segment) yield segment.bytes.subarray(from, to + 1);
    else
      for await (const chunk of createReadStream(segment.path, { start: from, end: to, highWaterMark: 256 * 1024 })) yield chunk as Buffer;
  }
}
