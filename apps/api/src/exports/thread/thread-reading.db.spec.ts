import { newId } from '../../platform/ids';
import { organizations, startTestApp, type TestApp } from '../../testing/test-app';
import { Blocks, copyOut } from '../parts/copy-out';
import { ThreadReading } from './thread-reading';

let t: TestApp;
let reading: ThreadReading;
const home = { organizationId: organizations.home };

beforeAll(async () => {
  t = await startTestApp(__filename);
  reading = await ThreadReading.open(t.config.databaseUrl ?? '');
});
afterAll(async () => {
  await reading.close();
  await t.close();
});

it('answers a question in the middle of a COPY, which waits for the answer', async () => {
  const names: unknown[] = [];
  const blocks = new Blocks();
  const rows = await reading.run(home, (tx) =>
    copyOut(tx, `copy (select repeat('x', 1000) from generate_series(1, 2000)) to stdout`, blocks, async (bytes) => {
      names.push(...(await reading.run(home, (other) => other.query<unknown[]>('select name from organization'))));
      blocks.give(bytes);
    }),
  );
  expect(rows).toBe(2_000);
  expect(names.length).toBeGreaterThan(5);
});

it('sees one organization, as one processor of the server, and is as it was after a failure', async () => {
  const [settings] = await reading.run(home, (tx) =>
    tx.query<unknown[]>(`select current_user as role, current_setting('max_parallel_workers_per_gather') as workers`),
  );
  expect(settings).toEqual({ role: 'pinebill_app', workers: '0' });
  await expect(reading.run(home, (tx) => tx.query('select nothing'))).rejects.toThrow('column "nothing" does not exist');
  const count = async (organizationId: string): Promise<number> =>
    Number((await reading.run({ organizationId }, (tx) => tx.query<{ count: string }[]>('select count(*) from membership')))[0]?.count);
  expect(await count(organizations.home)).toBeGreaterThan(0);
  expect(await count(newId())).toBe(0);
  await expect(reading.run({ organizationId: `x' or true` }, () => Promise.resolve())).rejects.toThrow('organizationId is not a uuid');
});
