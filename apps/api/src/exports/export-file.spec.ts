import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExportFile } from './export-file';

const folder = mkdtempSync(join(tmpdir(), 'export-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);
const MORE_THAN_A_BUFFER = Buffer.alloc(1024 * 1024 + 1, 'x');

it('is what was written, however little the disk takes at once', async () => {
  const file = await ExportFile.create(place('a'), { gzip: false });
  // The handle of Node, as a disk with hardly any room answers it: the system's own call, with less.
  const { handle } = file as unknown as { handle: { write: (bytes: Buffer, at: number, length?: number) => Promise<object> } };
  const write = handle.write.bind(handle);
  handle.write = (bytes, at) => write(bytes, at, Math.min(300_000, bytes.length - at));
  await file.write(Buffer.from('head;'));
  await file.write(MORE_THAN_A_BUFFER);
  await file.write(Buffer.from('tail'));
  const { bytes, sha256 } = await file.finish();
  const content = readFileSync(place('a'));
  expect([content.length, content.subarray(-4).toString()]).toEqual([bytes, 'tail']);
  expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
});

it('is not finished when something is missing on the disk', async () => {
  const file = await ExportFile.create(place('b'), { gzip: false });
  await file.write(MORE_THAN_A_BUFFER);
  await file.settle();
  truncateSync(place('b'), 5);
  await expect(file.finish()).rejects.toThrow('are on the disk where');
});

it('is not finished when the disk failed on the way, and has forgotten that by the end', async () => {
  const file = await ExportFile.create(place('e'), { gzip: false, syncEvery: MORE_THAN_A_BUFFER.length });
  const { handle } = file as unknown as { handle: { datasync: () => Promise<void> } };
  let synced = 0;
  handle.datasync = () => (synced++ === 0 ? Promise.reject(new Error('EIO: i/o error, fdatasync')) : Promise.resolve());
  for (let round = 0; round < 3; round++) await file.write(MORE_THAN_A_BUFFER);
  await expect(file.finish()).rejects.toThrow('EIO');
  expect(synced).toBeGreaterThan(0);
  await file.abandon();
});

it('goes on from an empty file as from any other', async () => {
  writeFileSync(place('c'), '');
  const file = await ExportFile.create(place('d'), { gzip: false });
  await expect(file.goOnFrom(place('c'), 0)).resolves.toBe(true);
  await expect(file.goOnFrom(place('nowhere'), 0)).resolves.toBe(false);
  await file.abandon();
});
