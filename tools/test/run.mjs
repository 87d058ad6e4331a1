// `npm test`: everything that must hold, in the order in which a failure is cheapest to learn. Ends with `N passed, N failed` alone on a line.
//   npm test                 everything
//   npm test -- lint api     only the steps named
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from '../start/build.mjs';
import { runChild } from '../start/child.mjs';
import { install } from '../start/install.mjs';
import { findChromium } from './chromium.mjs';
import { countTests } from './count.mjs';

const root = join(import.meta.dirname, '../..');
const wanted = process.argv.slice(2);
const total = { passed: 0, failed: 0, notes: [] };
const environment = {
  ...{ NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  // What specs load and make is mostly short-lived: V8 collects it three per cent of all processor time sooner with room for it.
  NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --max-semi-space-size=64`.trim(),
};
const bin = (path) => join(root, 'node_modules', path);

/**
 * No program here runs for long, and V8 makes fast code of functions that are over before it pays: a seventh of all processor time. It waits four
 * times longer. The product itself runs as it is delivered. A Node that does not know the option goes without.
 */
const patient = ['--interrupt-budget=528000'].filter((option) => spawnSync(process.execPath, [option, '-e', '0']).status === 0);
const node = (args, env = {}) => runChild(process.execPath, [...patient, ...args], { cwd: root, env: { ...environment, ...env } });
const nx = (...args) => node([bin('nx/dist/bin/nx.js'), 'run-many', '--output-style=static', ...args]);

/** A check counts as one test. */
const check = (run) => async (name) => {
  const passed = (await run()) === 0;
  total[passed ? 'passed' : 'failed'] += 1;
  if (!passed) total.notes.push(`${name} failed`);
};

const jest =
  (project, env, workers = 2) =>
  async (name) => {
    const report = join(root, 'node_modules/.cache/pinebill-test', `${name}.json`);
    mkdirSync(dirname(report), { recursive: true });
    rmSync(report, { force: true });
    const args = [
      bin('jest/bin/jest.js'),
      '-c',
      `${project}/jest.config.cjs`,
      '--passWithNoTests',
      `--maxWorkers=${workers}`,
      `--testSequencer=${join(import.meta.dirname, 'longest-first.cjs')}`,
      '--json',
      `--outputFile=${report}`,
    ];
    const code = await node(args, env);
    const { passed, failed, skipped } = countTests(report, code);
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) total.notes.push(`${name}: ${failed} failed`);
    if (skipped > 0) total.notes.push(`${name}: ${skipped} skipped`);
  };

async function journeys(name) {
  const chromium = await findChromium();
  if (chromium) return jest('apps/e2e', { CHROMIUM_PATH: chromium })(name);
  const note = 'e2e: SKIPPED the journeys in a browser: no Chromium found; install chromium, or name one in CHROMIUM_PATH';
  console.log(note);
  total.notes.push(note);
  // What was not run is not proven; on a machine that is there to prove it, that is a failure.
  if (process.env.CI) total.failed += 1;
}

const builds = async () => {
  try {
    await build(root);
    return 0;
  } catch (error) {
    console.error(error.message);
    return 1;
  }
};

const steps = {
  generate: check(() => node(['tools/start/generate.mjs', '--check'])),
  format: check(() => node([bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'])),
  typecheck: check(() => nx('-t', 'typecheck')),
  // As `nx run-many -t lint`, in one process: what the projects share is read and typed once.
  lint: check(() => node([bin('eslint/bin/eslint.js'), 'apps', 'libs', 'tools', '--max-warnings', '0'])),
  contract: jest('libs/contract'),
  audit: jest('libs/audit'),
  detection: jest('libs/detection'),
  build: check(builds),
  // Several of its files start the product and wait for it.
  api: jest('apps/api', {}, 3),
  console: jest('apps/console', {}, 2), // beside the API
  tools: jest('tools'),
  e2e: journeys,
};

/**
 * One line after the other, the lanes of a line at once. The faults among the tools wait for most of their two minutes, and so does what starts
 * the product among the tests of the API; what runs beside them measures nothing.
 */
const order = [
  [['generate', 'build']],
  [
    ['format', 'typecheck', 'lint'],
    ['tools', 'contract', 'audit', 'detection'],
  ],
  [['api'], ['console']],
  [['e2e']],
];
const left = Object.keys(steps).filter((name) => !order.flat(2).includes(name));
if (left.length > 0) throw new Error(`Steps that never run: ${left.join(', ')}`);

const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are ${Object.keys(steps).join(', ')}.`);
  process.exit(2);
}
await install(root);
/** Seconds of processor time of the children that have ended: tells a step that works from one that waits. Null where there is no /proc. */
function processorSeconds() {
  try {
    const [user, system] = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ').slice(13, 15).map(Number);
    return (user + system) / 100;
  } catch {
    return null;
  }
}

async function step(name) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const startedAt = Date.now();
  console.log(`\n=== ${name}`);
  await steps[name](name);
  const used = processorSeconds();
  console.log(
    `=== ${name}: ${((Date.now() - startedAt) / 1000).toFixed(0)} s${used === null ? '' : `; processor so far ${used.toFixed(0)} s`}`,
  );
}
const inTurn = async (names) => {
  for (const name of names) await step(name);
};
for (const lanes of order) await Promise.all(lanes.map(inTurn));
for (const note of total.notes) console.log(note);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
