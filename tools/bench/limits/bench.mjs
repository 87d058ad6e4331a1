/**
 * What rate limits cost: a request (take() of a key's and its organization's bucket, and the two header fields), and the traffic with which three processes
 * keep 1,000 keys of 100 organizations together on one PostgreSQL. `node tools/bench/limits/bench.mjs [seconds]`; results: docs/benchmarks.md.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { rolldown } from 'rolldown';
import { startCluster } from '../recording/cluster.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const directory = join(root, 'dist/bench/limits');
const KEYS = 1_000;
const ORGANIZATIONS = 100;
const PROCESSES = 3;

/** As the product has them, each by itself. */
async function bundle() {
  const of = (file) => join(root, 'apps/api/src', file);
  const input = {
    limits: of('rate-limits/shared-limits.ts'),
    store: of('rate-limits/postgres-limit-store.ts'),
    headers: of('rate-limits/rate-limited.ts'),
    tables: of('database/migrations/0009-limits.ts'),
  };
  const external = (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id);
  const made = await rolldown({ input, platform: 'node', tsconfig: join(root, 'apps/api/tsconfig.json'), external });
  await made.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs', keepNames: true });
  const [limits, store, headers] = await Promise.all(['limits', 'store', 'headers'].map((name) => import(join(directory, `${name}.mjs`))));
  const storeAt = (url) => new store.PostgresLimitStore({ database: { url } });
  return { SharedLimits: limits.SharedLimits, limitHeaders: headers.limitHeaders, storeAt };
}

const later = (ms, work) => (ms === 0 ? setImmediate(work) : setTimeout(work, ms).unref());
const limitsOf = (perKey, perOrganization) => {
  const organizations = Array.from({ length: ORGANIZATIONS }, () => randomUUID());
  return Array.from({ length: KEYS }, (_, n) => [
    { name: 'per-key', id: randomUUID(), perMinute: perKey, reason: 'key_limit' },
    { name: 'per-organization', id: organizations[n % ORGANIZATIONS], perMinute: perOrganization, reason: 'organization_limit' },
  ]);
};
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const quantile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? 0;

/** Processor time in µs, of this process and of the connections' server processes: what else the machine does is hardly in it. */
const ownCpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const serverCpu = (pids) => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
function cpuOf(pid) {
  if (process.platform !== 'linux') return NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000; // ticks of 10 ms
}
async function serverProcesses(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`);
  await client.end();
  return rows.map(({ pid }) => pid);
}

/** So much room that PostgreSQL is never waited for: the common case. */
async function costOfTake({ SharedLimits, limitHeaders, storeAt }, url) {
  const store = storeAt(url);
  const limits = new SharedLimits({ store, now: () => performance.now(), later });
  await limits.tell();
  const keys = limitsOf(1_000_000_000, 2_000_000_000);
  const rounds = { take: [], headers: [] };
  for (let round = 0; round < 12; round++) {
    const verdicts = new Array(50_000);
    const begun = ownCpu();
    for (let n = 0; n < verdicts.length; n++) verdicts[n] = limits.take(keys[n % KEYS]);
    const taken = ownCpu();
    let bytes = 0;
    for (const verdict of verdicts) bytes += limitHeaders(verdict).ratelimit.length;
    if (bytes === 0) throw new Error('nothing was written');
    rounds.take.push((taken - begun) / verdicts.length);
    rounds.headers.push((ownCpu() - taken) / verdicts.length);
    await new Promise((ok) => setTimeout(ok, 100));
  }
  await limits.tell();
  await store.close();
  console.log(
    `take() ${median(rounds.take).toFixed(2)} µs, header fields ${median(rounds.headers).toFixed(2)} µs of processor time (median of 12 x 50,000)`,
  );
}

function aProcess({ SharedLimits, storeAt }, url, figures) {
  const store = storeAt(url);
  const measured = {
    async tell(reports) {
      const begun = performance.now();
      const answer = await store.tell(reports);
      figures.ms.push(performance.now() - begun);
      figures.rows += reports.length;
      return answer;
    },
  };
  const limits = new SharedLimits({ store: measured, now: () => performance.now(), later });
  const beat = setInterval(() => void limits.tell(), 1_000).unref();
  return { limits, close: () => (clearInterval(beat), store.close()) };
}

/** `perSecond` requests over all keys and processes, by chance, in steps of 10 ms. */
async function traffic(code, url, { name, perKey, perOrganization, perSecond, seconds }) {
  const figures = { ms: [], rows: 0 };
  const processes = Array.from({ length: PROCESSES }, () => aProcess(code, url, figures));
  for (const { limits } of processes) await limits.tell();
  for (const { limits } of processes) await limits.tell(); // now each has heard of all
  const keys = limitsOf(perKey, perOrganization);
  Object.assign(figures, { ms: [], rows: 0 });
  const pids = await serverProcesses(url);
  const cpu = serverCpu(pids);
  const [counts, waits] = [{ requests: 0, waited: 0, admitted: 0 }, []];
  const begun = performance.now();
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - begun) {
    while (counts.requests < (elapsed / 1_000) * perSecond) {
      counts.requests++;
      const asked = performance.now();
      const verdict = processes[Math.floor(Math.random() * PROCESSES)].limits.take(keys[Math.floor(Math.random() * KEYS)]);
      const isAsked = verdict instanceof Promise;
      if (isAsked) counts.waited++;
      void Promise.resolve(verdict).then(({ isAdmitted }) => {
        if (isAsked) waits.push(performance.now() - asked);
        if (isAdmitted) counts.admitted++;
      });
    }
    await new Promise((ok) => setTimeout(ok, 10));
  }
  await new Promise((ok) => setTimeout(ok, 500));
  const perSecondOf = (total) => (total / seconds).toFixed(0);
  console.log(
    `${name}: ${perSecondOf(counts.requests)} requests/s, admitted ${((100 * counts.admitted) / counts.requests).toFixed(1)} %; ` +
      `${perSecondOf(figures.ms.length)} statements/s, ${perSecondOf(figures.rows)} rows/s, ${((serverCpu(pids) - cpu) / figures.rows).toFixed(0)} µs of PostgreSQL a row, a statement ${median(figures.ms).toFixed(1)} ms (p99 ${quantile(figures.ms, 0.99).toFixed(1)}); ` +
      `waited for PostgreSQL: ${((100 * counts.waited) / counts.requests).toFixed(2)} %, ${quantile(waits, 0.5).toFixed(1)} ms (p99 ${quantile(waits, 0.99).toFixed(1)})`,
  );
  for (const { close } of processes) await close();
}

const seconds = Number(process.argv[2] ?? 10);
const code = await bundle();
const { url, stop } = await startCluster(join(root, 'tools/bench/limits/tables.mjs'));
try {
  await costOfTake(code, url);
  const enterprise = { perKey: 6_000, perOrganization: 30_000, seconds };
  await traffic(code, url, { name: 'enterprise, 1 request a second and key', ...enterprise, perSecond: KEYS });
  await traffic(code, url, { name: 'enterprise, 5 requests a second and key', ...enterprise, perSecond: 5 * KEYS });
  const starter = { perKey: 60, perOrganization: 300, seconds };
  await traffic(code, url, { name: 'starter, a tenth of its limit', ...starter, perSecond: ORGANIZATIONS / 2 });
  await traffic(code, url, { name: 'starter, far beyond its limit', ...starter, perSecond: ORGANIZATIONS * 60 });
} finally {
  await stop();
}
