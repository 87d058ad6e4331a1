/** A tar as others write and read it. */
import { tarOf } from '../exports/tar';

/** An entry of a tar, without the end. */
export function tarEntry(name: string, bytes: Buffer, type = '0'): Buffer {
  const segments = tarOf([{ name, content: { bytes }, modifiedAt: new Date(0) }]).map((segment) =>
    'bytes' in segment ? segment.bytes : bytes,
  );
  const [header] = segments as [Buffer];
  header.write(type, 156);
  header.fill(' ', 148, 156);
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148); // prettier-ignore
  return Buffer.concat(segments.slice(0, -1));
}

/** ustar, as tar reads it. */
export function untar(bytes: Buffer): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  for (let at = 0; bytes[at] !== 0;) {
    const name = bytes.toString('latin1', at, bytes.indexOf(0, at));
    const size = parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    entries.set(name, bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}
