// `npm run faults`: the built product under load, killed at random moments again and again; then every answer that the client saw must have
// its record, once. Ends with exit code 1 and the offending rows when one has not.
//
//   npm run faults -- [--seed N] [--kills N] [--only api|postgres|both]
//
// What is killed: the API with kill -9 (now and then while it starts), PostgreSQL with kill -9 or immediate shutdown, both at once.
// The seed brings back what is sent and what is killed, not the microsecond in which it happens.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { check } from './check.mjs';
import { Client } from './client.mjs';
import { Product } from './product.mjs';
import { seeded } from './random.mjs';
import { readStored } from './stored.mjs';

/** Of every five kills. */
const plans = {
  all: ['api', 'postgres', 'api', 'both', 'start'],
  api: ['api', 'api', 'api', 'api', 'start'],
  postgres: ['postgres'],
  both: ['both'],
};
/** Between two kills, whichever is first. */
const CALM_ANSWERS = 600;
const CALM_MS = 3_000;
const START_MS = [0, 1_500];
const TOGETHER_MS = 40;
const SHOWN_FINDINGS = 50;

function readOptions() {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, kills: { type: 'string' }, only: { type: 'string' } } });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const kills = Number(values.kills ?? 30);
  const plan = plans[values.only ?? 'all'];
  if (!plan || ![seed, kills].every(Number.isSafeInteger)) throw new Error('Takes --seed N, --kills N, --only api|postgres|both.');
  return { seed, kills, plan };
}

async function mint(product) {
  const call = await product.signIn();
  const scopes = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write'];
  await call('PATCH', '/v1/organization', { limits: { perKeyPerMinute: 1_000_000, perOrganizationPerMinute: 1_000_000 } });
  const [good, revoked] = [
    await call('POST', '/v1/api-keys', { name: 'Faults', scopes }),
    await call('POST', '/v1/api-keys', { name: 'Revoked', scopes }),
  ];
  await call('POST', `/v1/api-keys/${revoked.id}/revoke`, { reason: 'faults' });
  return { secret: good.secret, revoked: revoked.secret };
}

const postgresSignals = ['SIGKILL', 'SIGQUIT'];

/** Each resolves when the client can go on. */
const faults = {
  async api({ product }) {
    await product.killApi();
    product.spawn();
  },
  async postgres({ product, random }) {
    product.killPostgres(random.pick(postgresSignals));
    // The API notices a moment later, and is not ready until it has started another one.
    for (let waited = 0; (await product.isReady()) && waited < 40; waited += 1) await delay(50);
  },
  async both({ product, random }) {
    const [first, second] = random.pick([
      [() => product.killApi(), () => product.killPostgres('SIGKILL')],
      [() => product.killPostgres('SIGKILL'), () => product.killApi()],
    ]);
    await first();
    await delay(random.below(TOGETHER_MS));
    await second();
    product.spawn();
  },
  /** While it recovers from a kill, and is killed again. */
  async start({ product, random }) {
    await product.killApi();
    product.spawn();
    await Promise.race([delay(random.between(...START_MS)), product.ready()]);
    await product.killApi();
    product.spawn();
  },
};

async function killAgainAndAgain({ product, client, random, kills, plan }) {
  const done = {};
  for (let number = 0; number < kills; number += 1) {
    const kind = plan[number % plan.length];
    const before = client.answered;
    await calm(client, before + random.between(1, CALM_ANSWERS));
    const fault = kind === 'postgres' ? faults[kind]({ product, random }) : paused(client, () => faults[kind]({ product, random }));
    const at = Date.now();
    await fault;
    await product.ready();
    if (kind !== 'postgres') client.connect(product.url);
    done[kind] = (done[kind] ?? 0) + 1;
    const seconds = ((Date.now() - at) / 1_000).toFixed(1);
    console.log(`${number + 1}/${kills} ${kind}: after ${client.answered - before} answers, back in ${seconds} s`);
  }
  return done;
}

async function calm(client, answers) {
  for (const end = Date.now() + CALM_MS; client.answered < answers && Date.now() < end;) await delay(2);
}

/** What is in flight is cut by the fault; nothing new is sent to a process that is gone. */
function paused(client, fault) {
  const work = fault();
  client.pause();
  return work;
}

function report({ attempts }, { rows }, result, done) {
  const answered = attempts.filter(({ id }) => id !== null);
  const statuses = Object.groupBy
    ? Object.groupBy(answered, ({ status }) => status)
    : answered.reduce((all, one) => ({ ...all, [one.status]: [...(all[one.status] ?? []), one] }), {});
  console.table({
    kills: Object.entries(done).map(([kind, count]) => `${count} ${kind}`).join(', '),
    sent: attempts.filter(({ sent }) => sent).length,
    answered: answered.length,
    statuses: Object.entries(statuses).map(([status, some]) => `${some.length} x ${status}`).join(', '),
    'records of these': result.stored,
    'outcome unknown': result.unknown,
    'rows in all': rows.length,
  }); // prettier-ignore
}

async function run({ seed, kills, plan }) {
  const product = new Product();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void product.end({ keep: false }).then(() => process.exit(130)));
  let failed = true;
  try {
    console.log(`seed ${seed}, ${kills} kills`);
    product.spawn();
    await product.ready();
    await product.assertFlushing();
    const random = seeded(seed);
    const client = new Client(seeded(seed + 1), await mint(product));
    client.start(product.url);
    const done = await killAgainAndAgain({ product, client, random, kills, plan });
    await client.stop();
    await product.shipped();
    const stored = await readStored(product);
    const result = check({ attempts: client.attempts, ...stored });
    const code = await product.stop();
    if (code !== 0) result.findings.push({ rule: 'stop', what: `the product ended with ${code}` });
    report(client, stored, result, done);
    failed = tell(result.findings);
  } finally {
    await product.end({ keep: failed });
    if (failed && existsSync(product.base)) console.log(`The data is left in ${product.base}`);
  }
  return failed ? 1 : 0;
}

/** True when something does not hold. */
function tell(findings) {
  for (const { rule, what } of findings.slice(0, SHOWN_FINDINGS)) console.log(`${rule}: ${what}`);
  if (findings.length > SHOWN_FINDINGS) console.log(`... and ${findings.length - SHOWN_FINDINGS} more`);
  const of = (...rules) => findings.filter(({ rule }) => rules.includes(rule)).length;
  const others = findings.length - of('lost', 'off the record', 'doubled');
  console.log(`${of('lost', 'off the record')} lost, ${of('doubled')} doubled${others > 0 ? `, ${others} other findings` : ''}`);
  return findings.length > 0;
}

try {
  process.exit(await run(readOptions()));
} catch (error) {
  console.error(error);
  process.exit(1);
}
