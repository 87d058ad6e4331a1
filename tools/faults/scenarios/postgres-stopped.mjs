// PostgreSQL stopped for minutes while requests go on coming at a fixed rate (open loop: nobody waits for the API). Every one is answered about
// as fast as before, and everything is stored soon after its return.
import { setTimeout as delay } from 'node:timers/promises';
import { latency } from '../client.mjs';
import { milliseconds, seconds, until } from '../stage.mjs';
import { countStored } from '../stored.mjs';

const SLOWER_AT_MOST = 2;
const DRAINED_WITHIN_MS = 60_000;

export const postgresStopped = {
  about: 'PostgreSQL stopped for 2 minutes at 300 requests/s',
  long: { perSecond: 300, warmSeconds: 10, normalSeconds: 60, awaySeconds: 120 },
  short: { perSecond: 150, warmSeconds: 3, normalSeconds: 8, awaySeconds: 10 },
  async run(stage) {
    const { settings } = stage;
    const server = await stage.server();
    const product = await stage.product({ urls: server.urls() });
    const client = await stage.client(product);
    client.startAt(product.url, settings.perSecond);
    await delay(settings.warmSeconds * 1_000);
    const normal = await during(settings.normalSeconds);
    await server.stop();
    const away = await during(settings.awaySeconds);
    await server.start();
    const drainedMs = await drained(product, client);
    stage.figures['all stored, after its return'] = seconds(drainedMs);
    if (drainedMs === null)
      stage.find('too slow', `not everything was stored ${seconds(DRAINED_WITHIN_MS)} after the return of PostgreSQL`);
    await stage.conclude();
    compare(stage, client.attempts, normal, away);
  },
};

/** Resolves with the time until everything that had been answered by now has its row, null when it took too long. */
function drained(product, client) {
  const ids = client.attempts.filter(({ id }) => id !== null).map(({ id }) => id);
  return until(async () => (await countStored(product, ids)) === ids.length, DRAINED_WITHIN_MS, 500);
}

async function during(length) {
  const from = performance.now();
  await delay(length * 1_000);
  return [from, performance.now()];
}

function compare(stage, attempts, normal, away) {
  for (const [name, span] of Object.entries({ normal, away })) {
    for (const [share, shown] of [[0.5, 'p50'], [0.99, 'p99']]) stage.figures[`${shown}, ${name}`] = milliseconds(latency(attempts, share, span)); // prettier-ignore
  }
  const refused = attempts.filter(({ status }) => status === 503);
  stage.figures['p99 of the 503s, away'] = milliseconds(latency(refused, 0.99, away));
  const ratio = latency(attempts, 0.99, away) / latency(attempts, 0.99, normal);
  stage.figures['p99, times the normal'] = ratio.toFixed(2);
  if (!(ratio <= SLOWER_AT_MOST)) stage.find('too slow', `the p99 was ${ratio.toFixed(2)} times the normal one while PostgreSQL was away`);
  const silent = attempts.filter(({ id, sent }) => sent && id === null).length;
  if (silent > 0) stage.find('unanswered', `${silent} requests had no answer`);
}
