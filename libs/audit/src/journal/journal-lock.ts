/**
 * A journal directory belongs to one process. The lock file names its holder; a holder that is dead leaves the lock to the next start, so a
 * SIGKILL needs no operator. A pid alone can be reused: where /proc exists its start time is compared too. A holder on another machine or in
 * another container cannot be looked up; it is alive when it still touches the file.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;

export class JournalInUseError extends Error {
  override readonly name = 'JournalInUseError';
  constructor(
    readonly directory: string,
    readonly pid: number,
  ) {
    super(`The journal directory ${directory} is in use by process ${pid}. Stop that process, or give this one a directory of its own.`);
  }
}

type Holder = { pid: number; startedAt: string | null; host: string; token: string };
export type JournalLock = { release(): Promise<void> };

/** Field 22 of /proc/<pid>/stat: clock ticks from boot to start. Null where there is no /proc, or no such process. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isAlive(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    const before = await stat(path);
    await wait(2.5 * HEARTBEAT_MS);
    return (await stat(path)).mtimeMs !== before.mtimeMs;
  }
  if (!runs(holder.pid)) return false;
  return holder.startedAt === null || startOf(holder.pid) === null || startOf(holder.pid) === holder.startedAt;
}

async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, 'utf8');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'pid' in value && 'token' in value ? (value as Holder) : null;
  } catch {
    return null; // made by nobody who holds anything: the file is linked into place whole
  }
}

/** Takes the dead holder's file out of the way. Only one of several can rename it; whoever finds a live one in its hand puts it back. */
async function clear(path: string, dead: Holder | null): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside);
  const taken = await readHolder(aside);
  if (taken?.token !== dead?.token) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}

async function tryLock(path: string, mine: string, directory: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    const holder = await readHolder(path);
    if (holder && (await isAlive(holder, path))) throw new JournalInUseError(directory, holder.pid);
    await clear(path, holder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // ENOENT: another start was faster, look again
  }
  return false;
}

export async function lockJournal(directory: string): Promise<JournalLock> {
  const path = join(directory, 'lock');
  const holder: Holder = { pid: process.pid, startedAt: startOf(process.pid), host: hostname(), token: randomUUID() };
  const mine = `${path}.${holder.token}`;
  await writeFile(mine, JSON.stringify(holder), { mode: 0o600 });
  try {
    while (!(await tryLock(path, mine, directory)));
  } finally {
    await unlink(mine);
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      const current = await readHolder(path).catch(() => null);
      if (current?.token === holder.token) await unlink(path);
    },
  };
}
