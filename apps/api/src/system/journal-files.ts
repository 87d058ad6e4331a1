import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** When anything was last written to a file of the journal, as the file system says; null when it cannot be read. */
export async function lastWrite(directory: string): Promise<Date | null> {
  try {
    const names = await readdir(directory);
    const times = await Promise.all(names.map(async (name) => (await stat(join(directory, name)).catch(() => null))?.mtimeMs ?? 0));
    const latest = Math.max(0, ...times);
    return latest === 0 ? null : new Date(latest);
  } catch {
    return null;
  }
}
