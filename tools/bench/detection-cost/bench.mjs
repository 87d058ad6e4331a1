/**
 * What detection costs a processor at a steady rate of requests: records are stored by the store of the product in a PostgreSQL of the benchmark's own, three seconds'
 * worth at a time, and after each the runner takes its step, as the product does. Counted is the processor time of the step alone, in this process and in the server's
 * process of its connection; storing the records is not in it. Ends with 1 when the goal is missed. Results: docs/benchmarks.md.
 *
 * With --backlog so many requests are stored at once afterwards, and the runner catches up: how long that takes, and how long requests would have to wait for it.
 *
 *   node tools/bench/detection-cost/bench.mjs [--rate 500] [--minutes 10] [--keys 40] [--backlog 0]
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { rolldown } from 'rolldown';
import { DataSource } from 'typeorm';
import { startCluster } from '../reading/cluster.mjs';

const { values } = parseArgs({ options: { rate: { type: 'string', default: '500' }, minutes: { type: 'string', default: '10' }, keys: { type: 'string', default: '40' }, backlog: { type: 'string', default: '0' } } }); // prettier-ignore
const [rate, minutes, keys] = [Number(values.rate), Number(values.minutes), Number(values.keys)];
const GOAL = 0.05;
const LOOK_SECONDS = 3;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const directory = join(root, 'dist/bench/detection-cost');

/** The code of the product that is measured. */
async function product() {
  const input = Object.fromEntries(
    Object.entries({
      audit: 'libs/audit/src/index.ts',
      prepare: 'apps/api/src/database/prepare-database.ts',
      source: 'apps/api/src/database/data-source.ts',
      tenant: 'apps/api/src/database/tenant.ts',
      steps: 'apps/api/src/detections/detection-steps.service.ts',
      runner: 'apps/api/src/detections/detection-runner.jobs.ts',
      keeper: 'apps/api/src/detections/finding-keeper.ts',
      listeners: 'apps/api/src/detections/finding-listener.ts',
    }).map(([name, path]) => [name, join(root, path)]),
  );
  const external = (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id);
  const bundle = await rolldown({ input, platform: 'node', tsconfig: join(root, 'apps/api/tsconfig.json'), external });
  await bundle.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs', keepNames: true });
  const modules = await Promise.all(Object.keys(input).map((name) => import(join(directory, `${name}.mjs`))));
  return Object.assign({}, ...modules);
}

/** The same numbers in each run. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const routes = ['/v1/invoices', '/v1/invoices/{id}', '/v1/customers', '/v1/customers/{id}', '/v1/audit-logs'];
const methods = ['GET', 'GET', 'GET', 'GET', 'POST'];

function maker({ recordId }, organizationId) {
  const next = random(7);
  const uuid = (number) => `01930000-0000-7000-8000-${String(number).padStart(12, '0')}`;
  return (at) => {
    // Few keys make most of the calls.
    const key = Math.floor(next() ** 2 * keys);
    const status = next() < 0.96 ? 200 : [400, 401, 404, 429, 500][Math.floor(next() * 5)];
    const route = routes[Math.floor(next() * routes.length)];
    return {
      id: recordId(at), organizationId, kind: 'request', startedAt: at.toISOString(), durationMs: 4 + next() * 40, clientRequestId: null,
      method: methods[Math.floor(next() * methods.length)], path: route.replace('{id}', `inv_${Math.floor(next() * 10_000)}`), query: null, route, status,
      outcome: 'completed', reason: null, actorType: 'apiKey', actorId: uuid(key), actorName: `Key ${key}`, apiKeyId: uuid(key), apiKeyName: `Key ${key}`,
      apiKeyLast4: 'abcd', apiKeyState: 'active', keyFingerprint: null, service: null, team: null, environment: null,
      ip: `10.${key}.${Math.floor(next() * 4)}.${Math.floor(next() * 200)}`, peerIp: null, country: 'DE', userAgent: `service-${key}/1.4`,
      requestBytes: Math.floor(next() * 900), responseBytes: Math.floor(next() * 4_000), authMs: 0.3, handlerMs: 3, error: null, traceId: null, marks: [], gap: null,
    }; // prettier-ignore
  };
}

const code = await product();
const cluster = await startCluster();
const admin = new pg.Client(cluster.url('postgres'));
await admin.connect();
await admin.query('create database cost');
await admin.end();
const url = cluster.url('cost');
await code.prepareDatabase({ ownerUrl: url, loginUrl: url, firstRun: { organization: 'Bench', adminEmail: 'bench@example.com', adminPassword: 'a few unrelated words' } }); // prettier-ignore
await cluster.asTheProduct();

const options = code.appDataSourceOptions(url);
const source = await new DataSource({ ...options, extra: { ...options.extra, max: 1 } }).initialize();
const [{ id: organizationId }] = await source.query('select id from organization limit 1').then(async (rows) => {
  if (rows.length > 0) return rows;
  const owner = new pg.Client({ connectionString: url, options: '-c search_path=app' });
  await owner.connect();
  const found = await owner.query('select id from organization limit 1');
  await owner.end();
  return found.rows;
});
const [{ pid }] = await source.query('select pg_backend_pid() as pid');
/** Processor time of the server's process, in ms. */
const serverMs = () => {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
  return (user + system) * 10;
};

let now = new Date();
const steps = new code.DetectionSteps(new code.Tenant(source), { now: () => now }, new code.FindingKeeper(new code.FindingListeners()));
const store = new code.PostgresStore({ url });
const make = maker(code, organizationId);
const journalId = code.recordId(now);
let offset = 0n;

async function write(count = rate * LOOK_SECONDS) {
  const begin = now.getTime();
  for (let done = 0; done < count; done += 1_000) {
    const entries = Array.from({ length: Math.min(1_000, count - done) }, (_, index) => ({
      offset: ++offset,
      record: make(new Date(begin + ((done + index) * LOOK_SECONDS * 1_000) / count)),
    }));
    await store.append({ journalId, entries, upTo: offset });
  }
  now = new Date(begin + LOOK_SECONDS * 1_000);
}

const spent = { own: 0, server: 0, longest: 0 };
async function step(counts) {
  const before = [process.cpuUsage(), serverMs(), performance.now()];
  while ((await steps.step(organizationId)).more);
  if (!counts) return;
  const { user, system } = process.cpuUsage(before[0]);
  spent.own += (user + system) / 1_000;
  spent.server += serverMs() - before[1];
  spent.longest = Math.max(spent.longest, performance.now() - before[2]);
}

const rounds = Math.round((minutes * 60) / LOOK_SECONDS);
const warming = Math.min(20, Math.floor(rounds / 4));
for (let round = 0; round < rounds; round++) {
  await write();
  await step(round >= warming);
}
const seconds = (rounds - warming) * LOOK_SECONDS;
const share = (ms) => ms / 10 / seconds;
const [{ bytes, parts }] = await source.transaction(async (tx) => {
  await tx.query(`set local app.organization_id = '${organizationId}'`);
  return tx.query('select coalesce(sum(length(state)), 0) as bytes, count(*) as parts from detection_state');
});
console.log(`${rate} requests a second of ${keys} keys, ${seconds} s of traffic, a step each ${LOOK_SECONDS} s`);
console.log(`  the runner:  ${share(spent.own).toFixed(2)} % of a core`);
console.log(`  PostgreSQL:  ${share(spent.server).toFixed(2)} % of a core`);
console.log(
  `  the longest step took ${spent.longest.toFixed(0)} ms by the clock; memory of ${parts} parts, ${(bytes / 1024).toFixed(0)} KiB`,
);
const backlog = Number(values.backlog);
if (backlog > 0) {
  for (let done = 0; done < backlog; done += rate * LOOK_SECONDS) await write();
  const runner = new code.DetectionRunner(source, null, steps, { now: () => now }, { detection: true });
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const [began, before] = [performance.now(), performance.eventLoopUtilization()];
  await runner.look();
  delay.disable();
  const busy = performance.eventLoopUtilization(before).utilization;
  console.log(
    `A backlog of ${backlog}: ${((performance.now() - began) / 1_000).toFixed(1)} s; the event loop was busy for ${(busy * 100).toFixed(0)} % of it, ` +
      `held up for ${(delay.percentile(99) / 1e6).toFixed(0)} ms at the 99th percentile and ${(delay.max / 1e6).toFixed(0)} ms at the most.`,
  );
}
await store.close();
await source.destroy();
await cluster.stop();
const isOver = share(spent.own) / 100 > GOAL;
console.log(isOver ? `The goal of ${GOAL * 100} % is missed.` : `The goal of ${GOAL * 100} % is kept.`);
process.exit(isOver ? 1 : 0);
