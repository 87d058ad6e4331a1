/**
 * A file that only takes room. A full disk would leave a journal no way out: before the oldest file can be deleted, what it says of requests that
 * have not ended must be written anew, and a start needs room for its lock. Then this file goes, and is made again when there is room.
 */
import { open, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const RESERVE_BYTES = 1024 * 1024;
const pathOf = (directory: string): string => join(directory, 'reserve');

/** Bytes, not a hole: a sparse file would take no room. Fails in silence, for it is tried again. */
export async function makeReserve(directory: string): Promise<void> {
  const path = pathOf(directory);
  const size = await stat(path).then(
    ({ size: bytes }) => bytes,
    () => 0,
  );
  if (size >= RESERVE_BYTES) return;
  try {
    const file = await open(path, 'w', 0o600);
    try {
      await file.writeFile(Buffer.alloc(RESERVE_BYTES));
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch {
    await unlink(path).catch(() => undefined); // half of it helps nobody
  }
}

/** False when there was none. */
export async function releaseReserve(directory: string): Promise<boolean> {
  return unlink(pathOf(directory)).then(
    () => true,
    () => false,
  );
}

export const isDiskFull = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ENOSPC' || (error as NodeJS.ErrnoException).code === 'EDQUOT';
