// Three processes with a data directory each share one database. One is killed while PostgreSQL is away, so that its journal holds records, and
// stays dead while the others go on; when it is started again nothing is missing. A second process on one directory is refused.
import { setTimeout as delay } from 'node:timers/promises';
import { Product } from '../product.mjs';

export const severalProcesses = {
  about: 'three processes on one database, one of them dead for a while; two on one directory',
  long: { rounds: 6, seconds: 10, awaySeconds: 3, deadSeconds: 10 },
  short: { rounds: 1, seconds: 2, awaySeconds: 1, deadSeconds: 2 },
  async run(stage) {
    const { settings, random } = stage;
    const server = await stage.server();
    const members = [];
    for (const name of ['first', 'second', 'third']) {
      const product = await stage.product({ name, urls: server.urls() });
      const client = await stage.client(product);
      members.push({ name, product, client });
    }
    for (const { client, product } of members) client.start(product.url, 6);
    await refusesAnother(stage, members[1].product);
    for (let round = 0; round < settings.rounds; round += 1) {
      await delay(settings.seconds * 1_000);
      const victim = random.pick(members);
      await server.stop();
      await delay(settings.awaySeconds * 1_000);
      const dead = victim.product.killApi();
      victim.client.pause();
      await dead;
      await server.start();
      const before = members.map(({ client }) => client.answered);
      await delay(settings.deadSeconds * 1_000);
      victim.product.spawn();
      await victim.product.ready();
      victim.client.connect(victim.product.url, 6);
      const went = members.map(({ name, client }, at) => `${name} ${client.answered - before[at]}`);
      stage.log(`${victim.name} was dead; answers meanwhile: ${went.join(', ')}`);
    }
    await stage.conclude();
  },
};

async function refusesAnother(stage, owner) {
  const another = new Product(owner.base, { urls: owner.urls });
  stage.atEnd(() => another.end());
  another.spawn();
  const [code] = await Promise.race([another.exited, delay(60_000, [null], { ref: false })]);
  const said = another.output.trim().split('\n').at(-1);
  stage.figures['a second process on one directory'] = `ends with ${code}: ${said?.replaceAll(stage.base, '')}`;
  if (code === null || code === 0 || !/in use/.test(another.output))
    stage.find('not refused', `a second process on ${owner.directory}: ${code} ${said}`);
}
