/** The small file that outlives the segments: whose directory this is, the mode of the last run, and how far offsets have come. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditMode } from '../audit.types';
import { crc32c } from './crc32c';
import { syncDirectory } from './segment';

/** `modeSince` is null in a directory of an earlier version. */
export type JournalState = { journalId: string; mode: AuditMode | null; modeSince: string | null; lastOffset: bigint };

const sum = (text: string): string => crc32c(Buffer.from(text)).toString(16);

/** Null when there is none yet, or when it is damaged. */
export async function readState(directory: string): Promise<JournalState | null> {
  try {
    const [text = '', checksum] = (await readFile(join(directory, 'state'), 'utf8')).split('\n');
    if (checksum !== sum(text)) return null;
    const value = JSON.parse(text) as { journalId: string; mode: AuditMode | null; modeSince?: string; lastOffset: string };
    return { ...value, modeSince: value.modeSince ?? null, lastOffset: BigInt(value.lastOffset) };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all: written beside, flushed, renamed. */
export async function writeState(directory: string, state: JournalState): Promise<void> {
  const text = JSON.stringify({ ...state, lastOffset: String(state.lastOffset) });
  const path = join(directory, 'state');
  const file = await open(`${path}.next`, 'w', 0o600);
  try {
    await file.writeFile(`${text}\n${sum(text)}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.next`, path);
  await syncDirectory(directory);
}

export const newJournalId = (): string => randomUUID();
