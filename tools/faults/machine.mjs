// What the machine lends the scenarios: programs of the distribution, and small file systems.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Impossible } from './stage.mjs';

function inPath(name) {
  const places = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return places.map((place) => join(place, name)).find(isExecutable) ?? null; // prettier-ignore
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function install(name) {
  if (process.getuid?.() !== 0 || !inPath('apt-get')) return;
  console.log(`Installing ${name} (apt-get install ${name}).`);
  const options = { cwd: '/', stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options);
}

/** The program, installed if we may; null when there is none. */
export function findTool(name) {
  if (!inPath(name)) install(name);
  return inPath(name);
}

/** The library that shows a process another time; null when there is none. */
export function findFaketime() {
  const find = () => ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((arch) => `/usr/lib/${arch}/faketime/libfaketimeMT.so.1`).find((path) => existsSync(path)); // prettier-ignore
  if (!find()) install('faketime');
  return find() ?? null;
}

/** A file system of its own at `path`, gone at the end of the stage. */
export function mountSmall(stage, path, bytes) {
  mkdirSync(path, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'pinebill-faults', path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Impossible(`no small file system may be mounted here: ${stderr?.trim()}`);
  stage.atEnd(() => void spawnSync('umount', ['-l', path]));
}
