// `npm start`, `npm run demo`, `npm run reset-admin`, `npm run maintenance`, `npm run journals`: needs Node and npm, nothing else. Installs what is missing, builds what has changed, and
// becomes the product: one process, so that a signal reaches it without being passed on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { install } from './install.mjs';

const OLDEST_NODE = [20, 19];

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Error(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE.join('.')} or newer.`);
}

function prepareDemo() {
  process.env.PINEBILL_DEMO = '1';
  process.env.PINEBILL_DATA_DIR ||= '.pinebill-demo';
}

/** These orders are given while the product runs: what that was started from must not be replaced under it. */
const leaveAsItIs = () =>
  ['--maintenance', '--journals'].some((order) => process.argv.includes(order)) && existsSync(join(root, 'dist/apps/api/main.mjs'));

/** Told to stop, npm tells the shell it has put between itself and us; a shell that cannot pass that on leaves us behind, and we stop as well. */
function stopWithParent() {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.kill(process.pid, 'SIGTERM'), 500).unref();
}

let root;
try {
  requireNode();
  root = join(import.meta.dirname, '../..');
  process.chdir(root);
  if (process.env.npm_lifecycle_event) stopWithParent();
  if (process.argv.includes('--demo')) prepareDemo();
  if (!leaveAsItIs()) {
    await install(root);
    await build(root);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist/apps/api/main.mjs')).href);
