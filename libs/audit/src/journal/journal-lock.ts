/**
 * A journal directory belongs to one process. The lock file names its holder; a holder that is dead leaves the lock to the next start, so a
 * SIGKILL needs no operator. A pid alone can be reused: where /proc exists its start time is compared too. A holder on another machine or in
 * another container cannot be looked up; it is alive when it still touches the file.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
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

const lockNumber = (name: string): number => Number(/^lock-(\d+)$/.exec(name)?.[1] ?? 0);

/** Everyone who says to hold the lock and lives; also the highest number there is. */
async function look(directory: string, me: string | null): Promise<{ live: Holder | null; highest: number; dead: string[] }> {
  const names = (await readdir(directory)).filter((name) => lockNumber(name) > 0);
  const seen = { live: null as Holder | null, highest: Math.max(0, ...names.map(lockNumber)), dead: [] as string[] };
  for (const name of names) {
    const path = join(directory, name);
    const holder = await readHolder(path).catch(() => 'gone' as const);
    if (holder === 'gone' || holder?.token === me) continue;
    if (holder && (await isAlive(holder, path).catch(() => false))) seen.live = holder;
    else seen.dead.push(path);
  }
  return seen;
}

/**
 * Links its file in under the number behind the highest, which only one of several can. Never takes a file away before it holds the lock: one
 * that was dead when looked at may be live when removed. Whoever looked long ago finds out by looking again, and steps back.
 */
async function take(directory: string, mine: string, token: string): Promise<string> {
  for (;;) {
    const before = await look(directory, null);
    if (before.live) throw new JournalInUseError(directory, before.live.pid);
    const path = join(directory, `lock-${before.highest + 1}`);
    try {
      await link(mine, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue; // another was faster, look again
      throw error;
    }
    const after = await look(directory, token);
    if (!after.live) {
      await Promise.all(after.dead.map((dead) => unlink(dead).catch(() => undefined)));
      return path;
    }
    await unlink(path);
    throw new JournalInUseError(directory, after.live.pid);
  }
}

export async function lockJournal(directory: string): Promise<JournalLock> {
  const holder: Holder = { pid: process.pid, startedAt: startOf(process.pid), host: hostname(), token: randomUUID() };
  const mine = join(directory, `${holder.token}.lock`);
  await writeFile(mine, JSON.stringify(holder), { mode: 0o600 });
  const path = await take(directory, mine, holder.token).finally(() => unlink(mine));
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      await unlink(path).catch(() => undefined);
    },
  };
}
