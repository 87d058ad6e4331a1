// Every process of PostgreSQL stands still (SIGSTOP) with its connections open: nobody is refused, nobody is answered. Then it goes on.
import { setTimeout as delay } from 'node:timers/promises';
import { latency } from '../client.mjs';
import { counts, milliseconds, recovery, seconds } from '../stage.mjs';

const RECOVERED_WITHIN_MS = 30_000;

export const postgresPaused = {
  about: 'PostgreSQL paused (SIGSTOP) for 60 s under load',
  long: { calmSeconds: 10, pausedSeconds: 60, perSecond: 100 },
  short: { calmSeconds: 2, pausedSeconds: 8, perSecond: 60 },
  async run(stage) {
    const { settings } = stage;
    const server = await stage.server();
    const product = await stage.product({ urls: server.urls() });
    const client = await stage.client(product);
    client.startAt(product.url, settings.perSecond);
    await delay(settings.calmSeconds * 1_000);
    const pausedAt = performance.now();
    server.pause();
    await delay(settings.pausedSeconds * 1_000);
    server.resume();
    const resumedAt = performance.now();
    const recoveredMs = await recovery(stage, client, RECOVERED_WITHIN_MS);
    stage.figures['recovered, after it went on'] = seconds(recoveredMs);
    await delay(settings.calmSeconds * 1_000);
    await stage.conclude();
    const meanwhile = client.attempts.filter(({ due }) => due >= pausedAt && due < resumedAt);
    stage.figures['answers meanwhile'] = counts(meanwhile.map(({ status, code }) => `${status}${code ? ` ${code}` : ''}`));
    stage.figures['slowest answer'] = milliseconds(latency(client.attempts, 1));
    const silent = client.attempts.filter(({ id, sent }) => sent && id === null).length;
    if (silent > 0) stage.find('unanswered', `${silent} requests had no answer`);
  },
};
