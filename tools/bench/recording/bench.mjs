/**
 * What recording costs: the same service without it and with it, side by side, in rounds that take turns, so that what else the machine does
 * hits all of them. `node tools/bench/recording/bench.mjs [seconds a run] [rounds] [variants]`; results: docs/benchmarks.md.
 * `PROFILE=<directory>` writes a CPU profile of each service.
 */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const built = join(root, 'dist/bench');
const CONNECTIONS = 32;
const body = JSON.stringify({ customerId: 'cus_1', currency: 'EUR', lines: [{ description: 'Work', quantity: 1, unitAmount: 1_200 }] });
const kinds = {
  GET: { method: 'GET', path: '/v1/invoices/inv_1' },
  POST: { method: 'POST', path: '/v1/invoices', headers: { 'content-type': 'application/json', 'content-length': body.length } },
};

async function build() {
  const bundle = await rolldown({
    input: join(here, 'app.ts'),
    platform: 'node',
    tsconfig: join(root, 'libs/audit/tsconfig.json'),
    external: (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id),
  });
  await bundle.write({ file: join(built, 'app.mjs'), format: 'esm', keepNames: true });
}

function start(variant) {
  const execArgv = process.env.PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${join(process.env.PROFILE, variant)}`] : [];
  const child = fork(join(built, 'app.mjs'), [variant], { execArgv, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  return new Promise((ok) => child.stdout.once('data', (text) => ok({ variant, child, port: Number(text) })));
}

/** One after the other on one connection, until the time is over; each request's time in ms. */
async function callUntil(deadline, options, times) {
  while (performance.now() < deadline) {
    const begun = performance.now();
    await new Promise((ok, fail) => {
      const call = request(options, (answer) => answer.resume().on('end', ok));
      call.on('error', fail);
      call.end(options.method === 'POST' ? body : undefined);
    });
    times.push(performance.now() - begun);
  }
}

/** Processor time the service has used so far, in µs: unlike rates it hardly depends on what else the machine does. */
const cpu = (child) =>
  new Promise((ok) => {
    child.once('message', ({ user, system }) => ok(user + system));
    child.send('cpu');
  });

async function load({ port, child }, kind, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times = [];
  const before = await cpu(child);
  const deadline = performance.now() + seconds * 1_000;
  const options = { host: '127.0.0.1', port, agent, ...kinds[kind] };
  await Promise.all(Array.from({ length: CONNECTIONS }, () => callUntil(deadline, options, times)));
  agent.destroy();
  times.sort((a, b) => a - b);
  return {
    perSecond: times.length / seconds,
    cpu: ((await cpu(child)) - before) / times.length,
    p50: times[Math.floor(times.length * 0.5)],
    p99: times[Math.floor(times.length * 0.99)],
  };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main(seconds = 4, rounds = 5, variants = 'none,durable,async') {
  await build();
  const services = await Promise.all(variants.split(',').map(start));
  const results = new Map();
  for (let round = 0; round <= Number(rounds); round++) {
    for (const kind of Object.keys(kinds)) {
      for (const service of services) {
        const measured = await load(service, kind, round === 0 ? 2 : Number(seconds));
        if (round === 0) continue; // warming up
        const key = `${kind} ${service.variant}`;
        results.set(key, [...(results.get(key) ?? []), measured]);
      }
    }
  }
  for (const { child } of services) child.kill('SIGTERM');
  await Promise.all(services.map(({ child }) => new Promise((ok) => child.once('exit', ok))));
  rmSync(built, { recursive: true });
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, ${CONNECTIONS} connections, median of ${rounds} rounds of ${seconds} s`,
  );
  for (const kind of Object.keys(kinds)) {
    const of = (variant, field) => median(results.get(`${kind} ${variant}`).map((each) => each[field]));
    for (const { variant } of services) {
      const [rate, p50, p99, spent] = ['perSecond', 'p50', 'p99', 'cpu'].map((field) => of(variant, field));
      const share = rate / of(services[0].variant, 'perSecond');
      console.log(
        `${kind.padEnd(5)} ${variant.padEnd(10)} ${rate.toFixed(0).padStart(7)}/s  ${share.toFixed(2)}  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  ${spent.toFixed(0).padStart(4)} µs of processor a request`,
      );
    }
  }
}

await main(...process.argv.slice(2));
