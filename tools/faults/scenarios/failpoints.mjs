// Killed exactly between two steps: above all between COMMIT and the journal's note of it, where a mistake would double records or burn numbers.
import { join } from 'node:path';
import { bundle } from '../bundle.mjs';
import { until } from '../stage.mjs';

/** A point that is not passed within this time is a fault of the run. */
const REACHED_MS = 30_000;

export const failpoints = {
  about: 'kill -9 exactly between COMMIT and acknowledgement, and at three more such places',
  // The number of times that a point is passed before it kills: [from, to).
  long: {
    points: { 'shipper.committed': 60, 'journal.written': 20, 'journal.flushed': 20, 'exchange.intended': 20 },
    passes: [1, 30],
  },
  short: { points: { 'shipper.committed': 2, 'journal.written': 1, 'journal.flushed': 1, 'exchange.intended': 1 }, passes: [1, 25] },
  async run(stage) {
    const { random, settings } = stage;
    const main = await bundle({ failpoints: true, directory: join(import.meta.dirname, '../../../dist/faults/api') });
    const server = await stage.server();
    const product = await stage.product({ main, urls: server.urls() });
    const client = await stage.client(product);
    client.start(product.url);
    for (const [point, times] of Object.entries(settings.points))
      for (let time = 1; time <= times; time += 1) {
        await restart(product, client, { FAILPOINT: `${point}:${random.between(...settings.passes)}` });
        if ((await until(() => !product.runs, REACHED_MS)) === null) stage.find('not killed', `${point} was not reached`);
        else if (product.child.signalCode !== 'SIGKILL') stage.find('not killed', `${point}: the product ended by itself`);
        stage.log(`${point}, ${time}/${times}: ${client.answered} answers so far`);
      }
    await restart(product, client, {});
    stage.figures.kills = Object.entries(settings.points).map(([point, times]) => `${times} ${point}`).join(', '); // prettier-ignore
    await stage.conclude();
  },
};

async function restart(product, client, environment) {
  client.pause();
  if (product.runs) await product.killApi();
  product.spawn(environment);
  // One that is killed while it recovers was killed at the right place, too.
  await Promise.race([product.ready().catch(() => undefined), product.exited]);
  if (product.url !== null) client.connect(product.url);
}
