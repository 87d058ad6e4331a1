/**
 * What an export costs: rows a second beside COPY of the same columns, in rounds that take turns; how much the memory of the process grows; how long
 * other requests take meanwhile; and that a process that is killed in the middle goes on. The built product (npm run build) on a PostgreSQL of its own,
 * with fsync on. CSV is made of all rows, the other formats of the newest `--few`. Prints Markdown, and exits with 1 when a goal is missed. Results:
 * docs/benchmarks.md.
 *
 *   node tools/bench/exports/bench.mjs [--rows 5000000] [--rounds 3] [--few 300000] [--formats csv,jsonl,parquet]
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
    few: { type: 'string', default: '300000' },
    formats: { type: 'string', default: 'csv,jsonl,parquet' },
  },
});
const [rows, rounds, few] = [Number(values.rows), Number(values.rounds), Math.min(Number(values.few), Number(values.rows))];
const DAYS = 28;
const goals = { ofCopy: 0.7, memoryMiB: 150, p99: 2 };
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
      return {
        body,
        view,
        seconds: (Date.parse(view.endedAt) - Date.parse(view.startedAt)) / 1_000,
        grownMiB: peak - before,
      };
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

/** Its files; there is not room for all. */
async function removed(product, { id }) {
  const headers = { cookie: await cookieOf(product), origin: product.url };
  const answer = await fetch(`${product.url}/v1/exports/${id}`, { method: 'DELETE', headers });
  if (answer.status !== 204) throw new Error(`DELETE: ${answer.status}`);
}

/** Killed when it has written some of it, started again: it goes on, and what comes out is whole. */
async function killed(product, call, filter) {
  const { id } = await call('POST', '/v1/exports', { format: 'csv', gzip: true, filter });
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

/** Rows are spread evenly over the days up to the load. */
const newest = (count, loadedAt) => ({ from: new Date(loadedAt - (DAYS * 86_400_000 * count) / rows).toISOString() });

async function load(product, organizationId) {
  console.error(`loading ${rows.toLocaleString('en-US')} rows ...`);
  await product.shipped();
  const loadedAt = Date.now();
  await loadRows((sql) => product.query(sql), { organizationId, rows, days: DAYS });
  // Nobody made these requests now: detection, which would go through them all beside what is measured, takes them for seen.
  await product.query(
    `update app.detection_cursor c set sequence = h.sequence, look_at = null from app.audit_head h where h.organization_id = c.organization_id`,
  );
  console.error(`loaded in ${Math.round((Date.now() - loadedAt) / 1_000)} s`);
  return loadedAt;
}

/** Alone, then beside other requests. */
async function inTurn({ product, call, others }, body, check) {
  const alone = await exported(product, call, body);
  if (check) await verified(product, await cookieOf(product), alone.view);
  await removed(product, alone.view);
  const [busy, beside] = await Promise.all([exported(product, call, body), others(Math.max(3, alone.seconds * 0.8))]);
  await removed(product, busy.view);
  return { alone, besideSeconds: busy.seconds, grownMiB: Math.max(alone.grownMiB, busy.grownMiB), p99: beside.p99 };
}

async function measured(bench, bodies) {
  const [copied, quiet, made] = [[], [], new Map(bodies.map((body) => [body.format, []]))];
  for (let round = 0; round < rounds; round += 1) {
    copied.push(await copyOut(bench.url, bench.organizationId));
    quiet.push((await bench.others(10)).p99);
    for (const body of bodies) made.get(body.format).push(await inTurn(bench, body, round === 0));
    const said = [...made].map(
      ([format, all]) => `${format} ${all.at(-1).alone.seconds.toFixed(1)} s, others' p99 ${all.at(-1).p99.toFixed(1)} ms`,
    );
    console.error(`round ${round + 1} of ${rounds}: COPY ${copied.at(-1).seconds.toFixed(1)} s; ${said.join('; ')}`);
  }
  return { copied, quiet, made };
}

/** A line for each goal that was missed. */
function report({ copied, quiet, made }) {
  const base = rows / median(copied.map(({ seconds }) => seconds));
  const alone = median(quiet);
  const missed = [];
  console.log(`${rows.toLocaleString('en-US')} rows, ${rounds} rounds. COPY of the same columns: ${thousands(base)} thousand rows/s. Other requests alone, ${REQUESTS.rate}/s: p99 ${alone.toFixed(1)} ms.\n`); // prettier-ignore
  console.log(`| format | rows | thousand rows/s | of COPY | memory grows by, MiB | p99 of others, ms | times | MiB |`);
  console.log(`| ------ | ---- | --------------- | ------- | -------------------- | ----------------- | ----- | --- |`);
  for (const [format, all] of made) {
    const count = all[0].alone.view.rows;
    const rate = count / median(all.map(({ alone: { seconds } }) => seconds));
    const [grown, p99] = [Math.max(...all.map(({ grownMiB }) => grownMiB)), median(all.map((one) => one.p99))];
    console.log(`| ${[format, count.toLocaleString('en-US'), thousands(rate), (rate / base).toFixed(2), Math.round(grown), p99.toFixed(1), (p99 / alone).toFixed(1), Math.round(all[0].alone.view.bytes / 1_048_576)].join(' | ')} |`); // prettier-ignore
    if (format === 'csv' && rate / base < goals.ofCopy) missed.push(`csv: ${(rate / base).toFixed(2)} of COPY, ${goals.ofCopy} at least`);
    if (grown > goals.memoryMiB) missed.push(`${format}: memory grows by ${Math.round(grown)} MiB, ${goals.memoryMiB} at most`);
    if (p99 / alone > goals.p99) missed.push(`${format}: p99 of others ${(p99 / alone).toFixed(1)} times, ${goals.p99} at most`);
  }
  return missed;
}

const stage = new Stage({ name: 'bench-exports', seed: 1, settings: {} });
try {
  const server = await stage.server({ settings: { max_wal_size: '4GB' } });
  const product = await stage.product({ urls: server.urls() });
  const call = await product.signIn();
  const [{ id: organizationId }] = await product.query('select id from app.organization');
  await call('PATCH', '/v1/organization', { limits: { perKeyPerMinute: 1_000_000, perOrganizationPerMinute: 1_000_000 } });
  const { secret } = await call('POST', '/v1/api-keys', { name: 'Bench', scopes: ['invoices:read'] });
  const loadedAt = await load(product, organizationId);
  const request = Buffer.from(`GET /v1/invoices HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${secret}\r\n\r\n`);
  const port = Number(new URL(product.url).port);
  const others = (seconds) => openLoop(port, request, { ...REQUESTS, seconds });
  await others(3); // warm
  const filter = newest(few, loadedAt);
  const bodies = values.formats.split(',').map((format) => (format === 'csv' ? { format } : { format, filter }));
  const missed = report(await measured({ product, call, others, url: server.urls().url, organizationId }, bodies));
  const again = await killed(product, call, filter);
  console.log(`\nKilled in the middle: ${again.state} ${again['s after the start']} s after the start, ${again.rows.toLocaleString('en-US')} rows, verified.`); // prettier-ignore
  if (again.state !== 'ready') missed.push('killed in the middle: not ready');
  for (const line of missed) console.log(`\n**Missed:** ${line}`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  await stage.end(false);
}
