// Three processes on one database, all of them under load with one key, and one of them revokes it. Measured is the time from the answer of the
// revoke call to the last answer anywhere that let the key in (received, so what was let in before and travelled counts as well). Then the same
// with a process that hears of nothing (its notifications are swallowed), and with one that does not reach PostgreSQL at all.
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Faucet } from '../faucet.mjs';
import { milliseconds, seconds, until } from '../stage.mjs';

const P99_MS = 250;
const MOST_MS = 1_000;
const DEAF_MS = 5_000;
const AWAY_MS = 30_000;
/** So many refusals in a row from each process, and nothing more will be let in. */
const REFUSALS = 20;

export const revocation = {
  about: 'a key revoked under load on three processes; with notifications swallowed, with PostgreSQL out of reach of one',
  long: { rounds: 100, perProcess: 3, deaf: 5, away: 1 },
  short: { rounds: 10, perProcess: 2, deaf: 1, away: 0 },
  async run(stage) {
    const { settings } = stage;
    const server = await stage.server();
    const faucet = await Faucet.make(server.port);
    stage.atEnd(() => faucet.end());
    const world = { stage, faucet, members: [] };
    for (const name of ['first', 'second', 'third']) {
      const product = await stage.product({ name, urls: server.urls(name === 'third' ? faucet.port : undefined) });
      world.members.push({ name, product, admin: await product.signIn() });
    }
    await world.members[0].admin('PATCH', '/v1/organization', {
      limits: { perKeyPerMinute: 1_000_000, perOrganizationPerMinute: 1_000_000 },
    });
    await undisturbed(world, settings.rounds);
    await deaf(world, settings.deaf);
    if (settings.away > 0) await away(world);
  },
};

async function undisturbed(world, rounds) {
  const { stage, members } = world;
  const [late, took, confirmed] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const load = await loaded(world);
    await delay(50 + stage.random.below(200));
    const sentAt = performance.now();
    const answer = await revoke(stage.random.pick(members), load.key);
    took.push(performance.now() - sentAt);
    const answeredAt = performance.now();
    await load.refused();
    await load.stop();
    late.push(Math.max(0, load.lastAccepted() - answeredAt));
    confirmed.push(answer.effectiveAt !== null && answer.processes.every(({ settledBy }) => settledBy === 'confirmation'));
    untruth(stage, answer, load, 'all confirmed');
  }
  stage.figures['revocations'] = rounds;
  stage.figures['answer of the revoke call, p50, p99'] = `${milliseconds(quantile(took, 0.5))}, ${milliseconds(quantile(took, 0.99))}`;
  stage.figures['confirmed by all in the answer'] = `${confirmed.filter(Boolean).length} of ${rounds}`;
  stage.figures['last acceptance after the answer, p99'] = milliseconds(quantile(late, 0.99));
  stage.figures['last acceptance after the answer, most'] = milliseconds(Math.max(...late));
  if (quantile(late, 0.99) > P99_MS) stage.find('late', `p99 ${milliseconds(quantile(late, 0.99))}`);
  if (Math.max(...late) > MOST_MS) stage.find('late', `most ${milliseconds(Math.max(...late))}`);
}

/** The third process hears nothing; every other message of PostgreSQL reaches it. */
async function deaf(world, rounds) {
  const { stage, members, faucet } = world;
  const late = [];
  for (let round = 0; round < rounds; round += 1) {
    const load = await loaded(world);
    faucet.mute = true;
    // From within the time in which the process still believes that it hears, to long after.
    await delay(stage.random.below(3_000));
    const answer = await revoke(members[0], load.key);
    const answeredAt = performance.now();
    if (answer.effectiveAt !== null) stage.find('untrue', `in force at ${answer.effectiveAt}, and one process cannot have heard of it`);
    await load.refused(DEAF_MS + 5_000);
    await load.stop();
    late.push(Math.max(0, load.lastAccepted() - answeredAt));
    faucet.mute = false;
    await delay(3_000);
  }
  stage.figures['last acceptance, notifications swallowed'] = late.map(milliseconds).join(', ');
  if (Math.max(...late) > DEAF_MS) stage.find('late', `with notifications swallowed: ${seconds(Math.max(...late))}`);
}

/** The third process does not reach PostgreSQL, and is not known to be alive. */
async function away(world) {
  const { stage, members, faucet } = world;
  const load = await loaded(world);
  const cutAt = performance.now();
  faucet.shut();
  const answer = await revoke(members[0], load.key);
  const answeredAt = performance.now();
  if (answer.effectiveAt !== null) stage.find('untrue', `in force at ${answer.effectiveAt}, and one process cannot have heard of it`);
  await load.refused(AWAY_MS + 10_000);
  await load.stop();
  stage.figures['last acceptance, PostgreSQL out of reach, after the cut'] = seconds(load.lastAccepted() - cutAt);
  stage.figures['the same, after the answer'] = seconds(Math.max(0, load.lastAccepted() - answeredAt));
  if (load.lastAccepted() - cutAt > AWAY_MS) stage.find('late', `with PostgreSQL out of reach: ${seconds(load.lastAccepted() - cutAt)}`);
  let settled = null;
  await until(async () => (settled = await revoke(members[0], load.key)).effectiveAt !== null, 40_000, 1_000);
  if (settled.effectiveAt === null) stage.find('unsettled', JSON.stringify(settled));
  else untruth(stage, settled, load, 'one out of reach');
  stage.figures['its part settled by'] = settled.processes.map(({ settledBy }) => settledBy).join(', ');
  if (settled.revokedAt !== answer.revokedAt) stage.find('untrue', `revoked at ${answer.revokedAt}, then at ${settled.revokedAt}`);
  faucet.open();
}

/** What was let in after the moment from which on nothing is, by the answer. The clocks are one: all processes run on this machine. */
function untruth(stage, { effectiveAt }, load, when) {
  if (effectiveAt === null) return;
  const sent = load.accepted.filter(({ sentAt }) => performance.timeOrigin + sentAt > Date.parse(effectiveAt) + 1);
  if (sent.length > 0) stage.find('untrue', `${when}: in force at ${effectiveAt}, and ${sent.length} requests sent later were let in`);
}

const revoke = ({ admin }, key) => admin('POST', `/v1/api-keys/${key.id}/revoke`, { reason: 'faults' });

/** A new key, in use on every process. */
async function loaded({ stage, members }) {
  const key = await members[0].admin('POST', '/v1/api-keys', { name: `Faults ${performance.now()}`, scopes: ['invoices:read'] });
  const load = new Load(stage, key);
  for (const { product } of members) load.start(product.url, stage.settings.perProcess);
  await load.inUse();
  return load;
}

class Load {
  accepted = [];
  #running = true;
  #agent = new Agent({ keepAlive: true });
  #workers = [];
  #refusals = [];

  constructor(stage, key) {
    Object.assign(this, { stage, key });
  }

  start(url, inFlight) {
    const process = { row: 0, accepted: 0 };
    this.#refusals.push(process);
    for (let one = 0; one < inFlight; one += 1) this.#workers.push(this.#work(url, process));
  }

  inUse = () => this.#all(({ accepted }) => accepted >= 5, 10_000, 'the key does not get into use');
  refused = (withinMs = 10_000) => this.#all(({ row }) => row >= REFUSALS, withinMs, 'the key is not refused everywhere');
  lastAccepted = () => Math.max(...this.accepted.map(({ at }) => at));

  async stop() {
    this.#running = false;
    await Promise.all(this.#workers);
    this.#agent.destroy();
  }

  async #all(holds, withinMs, otherwise) {
    if ((await until(() => this.#refusals.every(holds), withinMs, 2)) === null) this.stage.find('late', otherwise);
  }

  async #work(url, process) {
    while (this.#running) {
      const sentAt = performance.now();
      const status = await this.#call(url);
      this.stage.answered += 1;
      // 404: let in, there is no such invoice.
      if (status === 404) {
        this.accepted.push({ sentAt, at: performance.now() });
        Object.assign(process, { row: 0, accepted: process.accepted + 1 });
      } else if (status === 401 || status === 503) process.row += 1;
      else this.stage.find('unexpected', `answered ${status}`);
      // Each answer is a record; the point is when the last one comes, not how many there are.
      await delay(2);
    }
  }

  #call(url) {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${this.key.secret}`, 'user-agent': 'faults' };
      const outgoing = request(`${url}/v1/invoices/inv_nope`, { agent: this.#agent, headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode));
      });
      outgoing.on('error', () => resolve(null));
      outgoing.end();
    });
  }
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
