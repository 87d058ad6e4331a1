// The connection to PostgreSQL is cut when COMMIT was sent and before the answer is passed on, again and again, for the shipper's batches and
// for the handlers' own transactions: nothing is doubled, no number is burnt, and an answer about such a change says that it is not known.
import { setTimeout as delay } from 'node:timers/promises';
import { Proxy } from '../proxy.mjs';
import { until } from '../stage.mjs';

const PATIENCE_MS = 600_000;
const places = ['answer', 'answer', 'sent', 'unsent'];

export const cutCommits = {
  about: 'connections cut after COMMIT was sent',
  // `cuts`: at least so many with the answer withheld, of the shipper's and of handlers' commits each. `everyNth`: one commit in so many.
  long: { cuts: 100, everyNth: { shipper: 3, handler: 12 } },
  short: { cuts: 8, everyNth: { shipper: 2, handler: 8 } },
  async run(stage) {
    const { random, settings } = stage;
    const server = await stage.server();
    let cutting = false;
    const proxy = await Proxy.make(server.port, (who) =>
      cutting && random.below(settings.everyNth[who]) === 0 ? random.pick(places) : null,
    );
    stage.atEnd(() => proxy.end());
    const product = await stage.product({ urls: server.urls(proxy.port) });
    const client = await stage.client(product);
    cutting = true;
    client.start(product.url);
    const enough = () => Object.values(proxy.cuts).every(({ answer }) => answer >= settings.cuts);
    if ((await until(enough, PATIENCE_MS, 100)) === null) stage.find('too few', `cut only ${JSON.stringify(proxy.cuts)}`);
    cutting = false;
    await delay(1_000);
    const { attempts } = await stage.conclude();
    for (const [who, cuts] of Object.entries(proxy.cuts)) stage.figures[`cuts, ${who}`] = Object.entries(cuts).map(([place, count]) => `${count} ${place}`).join(', '); // prettier-ignore
    stage.figures['answers that say "not known"'] = attempts.filter(
      ({ status, detail }) => status === 503 && /not known/.test(detail),
    ).length;
  },
};
