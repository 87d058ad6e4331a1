// The clock of the product jumps while it runs, and while it is down: an hour back, a day forward, two months forward (where no partition is).
// Nothing is lost or doubled, ids grow within a process, and offsets of the journal are never used twice.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { outOfOrder } from '../check.mjs';
import { findFaketime } from '../machine.mjs';
import { logOf } from '../stored.mjs';
import { Impossible } from '../stage.mjs';

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** libfaketime looks at its file once a second. */
const NOTICED_MS = 1_500;
const SHOWN = 5;
/** In seconds from the true time, one after the other. `restart`: killed, and started with the other clock. */
const jumps = [
  { to: -HOUR },
  { to: DAY },
  { to: 0 },
  { to: 61 * DAY },
  { to: 400 * DAY },
  { to: -HOUR, restart: true },
  { to: DAY, restart: true },
  { to: 61 * DAY, restart: true },
  { to: 0, restart: true },
];

export const clock = {
  about: 'the clock set back and forward',
  long: { rounds: 5, seconds: 8 },
  short: { rounds: 1, seconds: 2 },
  async run(stage) {
    const { settings } = stage;
    const library = findFaketime();
    if (!library) throw new Impossible('there is no libfaketime on this machine, and it could not be installed');
    const file = join(stage.base, 'time');
    set(file, 0);
    const server = await stage.server();
    const environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
    const product = await stage.product({ urls: server.urls(), environment });
    const client = await stage.client(product);
    client.start(product.url);
    const starts = [0];
    for (let round = 0; round < settings.rounds; round += 1)
      for (const jump of jumps) {
        set(file, jump.to);
        if (jump.restart) starts.push(await restart(product, client));
        else await delay(NOTICED_MS);
        const before = client.answered;
        await delay(settings.seconds * 1_000);
        stage.log(`${shown(jump)}: ${client.answered - before} answers`);
      }
    const { attempts } = await stage.conclude();
    for (const [at, from] of starts.entries()) {
      const ofProcess = attempts.filter(({ due }) => due >= from && due < (starts[at + 1] ?? Infinity));
      for (const what of outOfOrder(ofProcess).slice(0, SHOWN)) stage.find('order', what);
    }
    stage.figures.jumps = `${settings.rounds} x (${jumps.map(shown).join(', ')})`;
    const days = await server.query(
      `select (occurred_at at time zone 'utc')::date::text as day, count(*)::int from ${await logOf(server)} group by 1 order by 1`,
    );
    stage.figures['rows by day'] = days.map(({ day, count }) => `${count} on ${day}`).join(', ');
    const [{ stray }] = await server.query('select count(*)::int as stray from app.audit_log_default');
    stage.figures['rows in the default partition'] = stray;
  },
};

const shown = ({ to, restart: down }) =>
  `${to < 0 ? '' : '+'}${to % DAY === 0 ? `${to / DAY} d` : `${to / HOUR} h`}${down ? ' over a kill' : ''}`;

/** Whole at every moment: the library may read it at any. */
function set(file, offsetSeconds) {
  writeFileSync(`${file}.next`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}`);
  renameSync(`${file}.next`, file);
}

/** Resolves with the moment from which on the new process answers. */
async function restart(product, client) {
  const dead = product.killApi();
  client.pause();
  await dead;
  const at = performance.now();
  product.spawn();
  await product.ready();
  client.connect(product.url);
  return at;
}
