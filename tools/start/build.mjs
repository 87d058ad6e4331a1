// Builds API and console when a source has changed since the last build. Nx would find that out too, but takes seconds to say so.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runChild } from './child.mjs';

const sources = [
  'apps/api',
  'apps/console',
  'libs/audit',
  'libs/contract',
  'libs/detection',
  'package-lock.json',
  'tsconfig.base.json',
  'nx.json',
];
const products = ['dist/apps/api/main.mjs', 'dist/apps/console/index.html'];

function* filesBelow(path) {
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) {
    if (name !== 'node_modules' && !/\.spec\.tsx?$/.test(name)) yield* filesBelow(join(path, name));
  }
}

/** Contents, not times: a fresh checkout of the same sources is the same. */
function fingerprint(root) {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources)
    for (const file of filesBelow(join(root, source))) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}

const stampOf = (root) => join(root, 'dist/.built-from');

/** Whether dist/ is what a build of the sources would make. */
export function isBuilt(root, wanted = fingerprint(root)) {
  const stamp = stampOf(root);
  const current = existsSync(stamp) ? readFileSync(stamp, 'utf8') : null;
  return current === wanted && products.every((file) => existsSync(join(root, file)));
}

export async function build(root) {
  const stamp = stampOf(root);
  const wanted = fingerprint(root);
  if (isBuilt(root, wanted)) return;
  console.log('Building API and console.');
  rmSync(stamp, { force: true });
  // No daemon: it would be a process that outlives us.
  const env = { NX_DAEMON: 'false', NX_TUI: 'false', NODE_ENV: 'production' };
  const code = await runChild(
    process.execPath,
    [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'build', '-p', 'api,console'],
    { cwd: root, env },
  );
  if (code !== 0) throw new Error('The build failed; see above.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}
