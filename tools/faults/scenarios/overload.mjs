// Ten times as much as can be served, for a minute: memory stays bounded, every refusal is recorded or counted, and all is well soon after.
import { setTimeout as delay } from 'node:timers/promises';
import { latency } from '../client.mjs';
import { Flood } from '../flood.mjs';
import { seeded } from '../random.mjs';
import { counts, milliseconds, seconds, until } from '../stage.mjs';

const MEMORY_BYTES = 512 * 1_024 * 1_024;
const NORMAL_WITHIN_MS = 30_000;
const WINDOW_MS = 2_000;
/** Below this a p99 is normal in any case: other work of the machine makes more. */
const UNNOTICED_MS = 50;
/** Of the sustainable rate: what the steady client sends before, meanwhile and after. */
const STEADY_SHARE = 0.2;

export const overload = {
  about: '10 times the sustainable rate for 60 s',
  long: { times: 10, measureSeconds: 10, normalSeconds: 15, floodSeconds: 60 },
  short: { times: 10, measureSeconds: 3, normalSeconds: 4, floodSeconds: 6 },
  async run(stage) {
    const { settings } = stage;
    const server = await stage.server();
    const product = await stage.product({ urls: server.urls() });
    const sustainable = await measure(stage, product);
    const steady = await stage.client(product);
    steady.startAt(product.url, Math.ceil(sustainable * STEADY_SHARE));
    const from = performance.now();
    await delay(settings.normalSeconds * 1_000);
    const normal = latency(steady.attempts, 0.99, [from + 1_000, performance.now()]);
    const flood = new Flood(seeded(stage.seed + 100), stage.keys, 'faultsflood');
    stage.clients.push(flood);
    const offered = Math.ceil(sustainable * settings.times);
    await flood.run(product.url, offered, settings.floodSeconds);
    const backMs = await until(() => isNormal(steady, normal), NORMAL_WITHIN_MS, 250);
    if (backMs === null) stage.find('too slow', `not back to normal ${seconds(NORMAL_WITHIN_MS)} after the flood`);
    const memory = product.peakMemory;
    if (memory > MEMORY_BYTES) stage.find('memory', `${mebibytes(memory)} were resident`);
    await stage.conclude();
    report(stage, { flood, sustainable, offered, normal, backMs, memory });
  },
};

/** What one client gets through when it always has 16 requests under way. */
async function measure(stage, product) {
  const client = await stage.client(product);
  client.start(product.url);
  await delay(1_000);
  const before = client.answered;
  await delay(stage.settings.measureSeconds * 1_000);
  const perSecond = (client.answered - before) / stage.settings.measureSeconds;
  await client.stop();
  return perSecond;
}

function isNormal({ attempts }, normal) {
  const to = performance.now() - WINDOW_MS / 4;
  const some = attempts.filter(({ due }) => due >= to - WINDOW_MS && due < to);
  if (some.length === 0 || !some.every(({ id, status }) => id !== null && status < 500)) return false;
  return latency(some, 0.99) <= Math.max(2 * normal, UNNOTICED_MS);
}

const mebibytes = (bytes) => `${(bytes / 1_024 / 1_024).toFixed(0)} MiB`;

function report(stage, { flood, sustainable, offered, normal, backMs, memory }) {
  const { attempts, withheld } = flood;
  const span = (attempts.at(-1).due - attempts[0].due) / 1_000;
  Object.assign(stage.figures, {
    'sustainable, requests/s': sustainable.toFixed(0),
    'offered, requests/s': offered,
    'sent, requests/s': (attempts.length / span).toFixed(0),
    'not sent, all connections waiting': withheld,
    'flood, answers': counts(attempts.map(({ status, code, error }) => `${status ?? `none (${error})`}${code ? ` ${code}` : ''}`)),
    'flood, p50 and p99': `${milliseconds(latency(attempts, 0.5))}, ${milliseconds(latency(attempts, 0.99))}`,
    'p99 before': milliseconds(normal),
    'back to normal after': seconds(backMs),
    'most resident memory': mebibytes(memory),
  });
}
