import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory } from './data-directory';
import { isAlive, startTimeOf } from './process-identity';

let base: string;
let other: ChildProcess;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'pinebill-lock-'));
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
});
afterAll(() => {
  other.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

const fresh = (): string => mkdtempSync(join(base, 'd-'));
const writeLock = (directory: string, owner: unknown): void => writeFileSync(join(directory, 'lock'), JSON.stringify(owner));
const pidOf = (child: ChildProcess): number => child.pid ?? 0;

it('makes the directory, and leaves nothing but the lock in it', () => {
  const path = join(fresh(), 'a/b');
  const directory = openDataDirectory(path);
  expect(readdirSync(path)).toEqual(['lock']);
  expect(statSync(join(path, 'lock')).mode & 0o777).toBe(0o600);
  directory.release();
  expect(readdirSync(path)).toEqual([]);
});

it('refuses a directory that a living process holds, and names it', () => {
  const path = fresh();
  writeLock(path, { pid: pidOf(other), startTime: startTimeOf(pidOf(other)) });
  expect(() => openDataDirectory(path)).toThrow(`The data directory ${path} is in use by process ${pidOf(other)}.`);
});

it('takes over from a process that is gone', async () => {
  const path = fresh();
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  writeLock(path, { pid: pidOf(gone), startTime: '1' });
  openDataDirectory(path).release();
});

it('takes over when the process id belongs to another program by now', () => {
  const path = fresh();
  writeLock(path, { pid: pidOf(other), startTime: 'long ago' });
  openDataDirectory(path).release();
});

it('takes over its own id: in a container every start has the same', () => {
  const path = fresh();
  writeLock(path, { pid: process.pid, startTime: '1' });
  openDataDirectory(path).release();
});

it.each(['', '{', '[]', '{"pid":"x"}'])('is not locked out by a broken lock: %p', (text) => {
  const path = fresh();
  writeFileSync(join(path, 'lock'), text);
  openDataDirectory(path).release();
});

it('does not take away a lock that is no longer its own', () => {
  const path = fresh();
  const directory = openDataDirectory(path);
  writeLock(path, { pid: pidOf(other), startTime: startTimeOf(pidOf(other)) });
  directory.release();
  expect(existsSync(join(path, 'lock'))).toBe(true);
});

it('says in one line that a directory cannot be made', () => {
  const file = join(fresh(), 'file');
  writeFileSync(file, '');
  expect(() => openDataDirectory(join(file, 'data'))).toThrow(
    /^The data directory .* cannot be written \(ENOTDIR\)\. .*PINEBILL_DATA_DIR\.$/,
  );
});

it('does not take a process that has ended for a living one', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  expect(isAlive(pidOf(child))).toBe(true);
  await once(child, 'exit');
  expect(isAlive(pidOf(child))).toBe(false);
});
