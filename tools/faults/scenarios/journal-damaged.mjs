// The product is killed while PostgreSQL is away, so that its journal holds records, and bytes of the journal are changed. The next start takes
// every whole entry, says what is damaged, and never misses more than its gap records admit; the one exception is an end that is cut off, of
// which nothing is left that could say how much it was.
import { setTimeout as delay } from 'node:timers/promises';
import { atEnd, damage, damageKinds } from '../damage.mjs';
import { until } from '../stage.mjs';
import { readStored } from '../stored.mjs';

const TOLD_WITHIN_MS = 5_000;
const UNKNOWABLE = 'end cut off';

export const journalDamaged = {
  about: 'the journal torn and bit-flipped between two starts',
  long: { rounds: 64, loadMs: [300, 2_000], kinds: damageKinds },
  short: { rounds: 6, loadMs: [300, 800], kinds: damageKinds },
  async run(stage) {
    const { settings } = stage;
    const server = await stage.server();
    const product = await stage.product({ urls: server.urls() });
    const client = await stage.client(product);
    const rounds = {};
    let excused = 0;
    client.start(product.url);
    client.pause();
    await until(() => client.open === 0, 60_000);
    for (let number = 0; number < settings.rounds; number += 1) {
      const kind = settings.kinds[number % settings.kinds.length];
      const { done, missing, admitted } = await round(stage, { server, product, client, kind });
      stage.log(`${kind} at ${done.from}-${done.to}: ${done.entries} entries touched, ${missing} missing, ${admitted} admitted`);
      if (kind === UNKNOWABLE) excused += Math.max(0, missing - admitted);
      rounds[kind] = (rounds[kind] ?? 0) + 1;
    }
    stage.figures.damaged = Object.entries(rounds).map(([kind, count]) => `${count} ${kind}`).join(', '); // prettier-ignore
    stage.figures['missing behind an end that was cut off'] = excused;
    await stage.conclude({ mayLose: true, excused });
  },
};

async function round(stage, { server, product, client, kind }) {
  const { random, settings } = stage;
  const seen = await known(product);
  const first = client.attempts.length;
  await server.stop();
  client.connect(product.url);
  await delay(random.between(...settings.loadMs));
  await (atEnd.has(kind) ? killedAtRest(product, client) : killedUnderLoad(product, client));
  const printed = product.output.length;
  const done = damage(product.journal, kind, random);
  await server.start();
  product.spawn();
  await product.ready();
  await product.shipped();
  const result = await compare(product, { kind, done, seen }, client.attempts.slice(first));
  findFault(stage, { kind, done, reported: /damaged/.test(product.output.slice(printed)) }, result);
  return { done, ...result };
}

async function killedUnderLoad(product, client) {
  const dead = product.killApi();
  client.pause();
  await dead;
  await delay(50); // what was in flight learns of it
}

/** The last entry has been acknowledged. */
async function killedAtRest(product, client) {
  client.pause();
  await until(() => client.open === 0, 60_000);
  await product.killApi();
}

async function known(product) {
  const { rows } = await readStored(product);
  return new Set(rows.map(({ id }) => id));
}

/** Of one round: what is missing, and what the gap records that are new admit. They are written a moment after the start. */
async function compare(product, { kind, done, seen }, attempts) {
  for (const startedAt = performance.now(); ; await delay(200)) {
    const { rows } = await readStored(product);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const missing = attempts.filter(({ id }) => id !== null && (byId.get(id)?.outcome ?? 'unknown') === 'unknown');
    const gaps = rows.filter(({ id, kind: ofRow, gap }) => ofRow === 'gap' && !seen.has(id) && gap.cause === 'journal_damaged');
    const admitted = gaps.reduce((sum, { gap }) => sum + gap.atMost, 0);
    const elsewhere = missing.filter(({ label }) => !done.labels.has(label));
    if (missing.length <= admitted || performance.now() - startedAt > TOLD_WITHIN_MS)
      return { missing: missing.length, admitted, elsewhere };
  }
}

function findFault(stage, { kind, done, reported }, { missing, admitted, elsewhere }) {
  const where = `${kind} at ${done.from}-${done.to} of ${done.path}`;
  for (const { label, status } of elsewhere) stage.find('not recovered', `${where}: ${label} (${status}) lay elsewhere, whole`);
  if (kind === UNKNOWABLE) return;
  if (missing > admitted) stage.find('not admitted', `${where}: ${missing} are missing, the gap records admit ${admitted}`);
  if (missing > 0 && !reported) stage.find('silent', `${where}: ${missing} are missing, and nothing was said`);
}
