/**
 * What the purge costs those who read meanwhile: a log of so many records, of which all but the last seven days go in the steps and with the rests of the product
 * (apps/api/src/retention/purge.service.ts), while readers go on asking for lists, single records and figures as the role of the product. Windows with the purge and
 * without it take turns, so whatever else the machine does falls on both. Makes its log itself, in a PostgreSQL of its own. Ends with 1 when the p99 of reads is
 * more than twice as long, or the numbers do not add up. Results: docs/benchmarks.md.
 *
 *   node tools/bench/purge/bench.mjs [--rows 5400000] [--window 15] [--readers 2] [--each 40]
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { load, organizationId } from '../extent/load.mjs';
import { startCluster } from '../reading/cluster.mjs';
import { library } from '../reading/library.mjs';
import { timed } from '../reading/measure.mjs';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '5400000' }, window: { type: 'string', default: '15' }, readers: { type: 'string', default: '2' }, each: { type: 'string', default: '40' } } }); // prettier-ignore
const [rows, windowMs, readers, each] = [Number(values.rows), Number(values.window) * 1_000, Number(values.readers), Number(values.each)];
/** As the product: ROWS_OF_STEP and REST. */
const [STEP, REST] = [1_000, 1.5];
const GOAL = 2;
const DAY_MS = 86_400_000;

const { audit } = await library();
const cluster = await startCluster();
const admin = new pg.Client(cluster.url('postgres'));
await admin.connect();
await admin.query('create role pinebill_app nologin; create role pinebill_maintenance nologin');
await admin.query('create database large');
await admin.end();
const endMs = Math.floor(Date.now() / 60_000) * 60_000;
const spent = await timed(() => load(cluster.url('large'), audit, { rows, endMs }));
console.log(`${rows.toLocaleString('en-US')} records made in ${(spent / 1_000).toFixed(0)} s.`);
await cluster.asTheProduct();

const connect = async (role) => {
  const client = new pg.Client({ connectionString: cluster.url('large'), options: `-c role=${role} -c search_path=app` });
  await client.connect();
  return client;
};
const purger = await connect('pinebill_maintenance');
const before = new Date(endMs - 7 * DAY_MS);
const count = async () => Number((await purger.query('select count(*) as n from audit_log')).rows[0].n);
const all = await count();

let purging = false;
const purge = { after: null, rows: 0, busyMs: 0, done: false, longest: 0 };
async function purgeAll() {
  const db = audit.pgQueryable(purger);
  while (!purge.done) {
    if (!purging) {
      await wait(20);
      continue;
    }
    const begun = performance.now();
    await purger.query('begin');
    await purger.query('set local synchronous_commit = off');
    const step = await audit.purgeRows(db, { organizationId, after: purge.after, before, limit: STEP, held: [] });
    await purger.query('commit');
    const ms = performance.now() - begun;
    purge.rows += step.rows;
    purge.busyMs += ms;
    purge.longest = Math.max(purge.longest, ms);
    purge.after = step.reached ?? purge.after;
    purge.done = step.reached === null;
    await wait(ms * REST);
  }
}

const everything = { minDurationMs: null, maxDurationMs: null, conditions: [] };
const errorsOnly = { ...everything, conditions: [{ field: 'status', negated: false, anyOf: [{ kind: 'class', value: 4 }] }] };
const shownFrom = before;
const list = (filter) => (db) => audit.listRecords(db, { organizationId, filter, from: shownFrom, to: null, order: 'desc', limit: 51, after: null }); // prettier-ignore
const reads = [
  list(everything),
  list(errorsOnly),
  (db, known) => audit.getRecord(db, organizationId, known, { from: shownFrom }),
  (db) => audit.readStats(db, { organizationId, filter: everything, groupBy: 'status', from: new Date(endMs - DAY_MS), to: new Date(endMs), intervalMinutes: 60, mostGroups: 20, mostLines: 5_000, mostRows: 1_000_000 }), // prettier-ignore
];
const times = { without: [], with: [] };
let window = 'without';
let over = false;
async function readAll() {
  const client = await connect('pinebill_app');
  const db = audit.pgQueryable(client);
  const within = async (work) => {
    await client.query('begin');
    await client.query(`set local app.organization_id = '${organizationId}'`);
    const result = await work(db);
    await client.query('commit');
    return result;
  };
  const [{ id }] = await within(list(everything));
  for (let turn = 0; !over; turn++) {
    const of = window;
    const ms = await timed(() => within((tx) => reads[turn % reads.length](tx, id)));
    // A read that began in one window and ended in the other says nothing about either.
    if (of === window) times[of].push(ms);
    // People do not ask without end: `each` reads a second by each reader.
    await wait(Math.max(0, 1_000 / each - ms));
  }
  await client.end();
}

const work = [purgeAll(), ...Array.from({ length: readers }, readAll)];
await wait(3_000);
for (const name of Object.keys(times)) times[name].length = 0;
while (!purge.done) {
  for (const name of ['without', 'with']) {
    window = name;
    purging = name === 'with';
    for (let waited = 0; waited < windowMs && !purge.done; waited += 100) await wait(100);
  }
}
over = true;
await Promise.all(work);
const left = await count();
await purger.end();
await cluster.stop();

const quantile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN;
for (const [name, list] of Object.entries(times)) console.log(`reads ${name} the purge: ${list.length}, p50 ${quantile(list, 0.5).toFixed(1)} ms, p99 ${quantile(list, 0.99).toFixed(1)} ms`); // prettier-ignore
const ratio = quantile(times.with, 0.99) / quantile(times.without, 0.99);
console.log(`p99 with the purge: ${ratio.toFixed(2)} times that without (goal: below ${GOAL})`);
console.log(
  `${purge.rows.toLocaleString('en-US')} records purged in ${(purge.busyMs / 1_000).toFixed(0)} s of work (${Math.round(purge.rows / (purge.busyMs / 1_000)).toLocaleString('en-US')} a second), the longest step ${purge.longest.toFixed(0)} ms; ${left.toLocaleString('en-US')} are left.`,
);
const addsUp = left + purge.rows === all;
if (!addsUp) console.log(`They do not add up: there were ${all}.`);
process.exit(ratio < GOAL && addsUp ? 0 : 1);
