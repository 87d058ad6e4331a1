import { Agent, request } from 'node:http';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

/** In every test run a part of what is promised; all of it: ROTATION_REQUESTS=10000 npx jest -c apps/api/jest.config.cjs rotation-load --testTimeout=300000. */
const REQUESTS = Number(process.env['ROTATION_REQUESTS'] ?? 1_000);
const CLIENTS = 50;

/** What the door alone decides: a dead key is refused here too. Plain node: fetch would cost more than the product. */
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
const status = (secret: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const call = request(`${t.url}/v1/reference/status-codes`, { agent, method: 'HEAD', headers: { authorization: `Bearer ${secret}` } });
    call.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)));
    call.on('error', reject);
    call.end();
  });

it('a client that changes to the new key inside the overlap sees no failure', async () => {
  await t.sql('update organization set per_key_per_minute = 1000000, per_organization_per_minute = 1000000 where id = $1', [
    organizations.home,
  ]);
  const { json: old } = await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Under load', scopes: ['invoices:read'] } });
  const rotate = () => t.call(`/v1/api-keys/${old.id}/rotate`, { as: 'admin', body: { name: 'Under load 2', overlapSeconds: 60 } });
  const statuses = new Map<number, number>();
  const used = new Map<string, number>();
  let [secret, sent]: [string, number] = [old.secret, 0];
  const client = async (): Promise<void> => {
    while (sent < REQUESTS) {
      sent++;
      used.set(secret, (used.get(secret) ?? 0) + 1);
      const answered = status(secret);
      if (sent === REQUESTS / 4) secret = (await rotate()).json.secret; // all others go on meanwhile, with the old key
      statuses.set(await answered, (statuses.get(await answered) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await t.call(`/v1/api-keys/${old.id}/revoke`, { as: 'admin', body: { reason: 'everybody has moved' } });
  expect([await status(old.secret), await status(secret)]).toEqual([401, 200]);
  agent.destroy();
  expect([...statuses]).toEqual([[200, REQUESTS]]);
  expect([...used].map(([key, requests]) => [key === old.secret, requests >= REQUESTS / 4])).toEqual([[true, true], [false, true]]); // prettier-ignore
});
