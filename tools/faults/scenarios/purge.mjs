// kill -9 of the API, of PostgreSQL, and of both, at random moments while the purge deletes: at each of them records that are there, records in certificates and
// records that an interrupted purge has noted are together as many as were ever numbered, what is held is there, and in the end nothing is left that should be gone.
import { setTimeout as delay } from 'node:timers/promises';
import { findFaketime } from '../machine.mjs';
import { Impossible, until } from '../stage.mjs';

/** An interrupted purge is looked for at each of these. The clock is set so that one comes soon; by less than what the purge would not believe. */
const AGAIN_MS = 300_000;
/** The product has started by then. */
const SOON_MS = 20_000;
const BEGINS_WITHIN_MS = 120_000;
const ENDS_WITHIN_MS = 600_000;
const HELD_EVERY = 100;

/** Seconds by which the clock has to be changed for the next of them to come soon. */
function offset() {
  const left = AGAIN_MS - (Date.now() % AGAIN_MS);
  const ahead = left - SOON_MS;
  return (ahead <= AGAIN_MS / 2 ? ahead : ahead - AGAIN_MS) / 1_000;
}

const account = `select (select count(*) from app.audit_log l where l.organization_id = o.id) + (select coalesce(sum(rows), 0) from app.purge_certificate c where c.organization_id = o.id)
    + (select coalesce(sum(rows), 0) from app.purge_progress p where p.organization_id = o.id) as known,
    (select sequence from app.audit_head h where h.organization_id = o.id) as last,
    (select count(*) from app.audit_log l where l.organization_id = o.id and l.occurred_at < now() - interval '9 days') as old,
    (select count(*) from app.audit_log l where l.organization_id = o.id and l.path = '/held') as held,
    (select coalesce(sum(rows), 0) from app.purge_progress p where p.organization_id = o.id) as begun
  from app.organization o where o.is_home`;
const numbers = async (product) => Object.fromEntries(Object.entries((await product.query(account))[0]).map(([name, value]) => [name, Number(value)])); // prettier-ignore

/** As many old records as were asked for, each like one that was recorded, with numbers of their own; some of them are held. */
async function age(product, rows) {
  const columns = await product.query(
    `select column_name as name from information_schema.columns where table_schema = 'app' and table_name = 'audit_log' and is_generated = 'NEVER'`,
  );
  const made = {
    id: 'gen_random_uuid()',
    occurred_at: `now() - interval '20 days' + n * interval '1 second' / 10`,
    sequence: 'h.sequence + n',
    sequence_block: '((h.sequence + n) / 128)::integer',
    path: `case when n % ${HELD_EVERY} = 0 then '/held' else '/old' end`,
  };
  const names = columns.map(({ name }) => name);
  await product.query(
    `with h as (select organization_id, sequence from app.audit_head h join app.organization o on o.id = h.organization_id and o.is_home for update of h),
       made as (insert into app.audit_log (${names.join(', ')})
         select ${names.map((name) => made[name] ?? `l.${name}`).join(', ')} from h cross join generate_series(1, ${rows}) as n
           cross join lateral (select * from app.audit_log l where l.organization_id = h.organization_id limit 1) l returning 1)
     update app.audit_head set sequence = sequence + (select count(*) from made) where organization_id = (select organization_id from h)`,
  );
}

const kills = {
  api: ({ product }) => product.killApi(),
  async postgres({ product }) {
    product.killPostgres('SIGKILL');
    await product.killApi();
  },
  async both({ product, random }) {
    await product.killApi();
    await delay(random.below(40));
    product.killPostgres('SIGKILL');
  },
};

export const purge = {
  about: 'kill -9 in the middle of the purge: every number is accounted for, what is held stays, and it goes on',
  long: { rows: 200_000, kills: { api: 4, postgres: 2, both: 2 } },
  short: { rows: 60_000, kills: { api: 1, both: 1 } },
  async run(stage) {
    const { settings, random } = stage;
    const library = findFaketime();
    if (!library) throw new Impossible('there is no libfaketime on this machine, and it could not be installed');
    const product = await stage.product();
    const call = await product.signIn();
    await call('POST', '/v1/holds', { reason: 'faults', filter: { path: '/held' } });
    await product.shipped();
    await age(product, settings.rows);
    await product.query(`update app.organization set plan = 'starter'`);
    // As if one had been interrupted before its first step.
    await product.query(`insert into app.purge_progress (organization_id, id, began_at, cutoff_at, policy) select id, gen_random_uuid(), now(), now() - interval '7 days', '{}' from app.organization`); // prettier-ignore
    const held = (await numbers(product)).held;
    const start = async () => {
      const seconds = offset();
      product.spawn({ LD_PRELOAD: library, FAKETIME: `${seconds < 0 ? '' : '+'}${seconds.toFixed(1)}`, FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' }); // prettier-ignore
      await product.ready();
    };
    const compare = async (when) => {
      const found = await numbers(product);
      if (found.known !== found.last) stage.find(found.known < found.last ? 'lost' : 'doubled', `${when}: ${found.known} are known of, ${found.last} were numbered`); // prettier-ignore
      if (found.held !== held) stage.find('held', `${when}: ${found.held} of ${held} that are held are there`);
      return found;
    };
    await product.killApi();
    await start();
    const kinds = Object.entries(settings.kills).flatMap(([kind, count]) => Array.from({ length: count }, () => kind));
    for (const [number, kind] of kinds.entries()) {
      const { begun } = await numbers(product);
      const begins = await until(async () => (await numbers(product)).begun > begun, BEGINS_WITHIN_MS, 50);
      if (begins === null) return stage.find('stuck', `the purge does not go on after ${number} kills: ${product.output.slice(-1_000)}`);
      await delay(random.below(200));
      await kills[kind]({ product, random });
      await start();
      // Requests of this start are numbered and shipped by now.
      await product.shipped();
      const { begun: gone } = await compare(`kill ${number + 1}, ${kind}`);
      stage.log(`${number + 1}/${kinds.length} ${kind}: ${gone} were gone`);
    }
    const ended = await until(async () => (await numbers(product)).old === held, ENDS_WITHIN_MS, 500);
    if (ended === null) stage.find('stuck', 'the purge does not end');
    await until(async () => (await product.query('select 1 from app.purge_progress')).length === 0, BEGINS_WITHIN_MS, 100);
    await product.shipped();
    const { known, last, old } = await compare('at the end');
    const [{ certified }] = await product.query('select coalesce(sum(rows), 0)::int as certified from app.purge_certificate');
    Object.assign(stage.figures, { kills: Object.entries(settings.kills).map(([kind, count]) => `${count} ${kind}`).join(', '), certified, held: old, known, last }); // prettier-ignore
    const code = await product.stop();
    if (code !== 0) stage.find('stop', `the product ended with ${code}`);
  },
};
