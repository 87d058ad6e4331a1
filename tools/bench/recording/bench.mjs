/**
 * What recording costs: the same service without it and with it, side by side, in rounds that take turns, so that what else the machine does
 * hits all of them. Results: docs/benchmarks.md.
 *
 *   node tools/bench/recording/bench.mjs [--seconds 4] [--rounds 5] [--variants none,pino,...] [--nowhere]
 *
 * `--nowhere`: records go to the journal and no further. `PROFILE=<directory>` writes a CPU profile of each service, `BENCH_DIRECTORY` chooses
 * the disk of journal and log. PostgreSQL: a cluster of its own with fsync, or DATABASE_URL.
 */
import { fork } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { closedLoop, openLoop, requestBytes } from './caller.mjs';
import { startCluster } from './cluster.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const built = join(root, 'dist/bench');
const CONNECTIONS = 32;
const RATE = 500;
const body = JSON.stringify({ customerId: 'cus_1', currency: 'EUR', lines: [{ description: 'Work', quantity: 1, unitAmount: 1_200 }] });
const kinds = {
  GET: requestBytes({ method: 'GET', path: '/v1/invoices/inv_01jdw2gm3xe4pt6x0rbf6n2k9c' }),
  POST: requestBytes({ method: 'POST', path: '/v1/invoices', body }),
};

async function build() {
  for (const name of ['app', 'schema']) {
    const bundle = await rolldown({
      input: join(here, `${name}.ts`),
      platform: 'node',
      tsconfig: join(root, 'libs/audit/tsconfig.json'),
      external: (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id),
    });
    await bundle.write({ file: join(built, `${name}.mjs`), format: 'esm', keepNames: true });
  }
}

function start(variant, databaseUrl) {
  const execArgv = process.env.PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${join(process.env.PROFILE, variant)}`] : [];
  const env = { ...process.env, ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}) };
  const child = fork(join(built, 'app.mjs'), [variant], { execArgv, env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  return new Promise((ok, fail) => {
    child.stdout.once('data', (text) => ok({ variant, child, port: Number(text) }));
    child.once('exit', (code) => fail(new Error(`${variant} ended with ${code}`)));
  });
}

const usage = (child) =>
  new Promise((ok) => {
    child.once('message', ok);
    child.send('usage');
  });

/** With what the service's process used meanwhile, in µs a request: unlike rates it hardly depends on what else the machine does. */
async function measured({ child }, run) {
  const before = await usage(child);
  const result = await run();
  const after = await usage(child);
  const requests = result.perSecond * result.seconds;
  const cpu = after.user + after.system - before.user - before.system;
  return { ...result, cpu: cpu / requests, loop: ((after.loop.active - before.loop.active) * 1_000) / requests };
}

async function load(service, bytes, seconds) {
  const options = { seconds, connections: CONNECTIONS };
  return measured(service, async () => ({ ...(await closedLoop(service.port, bytes, options)), seconds }));
}

async function atRate(service, bytes, seconds) {
  const options = { seconds, connections: CONNECTIONS, rate: RATE };
  return measured(service, async () => ({ ...(await openLoop(service.port, bytes, options)), seconds }));
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const keep = (results, key, result) => results.set(key, [...(results.get(key) ?? []), result]);

async function measureAll(services, { seconds, rounds }) {
  const results = new Map();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [kind, bytes] of Object.entries(kinds)) {
      for (const service of services) {
        const full = await load(service, bytes, round === 0 ? 2 : seconds);
        await new Promise((ok) => setTimeout(ok, 300)); // what still ships is not the next one's
        if (round === 0) continue; // warming up
        keep(results, `${kind} ${service.variant} full`, full);
        keep(results, `${kind} ${service.variant} rate`, await atRate(service, bytes, seconds));
      }
    }
  }
  return results;
}

function print(results, services) {
  for (const kind of Object.keys(kinds)) {
    const of = (variant, load, field) => median(results.get(`${kind} ${variant} ${load}`).map((each) => each[field]));
    const base = services[0].variant;
    console.log(
      `\n${kind}           requests/s  share   p50 ms  p99 ms   µs processor  µs main thread   at ${RATE}/s: p50 ms  p99 ms  refused`,
    );
    for (const { variant } of services) {
      const [rate, p50, p99, cpu, loop, refused] = ['perSecond', 'p50', 'p99', 'cpu', 'loop', 'refused'].map((field) =>
        of(variant, 'full', field),
      );
      const share = rate / of(base, 'full', 'perSecond');
      console.log(
        [
          variant.padEnd(12),
          rate.toFixed(0).padStart(11),
          share.toFixed(2).padStart(6),
          p50.toFixed(2).padStart(8),
          p99.toFixed(2).padStart(7),
          cpu.toFixed(1).padStart(14),
          loop.toFixed(1).padStart(15),
          of(variant, 'rate', 'p50').toFixed(2).padStart(20),
          of(variant, 'rate', 'p99').toFixed(2).padStart(7),
          String(refused).padStart(8),
        ].join(' '),
      );
    }
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '5' },
      variants: { type: 'string', default: 'none,interceptor,pino,insert,async,durable,committed' },
      nowhere: { type: 'boolean', default: false },
    },
  });
  mkdirSync(built, { recursive: true });
  await build();
  const cluster = values.nowhere ? null : await startCluster(join(built, 'schema.mjs'));
  try {
    const services = [];
    for (const variant of values.variants.split(',')) services.push(await start(variant, cluster?.url));
    const settings = { seconds: Number(values.seconds), rounds: Number(values.rounds) };
    const results = await measureAll(services, settings);
    for (const { child } of services) child.removeAllListeners('exit').kill('SIGTERM');
    await Promise.all(services.map(({ child }) => new Promise((ok) => child.once('exit', ok))));
    console.log(
      `Node ${process.version}, ${availableParallelism()} cores, ${CONNECTIONS} connections, median of ${settings.rounds} rounds of ${settings.seconds} s; records go ${cluster ? 'to PostgreSQL' : 'to the journal only'}`,
    );
    print(results, services);
  } finally {
    await cluster?.stop();
    rmSync(built, { recursive: true, force: true });
  }
}

await main();
process.exit(0);
