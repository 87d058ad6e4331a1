import { recordId } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { typeId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, people, startTestApp, type Person, type TestApp } from '../testing/test-app';
import { RollupHours } from './rollup-hours.jobs';

let t: TestApp;
const keyId = '0193a0b0-0000-7000-8000-00000000000a';
const HOUR = 3_600_000;
const start = Math.floor(Date.now() / HOUR) * HOUR - 24 * HOUR;
const at = (minute: number): string => new Date(start + minute * 60_000).toISOString();
const byKey = { actorType: 'apiKey', actorId: keyId, actorName: 'Old name', apiKeyId: keyId, apiKeyName: 'Old name', apiKeyLast4: 'x7f2', apiKeyState: 'active' } as const; // prettier-ignore
const rows = [
  aRecord({ startedAt: at(1), ...byKey, durationMs: 10, ip: '203.0.113.7', country: 'DE' }),
  aRecord({
    startedAt: at(2),
    ...byKey,
    durationMs: 200,
    status: 404,
    path: '/v1/invoices/inv_1',
    route: '/v1/invoices/{id}',
    ip: '203.0.113.8',
  }),
  aRecord({ startedAt: at(61), ...byKey, durationMs: 90, status: 500, method: 'POST' }),
  aRecord({ startedAt: at(62), status: 401, durationMs: 1, route: null }), // anonymous
  aRecord({ startedAt: at(63), actorType: 'user', actorId: people.member.id, actorName: 'A member', durationMs: 3 }),
  aRecord({
    startedAt: at(63),
    kind: 'gap',
    status: null,
    durationMs: null,
    gap: { from: at(62), to: at(63), count: 2, atMost: 2, cause: 'overload' },
  }),
];
const window = `from=${at(0)}&to=${at(120)}`;

beforeAll(async () => {
  t = await startTestApp(__filename);
  await storeRecords(t, rows);
  await t.sql(
    `insert into api_key (id, organization_id, name, secret_hash, last4, scopes, created_by, created_by_name, created_at)
     values ($1, $2, 'Production API', '\\x00', 'x7f2', '{}', $3, 'A admin', now())`,
    [keyId, organizations.home, people.admin.id],
  );
});
afterAll(() => t.close());

const stats = async (query: string, as: Person = 'admin') => {
  const { status, json } = await t.call(`/v1/audit-logs/stats?${query}`, { as });
  if (status !== 200) throw new Error(JSON.stringify(json));
  return json as { data: Record<string, unknown>[]; exact: boolean; source: string; from: string; to: string; countedFrom: string };
};
const counts = async (query: string, as: Person = 'admin') =>
  (await stats(`${window}&${query}`, as)).data.map(({ group, requests }) => [group, requests]);

it('answers as the contract says, in whole', async () => {
  expect(await stats(`${window}&groupBy=apiKeyId&interval=hour&actorType=apiKey`)).toEqual({
    data: [
      {
        group: typeId('key', keyId), label: 'Production API', from: at(0), requests: 2, errors: 1, clientErrors: 1, serverErrors: 0,
        p50Ms: 10, p95Ms: expect.any(Number), p99Ms: expect.any(Number), bytesOut: 624,
      },
      expect.objectContaining({ from: at(60), requests: 1, errors: 1, serverErrors: 1, bytesOut: 312 }),
    ],
    ...{ exact: true, source: 'rollUps', from: at(0), to: at(120), countedFrom: at(0) },
  }); // prettier-ignore
});

it('tells requests apart by everything that it names', async () => {
  expect(await counts('')).toEqual([[null, 5]]);
  expect(await counts('groupBy=statusClass')).toEqual([['2xx', 2], ['4xx', 2], ['5xx', 1]]); // prettier-ignore
  expect(await counts('groupBy=endpoint&status=4xx')).toEqual([['GET /v1/invoices/{id}', 1], [null, 1]]); // prettier-ignore
  expect(await counts('groupBy=method&actorType=!user')).toEqual([['GET', 3], ['POST', 1]]); // prettier-ignore
  expect(await counts('groupBy=ip&limit=1&actorType=apiKey')).toEqual([['203.0.113.7', 1], ['*', 2]]); // prettier-ignore
  expect(await counts('groupBy=actorType')).toEqual([['apiKey', 3], ['anonymous', 1], ['user', 1]]); // prettier-ignore
  expect(await counts('groupBy=country')).toEqual([[null, 4], ['DE', 1]]); // prettier-ignore
});

it('counts over the records where the sums do not carry the filter, with the same answer as the list', async () => {
  const filter = `${window}&path=/v1/invoices*&minDurationMs=5&groupBy=status`;
  const { data, source } = await stats(filter);
  expect([source, data.map(({ group, requests }) => [group, requests])]).toEqual(['rows', [['200', 1], ['404', 1], ['500', 1]]]); // prettier-ignore
  const { json } = await t.call(`/v1/audit-logs?${window}&path=/v1/invoices*&minDurationMs=5`, { as: 'admin' });
  expect(json.data).toHaveLength(3);
});

it('reads the same once the hours have been summed up, by a job that may run as often as it likes', async () => {
  const before = await stats(`${window}&groupBy=status&interval=hour`);
  await t.app.get(RollupHours).sumUp();
  await t.app.get(RollupHours).sumUp();
  const [head] = await t.sql<{ hours_until: number }>('select hours_until from audit_head where organization_id = $1', [
    organizations.home,
  ]);
  expect(head!.hours_until * 60_000).toBeGreaterThan(start + 2 * HOUR);
  expect(await stats(`${window}&groupBy=status&interval=hour`)).toEqual(before);
  // What comes late is counted in an hour that has been.
  await storeRecords(t, [
    aRecord({ startedAt: at(5), ...byKey, status: 200, organizationId: organizations.home, id: recordId(new Date()) }),
  ]);
  expect(await counts('groupBy=status&status=200&actorType=apiKey')).toEqual([['200', 2]]);
});

it('shows what the list shows: not the records of nobody to whoever may not see them, and nothing of before retention or of another organization', async () => {
  expect(await counts('groupBy=status&actorType=!user', 'member')).toEqual([['200', 2], ['404', 1], ['500', 1]]); // prettier-ignore
  expect((await stats(window, 'stranger')).data).toEqual([]);
  const old = new Date(Date.now() - 8 * 24 * HOUR).toISOString();
  await storeRecords(t, [aRecord({ startedAt: old, organizationId: organizations.other, ...byKey })]);
  const ofMonth = async () =>
    (await stats(`from=${new Date(Date.now() - 30 * 24 * HOUR).toISOString()}&actorType=apiKey`, 'stranger')).data.length;
  expect(await ofMonth()).toBe(1);
  await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.other]);
  expect(await ofMonth()).toBe(0);
  expect((await t.call('/v1/audit-logs/stats', { as: 'guest' })).status).toBe(403);
});

it('leaves connections for everybody else, however many are counted over the records', async () => {
  const lock = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await lock.connect();
  await lock.query('begin; lock table audit_log in access exclusive mode');
  const filter = `${window}&path=/v1/invoices`;
  const counting = Array.from({ length: 40 }, (_, index) =>
    t.call(index % 2 === 0 ? `/v1/audit-logs/stats?${filter}` : `/v1/audit-logs?format=csv&${filter}`, { as: 'admin' }),
  );
  await Promise.race(counting); // beyond those that wait
  expect((await t.call('/v1/customers', { as: 'stranger' })).status).toBe(200);
  await lock.end();
  const statuses = (await Promise.all(counting)).map(({ status }) => status);
  expect([...new Set(statuses)].sort()).toEqual([200, 503]);
  expect(statuses.filter((status) => status === 503)).toHaveLength(8);
});

it.each([
  ['groupBy=path', '?groupBy'],
  ['interval=week', '?interval'],
  ['limit=201', '?limit'],
  ['status=40', '?status'],
  ['cursor=x', '?'],
  [`interval=minute&from=${new Date(Date.now() - 10 * 24 * HOUR).toISOString()}`, '?interval'],
])('refuses ?%s', async (query, pointer) => {
  await storeRecords(t, [aRecord({ startedAt: new Date(Date.now() - 9 * 24 * HOUR).toISOString() })]);
  const { status, json } = await t.call(`/v1/audit-logs/stats?${query}`, { as: 'admin' });
  expect([status, json.issues[0].pointer]).toEqual([400, pointer]);
});

it('sums up the hours of others where those of one organization cannot be', async () => {
  const both = [organizations.home, organizations.other];
  await storeRecords(t, both.map((organizationId) => aRecord({ startedAt: at(7), organizationId, id: recordId(new Date()) }))); // prettier-ignore
  await t.sql(`create function refuse_hours() returns trigger language plpgsql as $$ begin raise exception 'no hours'; end $$`);
  for (const broken of both) {
    await t.sql('delete from audit_rollup where dimension > 10');
    await t.sql('update audit_head set hours_until = null');
    await t.sql(
      `create trigger refuse before insert on audit_rollup for each row when (new.organization_id = '${broken}' and new.dimension > 10) execute function refuse_hours()`,
    );
    await expect(t.app.get(RollupHours).sumUp()).rejects.toThrow('no hours');
    await t.sql('drop trigger refuse on audit_rollup');
    const summed = await t.sql<{ id: string }>('select organization_id as id from audit_head where hours_until is not null');
    expect(summed).toEqual(both.filter((id) => id !== broken).map((id) => ({ id })));
  }
  await t.app.get(RollupHours).sumUp();
});
