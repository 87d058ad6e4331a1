/**
 * What an export costs: rows a second beside COPY of the same columns, in rounds that take turns; how much the memory of the process grows; how long
 * other requests take meanwhile; and that a process that is killed in the middle goes on. The built product (npm run build) on a PostgreSQL of its own,
 * with fsync on. Results: docs/benchmarks.md.
 *
 *   node tools/bench/exports/bench.mjs [--rows 5000000] [--rounds 3] [--formats csv,jsonl,parquet]
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { Stage } from '../../faults/stage.mjs';
import { openLoop } from '../recording/caller.mjs';
import { loadRows } from './load.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    rounds: { type: 'string', default: '3' },
    formats: { type: 'string', default: 'csv,jsonl,parquet' },
  },
});
const [rows, rounds] = [Number(values.rows), Number(values.rounds)];
const REQUESTS = { connections: 8, rate: 100 };
const verifier = resolve(import.meta.dirname, '../../verify-export/verify-export.mjs');

/** The columns of the file, as they are in the database. */
const columns = `id, occurred_at, sequence, kind, method, path, query, route, status, outcome, reason, duration_ms, actor_type, actor_id, actor_name, api_key_id, api_key_name,
  api_key_last4, api_key_state, key_fingerprint, service, team, environment, ip, country, user_agent, request_bytes, response_bytes, auth_ms, handler_ms, client_request_id,
  trace_id, error, marks, gap`;

/** As the role of the product, within the organization, to nowhere. */
async function copyOut(url, organizationId) {
  const client = new pg.Client({ connectionString: url, options: '-c role=pinebill_app -c search_path=app' });
  await client.connect();
  await client.query('begin');
  await client.query(`set local app.organization_id = '${organizationId}'`);
  const begun = performance.now();
  let bytes = 0;
  for await (const chunk of client.query(to(`copy (select ${columns} from audit_record where organization_id = '${organizationId}' and occurred_at > '2000-01-01') to stdout (format csv)`))) bytes += chunk.length; // prettier-ignore
  const seconds = (performance.now() - begun) / 1_000;
  await client.end();
  return { seconds, bytes };
}

const memoryOf = (pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024;

/** Asked for and waited for; seconds as the export itself counts them. */
async function exported(product, call, body) {
  const before = memoryOf(product.child.pid);
  const { id } = await call('POST', '/v1/exports', body);
  let peak = before;
  for (;;) {
    const view = await call('GET', `/v1/exports/${id}`);
    peak = Math.max(peak, memoryOf(product.child.pid));
    if (view.state === 'failed') throw new Error(JSON.stringify(view.failure));
    if (view.state === 'ready')
      return { view, seconds: (Date.parse(view.endedAt) - Date.parse(view.startedAt)) / 1_000, grownMiB: peak - before };
    await delay(100);
  }
}

/** Whatever comes back is checked by the tool that auditors have. */
async function verified(product, cookie, view) {
  const folder = join(product.base, view.id);
  const answer = await fetch(`${product.url}/v1/exports/${view.id}/download?file=bundle`, { headers: { cookie, origin: product.url } });
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(`${folder}.tar`));
  execFileSync(process.execPath, [verifier, `${folder}.tar`], { stdio: 'pipe' });
  rmSync(`${folder}.tar`);
}

async function cookieOf(product) {
  const answer = await fetch(`${product.url}/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: product.url }, body: JSON.stringify({ email: 'admin@example.com', password: 'correct horse battery staple 1' }) }); // prettier-ignore
  return answer.headers.getSetCookie()[0].split(';')[0];
}

/** Killed when it has written some of it, started again: it goes on, and what comes out is whole. */
async function killed(product, call) {
  const { id } = await call('POST', '/v1/exports', { format: 'csv', gzip: true });
  let view;
  do {
    await delay(20);
    view = await call('GET', `/v1/exports/${id}`);
  } while (view.rows === 0);
  await product.killApi();
  product.spawn();
  await product.ready();
  const again = await product.signIn();
  const startedAt = performance.now();
  do {
    await delay(100);
    view = await again('GET', `/v1/exports/${id}`);
  } while (view.state === 'running' || view.state === 'queued');
  await verified(product, await cookieOf(product), view);
  return { state: view.state, rows: view.rows, 's after the start': Math.round(performance.now() - startedAt) / 1_000 };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const thousands = (number) => Math.round(number / 1_000);

const stage = new Stage({ name: 'bench-exports', seed: 1, settings: {} });
try {
  const server = await stage.server({ settings: { max_wal_size: '4GB' } });
  const product = await stage.product({ urls: server.urls() });
  const call = await product.signIn();
  const [{ id: organizationId }] = await product.query('select id from app.organization');
  await call('PATCH', '/v1/organization', { limits: { perKeyPerMinute: 1_000_000, perOrganizationPerMinute: 1_000_000 } });
  const { secret } = await call('POST', '/v1/api-keys', { name: 'Bench', scopes: ['invoices:read'] });
  console.log(`loading ${rows.toLocaleString('en-US')} rows ...`);
  await product.shipped();
  await loadRows((sql) => product.query(sql), { organizationId, rows, days: 28 });
  const request = Buffer.from(`GET /v1/invoices HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${secret}\r\n\r\n`);
  const port = Number(new URL(product.url).port);
  const others = (seconds) => openLoop(port, request, { ...REQUESTS, seconds });
  await others(3); // warm
  const copied = [];
  const made = new Map(values.formats.split(',').map((format) => [format, []]));
  const quiet = [];
  for (let round = 0; round < rounds; round += 1) {
    copied.push(await copyOut(server.urls().url, organizationId));
    quiet.push((await others(5)).p99);
    for (const [format, all] of made) {
      const alone = await exported(product, call, { format });
      const [busy, beside] = await Promise.all([exported(product, call, { format }), others(Math.max(3, alone.seconds * 0.8))]);
      all.push({ ...alone, besideSeconds: busy.seconds, p99: beside.p99 });
      if (round === 0) await verified(product, await cookieOf(product), alone.view);
    }
  }
  const base = rows / median(copied.map(({ seconds }) => seconds));
  console.log(`COPY of the same columns: ${thousands(base)} thousand rows/s, median of ${rounds}; other requests alone: p99 ${median(quiet).toFixed(1)} ms at ${REQUESTS.rate}/s`); // prettier-ignore
  console.table(
    Object.fromEntries([...made].map(([format, all]) => {
      const rate = rows / median(all.map(({ seconds }) => seconds));
      return [format, { 'thousand rows/s': thousands(rate), 'of COPY': (rate / base).toFixed(2), 'memory grows, MiB': Math.round(Math.max(...all.map(({ grownMiB }) => grownMiB))), "others' p99, ms": median(all.map(({ p99 }) => p99)).toFixed(1), MiB: Math.round(all[0].view.bytes / 1_048_576) }];
    })),
  ); // prettier-ignore
  console.table({ 'killed in the middle': await killed(product, call) });
} finally {
  await stage.end(false);
}
