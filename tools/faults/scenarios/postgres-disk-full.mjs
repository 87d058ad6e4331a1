// The disk of PostgreSQL is full: it refuses what it cannot extend, or ends by itself when its own log does not fit. The product goes on
// answering and recording, and stores everything once there is room again.
import { statfsSync, unlinkSync, writeSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mountSmall } from '../machine.mjs';
import { counts, recovery, seconds, until } from '../stage.mjs';

const MEBIBYTE = 1_024 * 1_024;
/** Enough for everything that the run stores; what is free is filled up. */
const DISK_BYTES = 384 * MEBIBYTE;
const FULL_WITHIN_MS = 120_000;
const RECOVERED_WITHIN_MS = 60_000;

export const postgresDiskFull = {
  about: 'the disk of PostgreSQL is full',
  long: { calmSeconds: 5, fullSeconds: 30, times: 6, perSecond: 150 },
  short: { calmSeconds: 1, fullSeconds: 5, times: 2, perSecond: 150 },
  async run(stage) {
    const { settings } = stage;
    const directory = join(stage.base, 'small');
    mountSmall(stage, directory, DISK_BYTES);
    const server = await stage.server({ directory, settings: { max_wal_size: '64MB', min_wal_size: '32MB', wal_recycle: 'off' } });
    const product = await stage.product({ urls: server.urls() });
    const client = await stage.client(product);
    client.startAt(product.url, settings.perSecond);
    let ended = 0;
    for (let time = 0; time < settings.times; time += 1) {
      await delay(settings.calmSeconds * 1_000);
      const empty = fill(directory);
      // Every second time its log has to grow at once: then it cannot go on at all.
      if (time % 2 === 1) await server.query('select pg_switch_wal(), pg_switch_wal()').catch(() => undefined);
      const noticedMs = await until(() => failsToShip(product), FULL_WITHIN_MS, 200);
      if (noticedMs === null) stage.find('not full', 'PostgreSQL went on storing on a full disk');
      await delay(settings.fullSeconds * 1_000);
      empty();
      // An operator who has made room starts what ended by itself.
      if (!server.runs) {
        ended += 1;
        await server.start();
      }
      const recoveredMs = await recovery(stage, client, RECOVERED_WITHIN_MS);
      stage.log(`full after ${seconds(noticedMs)}, recovered after ${seconds(recoveredMs)}`);
    }
    stage.figures['PostgreSQL ended by itself'] = `${ended} of ${settings.times} times`;
    const { attempts } = await stage.conclude();
    stage.figures['answers of 5xx'] = counts(attempts.filter(({ status }) => status >= 500).map(({ status, code }) => `${status} ${code}`));
  },
};

async function failsToShip(product) {
  const { parts } = await product.readiness();
  return parts !== undefined && parts.shipper.lastError !== null;
}

/** Takes what is free, to the last block. Returns a function that gives it back. */
function fill(directory) {
  const path = join(directory, 'filler');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(64 * 1_024);
  try {
    for (let free = statfsSync(directory); free.bfree > 0; free = statfsSync(directory)) writeSync(file, block);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
  return () => unlinkSync(path);
}
