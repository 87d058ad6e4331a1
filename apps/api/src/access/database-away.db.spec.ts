/** PostgreSQL goes away under the running product: its connections are cut, and new ones find a closed port. */
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

/** The pool that the product asks. The log's own finds its way back, so that what was recorded meanwhile can be read afterwards. */
type Pool = { options: { connectionString: string } };
const pool = () => (t.app.get(DataSource).driver as unknown as { master: Pool }).master;

async function whileAway(work: () => Promise<void>): Promise<void> {
  const { options } = pool();
  const { connectionString } = options;
  options.connectionString = Object.assign(new URL(connectionString), { port: '9' }).toString();
  await t.sql('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
  try {
    await work();
  } finally {
    options.connectionString = connectionString;
  }
}

const mint = async (name: string) =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name, scopes: ['invoices:read'] } })).json as { id: string; secret: string };
/** Answered before any row is needed: what is left is the verdict of the door. */
const use = (secret: string, agent = 'spec') => t.call('/v1/invoices/inv_nope', { key: secret, headers: { 'user-agent': agent } });

it('lets a known key go on, says 503 and not 401 of one it cannot check, and of a session', async () => {
  const [known, fresh, revoked] = [await mint('Known'), await mint('Fresh'), await mint('Revoked')];
  const cookie = await t.signIn('admin');
  expect([(await use(known.secret)).status, (await use(revoked.secret)).status]).toEqual([404, 404]);
  await t.call(`/v1/api-keys/${revoked.id}/revoke`, { as: 'admin', body: { reason: 'leaked' } });

  await whileAway(async () => {
    expect((await use(known.secret)).status).toBe(404);
    for (const key of [fresh, revoked]) {
      const answer = await use(key.secret, 'while-away');
      expect(answer).toMatchObject({ status: 503, json: { code: 'authentication_unavailable' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const person = await t.call('/v1/session', { headers: { cookie } });
    expect(person).toMatchObject({ status: 503, json: { code: 'database_unavailable' } });
    expect(person.headers.get('retry-after')).not.toBeNull();
    expect((await t.call('/v1/invoices', { key: `pbk_${'a'.repeat(36)}` })).status).toBe(401);
    expect((await t.call('/v1/invoices', { key: known.secret })).json.code).toBe('database_unavailable');
  });

  expect((await use(fresh.secret)).status).toBe(404);
  expect((await use(revoked.secret)).status).toBe(401);
  expect((await t.call('/v1/session', { headers: { cookie } })).status).toBe(200);
  let stored: { reason: string; key: string | null }[] = [];
  // The log's connection was cut as well: it comes back after a pause of its own.
  const until = Date.now() + 20_000;
  while (Date.now() < until && stored.length < 2) {
    await wait(50);
    stored = await t.sql(`select reason, api_key_id as key from audit_record where user_agent = 'while-away'`);
  }
  expect(stored).toEqual(Array.from({ length: 2 }, () => ({ reason: 'key_unverifiable', key: null })));
});
