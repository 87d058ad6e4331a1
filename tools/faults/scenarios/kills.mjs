// The API killed at random moments under load (now and then while it starts), PostgreSQL with kill -9 or immediate shutdown, and both.
// The seed brings back what is sent and what is killed, not the microsecond in which it happens.
import { setTimeout as delay } from 'node:timers/promises';

/** Between two kills, whichever is first. */
const CALM_MS = 3_000;
const START_MS = [0, 1_500];
const TOGETHER_MS = 40;
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

async function calm(client, answers) {
  for (const end = Date.now() + CALM_MS; client.answered < answers && Date.now() < end;) await delay(2);
}

/** What is in flight is cut by the fault; nothing new is sent to a process that is gone. */
function paused(client, fault) {
  const work = fault();
  client.pause();
  return work;
}

/** As often as the settings say, spread evenly. */
export function plan(kills) {
  const all = Object.entries(kills).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, at) => ({ kind, at: (at + 0.5) / count })),
  );
  return all.sort((a, b) => a.at - b.at).map(({ kind }) => kind);
}

export async function killAgainAndAgain(stage, product, client) {
  const { random, settings } = stage;
  const kinds = plan(settings.kills);
  for (const [number, kind] of kinds.entries()) {
    const before = client.answered;
    await calm(client, before + random.between(1, settings.answers));
    const fault = kind === 'postgres' ? faults[kind]({ product, random }) : paused(client, () => faults[kind]({ product, random }));
    const at = Date.now();
    await fault;
    await product.ready();
    if (kind !== 'postgres') client.connect(product.url);
    const took = ((Date.now() - at) / 1_000).toFixed(1);
    stage.log(`${number + 1}/${kinds.length} ${kind}: after ${client.answered - before} answers, back in ${took} s`);
  }
  stage.figures.kills = Object.entries(settings.kills).map(([kind, count]) => `${count} ${kind}`).join(', '); // prettier-ignore
}

export const kills = {
  about: 'kill -9 of the API, of PostgreSQL, of both, at random moments under load',
  long: { kills: { api: 100, start: 20, postgres: 30, both: 30 }, answers: 1_200 },
  short: { kills: { api: 4, start: 2, postgres: 2, both: 2 }, answers: 600 },
  async run(stage) {
    const product = await stage.product();
    const client = await stage.client(product);
    client.start(product.url);
    await killAgainAndAgain(stage, product, client);
    await stage.conclude();
  },
};
