/**
 * How long it takes to tell the extent of a breach of a key with a million records, among as many of others: everything that `GET /v1/incidents/{id}/extent` reads of the
 * log, in its order, for a start that is suggested, for one that is chosen, and for all that there is. Makes its log itself, in a PostgreSQL of its own, and reads
 * as the role of the product. Ends with 1 when the goal is missed. Results: docs/benchmarks.md.
 *
 *   node tools/bench/extent/bench.mjs [--rows 2000000] [--rounds 5] [--url postgres://.../large] [--keep]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startCluster } from '../reading/cluster.mjs';
import { library } from '../reading/library.mjs';
import { figures, timed } from '../reading/measure.mjs';
import { DAYS, lineage, load, organizationId, STOLEN_DAYS } from './load.mjs';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '2000000' }, rounds: { type: 'string', default: '5' }, url: { type: 'string' }, keep: { type: 'boolean', default: false } } }); // prettier-ignore
const [rows, rounds] = [Number(values.rows), Number(values.rounds)];
const GOAL_MS = 2_000;
const DAY_MS = 86_400_000;

const { audit } = await library();
const cluster = values.url ? null : await startCluster();
if (cluster) {
  const admin = new pg.Client(cluster.url('postgres'));
  await admin.connect();
  await admin.query('create role pinebill_app nologin; create role pinebill_maintenance nologin');
  await admin.query('create database large');
  await admin.end();
  const spent = await timed(() => load(cluster.url('large'), audit, { rows, endMs: Math.floor(Date.now() / 60_000) * 60_000 }));
  console.log(`${rows.toLocaleString('en-US')} records made in ${(spent / 1_000).toFixed(0)} s.`);
  await cluster.asTheProduct();
}
const client = new pg.Client({ connectionString: values.url ?? cluster.url('large'), options: '-c role=pinebill_app -c search_path=app' });
await client.connect();
/** What is read beside the rest. */
const beside = new pg.Client({ connectionString: values.url ?? cluster.url('large'), options: '-c role=pinebill_app -c search_path=app' });
await beside.connect();
const db = audit.pgQueryable(client);
const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows;
/** Processor time of the server's process, in ms; of those that help it, what has ended is not in it. */
const cpuMs = () => {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
  return (user + system) * 10;
};

async function inTenant(client, work) {
  await client.query('begin');
  await client.query(`set local app.organization_id = '${organizationId}'`);
  const result = await work();
  await client.query('commit');
  return result;
}
const [{ at: end }] = await inTenant(client, async () => (await client.query('select max(occurred_at) as at from audit_log')).rows);
const to = new Date(end.getTime() + 1);
const since = new Date(end.getTime() - (DAYS + 1) * DAY_MS);
const of = { organizationId, apiKeyIds: lineage };
const MOST_USES = 50_000;
const byKeys = {
  minDurationMs: null,
  maxDurationMs: null,
  conditions: [{ field: 'apiKeyId', negated: false, anyOf: lineage.map((value) => ({ kind: 'exact', value })) }],
};

/** As apps/api/src/incident-response/extent reads it; `from` null: it looks for the start first, which is `suggested` here. */
async function extent({ from, suggested }, spent) {
  const step = async (name, work) => {
    const begun = [performance.now(), cpuMs()];
    const result = await work();
    (spent[name] ??= []).push([performance.now() - begun[0], cpuMs() - begun[1]]);
    return result;
  };
  const stats = { organizationId, filter: byKeys, groupBy: null, mostGroups: 1, mostLines: 20_000, mostRows: 3_000_000 };
  await step('hours', () => audit.readStats(db, { ...stats, from: since, to, intervalMinutes: 60 }));
  await step('first write', () => audit.readFirstWrite(db, { ...of, from: since, to }));
  const { uses } = await step('first uses', () => audit.readFirstUses(db, { ...of, from: since, to: from ?? to, most: MOST_USES }));
  const start = from ?? suggested;
  const before = uses.filter(({ firstAt }) => firstAt < start);
  const values = (kind, of = ({ value }) => value) => [...new Set(before.filter((use) => use.kind === kind).map((use) => of(use) ?? ''))];
  const known = { addresses: values('address'), networks: values('address', ({ network }) => network), countries: values('country'), agents: values('agent') };
  const period = { ...of, from: start, to };
  let resources = [];
  const reading = timed(() => inTenant(beside, () => audit.readTouchedResources(audit.pgQueryable(beside), { ...period, mostOfEach: 100 }).then((list) => (resources = list))));
  const found = await step('extent', () => audit.readExtent(db, { ...period, known, mostGroups: 200, mostUses: MOST_USES }));
  const seen = new Set(known.addresses);
  const addresses = found.firstUses.uses
    .filter(({ kind, value }) => kind === 'address' && value !== null)
    .map(({ value, requests }) => ({ address: value, known: seen.has(value), requests }))
    .sort((a, b) => Number(a.known) - Number(b.known) || a.requests - b.requests);
  const neighbours = await step('other keys', () => audit.readNeighbourKeys(db, { ...period, addresses, mostRows: 100_000, mostKeys: 100 }));
  (spent['resources, beside'] ??= []).push([await reading, NaN]);
  return { requests: found.total?.requests ?? 0, addresses: found.addresses.total, resources: resources.reduce((sum, { total }) => sum + total, 0), keys: neighbours.total };
} // prettier-ignore

const theft = new Date(end.getTime() - STOLEN_DAYS * DAY_MS);
const ways = { 'start suggested': { from: null, suggested: theft }, 'the last 30 days': { from: new Date(end.getTime() - 30 * DAY_MS) }, 'all of it': { from: since } }; // prettier-ignore
let missed = false;
for (const [name, way] of Object.entries(ways)) {
  const [times, spent] = [[], {}];
  let result;
  for (let round = 0; round <= rounds; round += 1) times.push(await timed(async () => void (result = await inTenant(client, () => extent(way, round === 0 ? {} : spent))))); // prettier-ignore
  const { p50, p95 } = figures(times.slice(1));
  missed ||= p95 > GOAL_MS;
  const middle = (list, at) =>
    [...list]
      .map((one) => one[at])
      .sort((a, b) => a - b)
      [Math.floor(list.length / 2)].toFixed(0);
  const parts = Object.entries(spent).map(([part, list]) => `${part} ${middle(list, 0)} (${middle(list, 1)})`).join(', '); // prettier-ignore
  console.log(
    `${name}: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms; ${JSON.stringify(result)}; in ms, in brackets of the processor: ${parts}`,
  );
}
await client.end();
await beside.end();
if (cluster && values.keep) {
  console.log(cluster.url('large'));
  await new Promise((ok) => process.once('SIGINT', ok));
}
await cluster?.stop();
process.exit(missed ? 1 : 0);
