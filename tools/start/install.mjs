// Are the packages of the lock file installed? npm keeps a lock of what it has put into node_modules and writes it last.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

export function isInstalled(root) {
  try {
    const wanted = Object.entries(packagesOf(join(root, 'package-lock.json'))).filter(([path]) => path !== '');
    const found = packagesOf(join(root, 'node_modules/.package-lock.json'));
    // What is optional may be missing: packages for other systems.
    return wanted.every(([path, { version, optional }]) => (found[path] ? found[path].version === version : optional === true));
  } catch {
    return false;
  }
}

export async function install(root) {
  if (isInstalled(root)) return;
  console.log('Installing packages (npm ci); the first time takes about a minute.');
  // --include=dev: the build needs them, whatever NODE_ENV says.
  const code = await runChild('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--progress=true'], { cwd: root, env: {} });
  if (code !== 0) throw new Error('The packages could not be installed; npm says why above.');
}
