// A Chromium for the journeys: the one that is named, one on the machine, else the distribution's package when we may install it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runChild } from '../start/child.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const inPath = (programs) => {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return programs.flatMap((name) => directories.map((directory) => join(directory, name))).find(isExecutable) ?? null;
};

export async function findChromium() {
  if (process.env.CHROMIUM_PATH) return isExecutable(process.env.CHROMIUM_PATH) ? process.env.CHROMIUM_PATH : null;
  const found = inPath(names);
  if (found || process.getuid?.() !== 0 || !inPath(['apt-get'])) return found;
  console.log('Installing Chromium for the journeys (apt-get install chromium).');
  const options = { cwd: '/', env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await runChild('apt-get', ['update', '-qq'], options);
  await runChild('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  return inPath(names);
}
