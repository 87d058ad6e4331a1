/**
 * What checking a key costs, remembered and asked, and how soon a revocation holds. Results: docs/benchmarks.md.
 *
 *   node tools/bench/revocation/bench.mjs [--seconds 5] [--rounds 3] [--revocations 100] [--only check,throughput,revocations]
 *
 * `check`: a remembered key, in this process, in ns. `throughput`: the built product (npm run build) on a PostgreSQL of its own, called over 32
 * kept connections with one key; then the same with notifications swallowed, so that it believes nothing that it remembers and asks for each
 * call. `revocations`: the undisturbed part of `npm run faults -- --only revocation`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { Faucet } from '../../faults/faucet.mjs';
import { Stage } from '../../faults/stage.mjs';
import { closedLoop } from '../recording/caller.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const built = join(root, 'dist/bench');
const CONNECTIONS = 32;
/** Two beats that are not heard. */
const UNTIL_DEAF_MS = 4_000;

async function check() {
  mkdirSync(built, { recursive: true });
  const file = join(built, 'check.mjs');
  const bundle = await rolldown({
    input: join(here, 'check.ts'),
    platform: 'node',
    tsconfig: join(root, 'apps/api/tsconfig.json'),
    external: (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id),
  });
  await bundle.write({ file, format: 'esm', keepNames: true });
  const figures = JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8' }));
  console.table(
    Object.fromEntries(Object.entries(figures).map(([name, { median, best }]) => [name, { 'median, ns': median, 'best, ns': best }])),
  );
}

async function throughput(seconds, rounds) {
  const stage = new Stage({ name: 'bench-revocation', seed: 1, settings: {} });
  try {
    const server = await stage.server();
    const faucet = await Faucet.make(server.port);
    stage.atEnd(() => faucet.end());
    const product = await stage.product({ urls: server.urls(faucet.port) });
    const admin = await product.signIn();
    const limits = { perKeyPerMinute: 1_000_000, perOrganizationPerMinute: 1_000_000 };
    await admin('PATCH', '/v1/organization', { limits });
    const { secret } = await admin('POST', '/v1/api-keys', { name: 'Bench', scopes: ['invoices:read'] });
    const port = Number(new URL(product.url).port);
    const bytes = Buffer.from(`GET /v1/invoices/inv_nope HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${secret}\r\n\r\n`);
    const rates = { remembered: [], asked: [] };
    await closedLoop(port, bytes, { connections: CONNECTIONS, seconds: 2 }); // warm
    for (let round = 0; round < rounds; round += 1) {
      for (const name of Object.keys(rates)) {
        faucet.mute = name === 'asked';
        await delay(UNTIL_DEAF_MS);
        const { perSecond } = await closedLoop(port, bytes, { connections: CONNECTIONS, seconds });
        rates[name].push(Math.round(perSecond));
      }
    }
    console.table(
      Object.fromEntries(Object.entries(rates).map(([name, all]) => [name, { 'requests/s, median': median(all), rounds: all.join(', ') }])),
    );
  } finally {
    await stage.end(false);
  }
}

function revocations(rounds) {
  const set = JSON.stringify({ rounds, deaf: 0, away: 0 });
  execFileSync(process.execPath, [join(root, 'tools/faults/faults.mjs'), '--only', 'revocation', '--set', set], { stdio: 'inherit' });
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    revocations: { type: 'string', default: '100' },
    only: { type: 'string', default: 'check,throughput,revocations' },
  },
});
const parts = values.only.split(',');
if (parts.includes('check')) await check();
if (parts.includes('throughput')) await throughput(Number(values.seconds), Number(values.rounds));
if (parts.includes('revocations')) revocations(Number(values.revocations));
