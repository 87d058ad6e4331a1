// The API killed again and again in the other modes. `committed`: nothing is lost even when the data directory is gone with the machine; requests
// that had begun are `unknown`. `async`: what is lost is at most what the gap records say.
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stage.mjs';

/** Intents of a process that is gone are taken over when it has not been seen for a while. */
const ADOPTED_WITHIN_MS = 180_000;

const scenario = (about, { mode, loseDirectory = false, mayLose = false, pending }) => ({
  about,
  pending,
  long: { kills: 60, calmMs: [100, 2_500] },
  short: { kills: 4, calmMs: [100, 1_000] },
  async run(stage) {
    const { random, settings } = stage;
    const server = await stage.server();
    const product = await stage.product({ urls: server.urls(), environment: { PINEBILL_AUDIT_MODE: mode } });
    const client = await stage.client(product);
    client.start(product.url);
    for (let kill = 0; kill < settings.kills; kill += 1) {
      await delay(random.between(...settings.calmMs));
      const dead = product.killApi();
      client.pause();
      await dead;
      if (loseDirectory) rmSync(product.directory, { recursive: true });
      product.spawn();
      await product.ready();
      client.connect(product.url);
    }
    await client.stop();
    const adoptedMs = await until(() => hasNoIntents(server), ADOPTED_WITHIN_MS, 500);
    if (adoptedMs === null) stage.find('not adopted', 'intents of dead processes are still there');
    stage.figures.kills = settings.kills;
    await stage.conclude({ mayLose });
  },
});

async function hasNoIntents(server) {
  const [{ table }] = await server.query(`select to_regclass('app.audit_intent') is not null as table`);
  if (!table) return true;
  const [{ count }] = await server.query('select count(*)::int as count from app.audit_intent');
  return count === 0;
}

export const committedKills = scenario('mode committed: kill -9 of the API', { mode: 'committed' });
export const committedDirectoryLost = scenario('mode committed: kill -9 of the API, and its data directory deleted', {
  mode: 'committed',
  loseDirectory: true,
});
export const asyncKills = scenario('mode async: kill -9 of the API loses at most what the gap records say', {
  mode: 'async',
  mayLose: true,
});
