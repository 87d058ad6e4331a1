import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { journalDirectory } from '../testing/audit-database';
import { JournalInUseError, lockJournal } from './journal-lock';

let directory: Awaited<ReturnType<typeof journalDirectory>>;
beforeEach(async () => {
  directory = await journalDirectory();
});
afterEach(() => directory.remove());

const leaveLock = (holder: object): Promise<void> =>
  writeFile(join(directory.path, 'lock-1'), JSON.stringify({ startedAt: null, host: hostname(), token: 'left', ...holder }));

/** The id of a process that is gone. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('the lock of a journal directory', () => {
  it('lets one in, and tells the second who holds it', async () => {
    const lock = await lockJournal(directory.path);
    await expect(lockJournal(directory.path)).rejects.toThrow(JournalInUseError);
    await expect(lockJournal(directory.path)).rejects.toThrow(`is in use by process ${process.pid}`);
    await lock.release();
    await (await lockJournal(directory.path)).release();
    expect(await readdir(directory.path)).toEqual([]);
  });

  it('lets in one of many that come at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => lockJournal(directory.path)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a dead process by one of many that come at once', async () => {
    await leaveLock({ pid: await deadPid() });
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => lockJournal(directory.path)));
    const got = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(got).toHaveLength(1);
    expect(JSON.parse(await readFile(join(directory.path, 'lock-2'), 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('is taken over when the number of the dead process was given to another one', async () => {
    await leaveLock({ pid: process.pid, startedAt: '1' }); // our own number, but not our start time
    await expect(lockJournal(directory.path)).resolves.toBeDefined();
  });

  it('is not taken from a live process that started when the file says', async () => {
    const stat = await readFile('/proc/self/stat', 'latin1');
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    await leaveLock({ pid: process.pid, startedAt });
    await expect(lockJournal(directory.path)).rejects.toThrow(JournalInUseError);
  });

  it('is taken over when its file is torn', async () => {
    await writeFile(join(directory.path, 'lock-1'), '{"pid":');
    await expect(lockJournal(directory.path)).resolves.toBeDefined();
  });
});
