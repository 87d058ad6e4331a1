/**
 * The data directory belongs to one process. The lock is a file with the owner's id and start time, put in place by link(2), which is atomic:
 * it needs no clean-up after a kill -9, since a lock whose process is gone is taken over. It guards against two starts on one machine, not
 * against two machines that share a disk.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isAlive, startTimeOf } from './process-identity';
import { codeOf, StartError } from './start-error';

type Owner = { pid: number; startTime: string | null };
export type DataDirectory = { path: string; release(): void };

const ATTEMPTS = 5;

/** As a person would type it. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

export function openDataDirectory(path: string): DataDirectory {
  try {
    // Others may pass through (as root, PostgreSQL runs as another user), not look around; what lies inside has modes of its own.
    mkdirSync(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return lock(path);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The data directory ${shownPath(path)} cannot be written (${codeOf(error) ?? String(error)}). Give it to this user, or name another in PINEBILL_DATA_DIR.`,
    );
  }
}

function lock(path: string): DataDirectory {
  const file = join(path, 'lock');
  const mine: Owner = { pid: process.pid, startTime: startTimeOf(process.pid) };
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (linked(draft, file)) return { path, release: () => releaseLock(file, mine) };
      const text = textOf(file);
      const owner = text === null ? null : parsed(text);
      if (owner && holds(owner)) throw new StartError(`The data directory ${shownPath(path)} is in use by process ${owner.pid}.`);
      if (text !== null) removeStale(file, text);
    }
    throw new StartError(`The data directory ${shownPath(path)} is being started by another process. Try again.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

const holds = (owner: Owner): boolean =>
  owner.pid !== process.pid && isAlive(owner.pid) && (owner.startTime === null || owner.startTime === startTimeOf(owner.pid));

/** Two starts may find the same dead lock: what was moved away is looked at again, and put back when it was somebody's fresh one. */
function removeStale(file: string, staleText: string): void {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // another start was faster
  }
  if (textOf(aside) !== staleText) linked(aside, file);
  rmSync(aside, { force: true });
}

function releaseLock(file: string, mine: Owner): void {
  if (textOf(file) === JSON.stringify(mine)) rmSync(file, { force: true });
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parsed(text: string): Owner | null {
  try {
    const { pid, startTime } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === 'number' ? { pid, startTime: startTime ?? null } : null;
  } catch {
    return null; // a lock that nobody can read locks nobody out
  }
}
