/** What counts as PostgreSQL being there. That it hangs is database-hangs.spec.ts. */
import { DataSource } from 'typeorm';
import { startTestApp, testConfig, type TestApp } from '../testing/test-app';
import { appDataSourceOptions } from './data-source';
import { DatabaseWatch } from './database-watch';

const LOGIN = 'watch_login';
let t: TestApp;
let pool: DataSource;
beforeAll(async () => {
  t = await startTestApp(__filename);
  await t.sql(`drop role if exists ${LOGIN}`);
  await t.sql(`create role ${LOGIN} login password 'only of this spec'; grant pinebill_app to ${LOGIN}`);
  pool = new DataSource(appDataSourceOptions(t.db.url));
  await pool.initialize();
});
afterAll(async () => {
  await pool.destroy();
  await t.sql(`drop role ${LOGIN}`);
  await t.close();
});

/** After one look with this password. */
async function seesIt(password: string): Promise<boolean> {
  const url = Object.assign(new URL(t.db.url), { username: LOGIN, password });
  const watch = new DatabaseWatch(testConfig(url.href, '.'), pool);
  await (watch as unknown as { look: () => Promise<void> }).look();
  watch.onApplicationShutdown();
  return watch.isAnswering;
}

it('a server that answers is there', async () => {
  expect(await seesIt('only of this spec')).toBe(true);
});

it('one that turns the product away is not', async () => {
  expect(await seesIt('another password')).toBe(false);
});

it('one that has no connection left is: those of the pool go on', async () => {
  await t.sql(`alter role ${LOGIN} connection limit 0`);
  expect(await seesIt('only of this spec')).toBe(true);
});
