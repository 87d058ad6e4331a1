// Takes out one wall at a time and looks whether a test notices:
//
//   node tools/mutations/mutations.mjs [--doors] [--policies] [--table file] [name...]
//
// Without names: everything on the list. --doors: each @Access of each controller as well; --policies: each policy of row-level security, as
// the catalogue lists them. Works on a copy of HEAD in the temporary directory, which is gone afterwards, and on a PostgreSQL of its own. What
// is in the working tree and not committed is not looked at. Ends with 1 when a mutation survives, is stale, or when a spec fails without one.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { doorsOf, mutated, mutations, policiesOf, specFiles } from './list.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const require = createRequire(import.meta.url);
/** A spec that hangs, because what it waits for never comes, has noticed. */
const PATIENCE_MS = 240_000;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { doors: { type: 'boolean' }, policies: { type: 'boolean' }, table: { type: 'string' } },
});

const copy = mkdtempSync(join(tmpdir(), 'pinebill-mutations-'));
let running = null;

function makeCopy() {
  const archive = execFileSync('git', ['archive', 'HEAD', '--', 'apps', 'libs', 'tools', 'docs', '*.json', '*.cjs', '*.ts', '*.mjs'], { cwd: root, maxBuffer: 1 << 30 }); // prettier-ignore
  execFileSync('tar', ['-x', '-C', copy], { input: archive });
  mkdirSync(join(copy, 'tmp'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

/** Resolves with what the reporter said; ends at the first failure. */
function runSpecs(files) {
  const args = [require.resolve('jest/bin/jest'), '-c', join(here, 'jest.config.cjs'), '--runInBand', '--runTestsByPath', ...files];
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd: copy,
      env: { ...process.env, PINEBILL_MUTANT: copy, TMPDIR: join(copy, 'tmp') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running = child;
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    let late = false;
    const timer = setTimeout(() => (late = child.kill('SIGKILL')), PATIENCE_MS);
    child.on('close', () => {
      clearTimeout(timer);
      running = null;
      const said = [...text.matchAll(/^@@(.*)$/gm)].map(([, json]) => JSON.parse(json));
      const find = (key) => said.find((one) => key in one);
      if (late) return done({ failed: 'nothing came of it in time' });
      done(find('failed') ?? find('broken') ?? find('passed') ?? { broken: text.slice(-2_000) || 'it ended without a word' });
    });
  });
}

async function asAdmin(work) {
  const client = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A killed run leaves its databases, and the template may have been made by a migration that is not the real one. */
const dropDatabases = ({ templates }) =>
  asAdmin(async (client) => {
    const { rows } = await client.query("select datname from pg_database where datname not in ('postgres', 'template0', 'template1')");
    for (const { datname } of rows) if (templates || datname.startsWith('t_')) await client.query(`drop database ${datname} with (force)`);
  });

async function policies() {
  const url = Object.assign(new URL(process.env.TEST_POSTGRES_URL), { pathname: '/app_template' }).toString();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`select relname as table, polname as policy, polcmd as command
    from pg_policy p join pg_class c on c.oid = p.polrelid where 'pinebill_app'::regrole = any(polroles) order by 1, 2`);
  await client.end();
  // Open to every insert by design, see apps/api/src/testing/walls.ts.
  return policiesOf(rows.filter(({ table, policy }) => `${table}.${policy}` !== 'audit_quarantine.keep'));
}

/** A statement that the template gets when it has been made. */
const inTemplate = (sql) => ({
  file: 'libs/testing/src/database.ts',
  find: '      await prepare(urlOf(draft));\n',
  replace: `      await prepare(urlOf(draft));
      const mutation = new Client({ connectionString: urlOf(draft), options: '-c search_path=app' });
      await mutation.connect();
      await mutation.query(${JSON.stringify(sql)});
      await mutation.end();\n`,
});

async function tryOne(mutation) {
  const edit = mutation.sql === undefined ? mutation : { ...mutation, ...inTemplate(mutation.sql) };
  const path = join(copy, edit.file);
  const before = readFileSync(path, 'utf8');
  const startedAt = Date.now();
  let verdict;
  try {
    writeFileSync(path, mutated(before, edit));
    const touchesTemplate = mutation.sql !== undefined || /migrations|postgres-|prepare-database/.test(edit.file);
    if (touchesTemplate) await dropDatabases({ templates: true });
    const { failed, broken } = await runSpecs(specFiles(copy, mutation));
    verdict = failed
      ? { verdict: 'killed', by: failed }
      : broken
        ? { verdict: 'BROKEN', by: broken.slice(0, 300) }
        : { verdict: 'SURVIVED', by: '' };
    await dropDatabases({ templates: touchesTemplate });
  } catch (error) {
    if (!/is stale/.test(error.message)) throw error;
    verdict = { verdict: 'STALE', by: error.message };
  } finally {
    writeFileSync(path, before);
  }
  return { name: mutation.name, seconds: (Date.now() - startedAt) / 1_000, ...verdict };
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 160);
const tableOf = (results) =>
  [
    '| taken out | verdict | seconds | by the test |',
    '| --- | --- | ---: | --- |',
    ...results.map(({ name, verdict, seconds, by }) => `| ${cell(name)} | ${verdict} | ${seconds.toFixed(0)} | ${cell(by)} |`),
  ].join('\n');

async function chosen() {
  const all = [...mutations, ...(options.doors ? doorsOf(copy) : []), ...(options.policies ? await policies() : [])];
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no mutation ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}.`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/** Red without a mutation proves nothing about one. Makes the template, too. */
async function baseline(list) {
  const files = [...new Set([...list.flatMap((mutation) => specFiles(copy, mutation)), 'apps/api/src/database/walls-filters.db.spec.ts'])];
  console.log(`${files.length} spec files, first as they are ...`);
  const { failed, broken, why, passed } = await runSpecs(files);
  if (failed ?? broken) throw new Error(`A spec fails without any mutation: ${failed ?? broken}\n${why ?? ''}`);
  console.log(`${passed} tests pass`);
}

async function main() {
  makeCopy();
  await require('../../libs/testing/jest-postgres.setup.cjs')();
  await baseline(names.length === 0 ? mutations : mutations.filter(({ name }) => names.includes(name)));
  const results = [];
  for (const mutation of await chosen()) {
    const result = await tryOne(mutation);
    results.push(result);
    console.log(`${result.verdict.padEnd(8)} ${result.seconds.toFixed(0).padStart(4)} s  ${result.name}  ${cell(result.by)}`);
  }
  if (options.table) writeFileSync(options.table, `${tableOf(results)}\n`);
  const alive = results.filter(({ verdict }) => verdict !== 'killed');
  console.log(
    `${results.length - alive.length} of ${results.length} mutations killed${alive.map(({ name, verdict }) => `\n${verdict}: ${name}`).join('')}`,
  );
  return alive.length === 0 ? 0 : 1;
}

let ended = null;
const end = () => (ended ??= cleanUp());
async function cleanUp() {
  running?.kill('SIGKILL');
  await require('../../libs/testing/jest-postgres.teardown.cjs')();
  rmSync(copy, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end().finally(() => process.exit(130)));

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await end();
}
