/** Limits over three processes of the product on one PostgreSQL, and what their people can do meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../app';
import { newId } from '../platform/ids';
import { PASSWORD, people, startTestApp, testConfig, type Answer, type TestApp } from '../testing/test-app';
import { PostgresLimitStore } from './postgres-limit-store';
import { RateLimitJobs } from './rate-limits.jobs';

let t: TestApp;
const others: { app: NestFastifyApplication; url: string; directory: string }[] = [];
beforeAll(async () => {
  t = await startTestApp(__filename);
  for (let n = 0; n < 2; n++) {
    const directory = mkdtempSync(join(tmpdir(), 'pinebill-limits-'));
    const app = await createApp(testConfig(t.db.url, directory));
    await app.listen({ port: 0, host: '127.0.0.1' });
    others.push({ app, url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`, directory });
  }
});
afterAll(async () => {
  for (const { app, directory } of others) {
    await app.close();
    rmSync(directory, { recursive: true, force: true });
  }
  await t.close();
});

const urls = (): string[] => [t.url, ...others.map(({ url }) => url)];
let count = 0;
const mint = async () =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name: `Limited ${++count}`, scopes: ['invoices:read'] } })).json as {
    id: string;
    secret: string;
    name: string;
  };
const setLimits = async (perKeyPerMinute: number, perOrganizationPerMinute: number): Promise<void> => {
  const body = { limits: { perKeyPerMinute, perOrganizationPerMinute } };
  expect((await t.call('/v1/organization', { as: 'admin', method: 'PATCH', body })).status).toBe(200);
};
/** Refused or not, before any row is read. */
const use = (url: string, secret: string, agent = 'spec'): Promise<Response> =>
  fetch(`${url}/v1/invoices/inv_nope`, { headers: { authorization: `Bearer ${secret}`, 'user-agent': agent } });
const until = async <T>(look: () => Promise<T | null | undefined | false>): Promise<T> => {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    const found = await look();
    if (found) return found;
  }
  throw new Error('it did not happen');
};

it('three processes let a key make its limit’s worth and no more, and each says so in the same words', async () => {
  await setLimits(120, 10_000);
  const { secret } = await mint();
  const begun = performance.now();
  const statuses = await Promise.all(Array.from({ length: 360 }, async (_, n) => (await use(urls()[n % 3] ?? t.url, secret)).status));
  const refilled = ((performance.now() - begun) * 120) / 60_000;
  const admitted = statuses.filter((status) => status === 404).length;
  expect(admitted).toBeGreaterThanOrEqual(120);
  expect(admitted).toBeLessThanOrEqual(120 * 1.1 + refilled);
  expect(statuses.filter((status) => status !== 404 && status !== 429)).toEqual([]);
  for (const url of urls()) {
    const refused = await until(async () => {
      const answer = await use(url, secret);
      return answer.status === 429 && answer;
    });
    expect(refused.headers.get('ratelimit-policy')).toBe('"per-key";q=120;w=60, "per-organization";q=10000;w=60');
    expect(refused.headers.get('ratelimit')).toMatch(/^"per-key";r=0;t=60, "per-organization";r=\d+;t=60$/);
  }
});

const recorded = (agent: string) =>
  until(async () => {
    const { data } = (await t.call(`/v1/audit-logs?userAgent=${agent}&status=429`, { as: 'member' })).json;
    return data.length > 0 && (await t.call(`/v1/audit-logs/${data[0].id}`, { as: 'member' })).json;
  });

it('refuses with the problem of the draft, in words and with a record that say whether other keys had room', async () => {
  await t.sql('update api_key set revoked_at = now()');
  await setLimits(3, 10_000);
  const [busy, rested] = [await mint(), await mint()];
  for (let n = 0; n < 3; n++) await use(t.url, busy.secret);
  // What other keys have is looked up once a second.
  await until(async () => (await (await use(t.url, busy.secret)).text()).includes('had room for 3 more'));
  const refused = await t.call('/v1/invoices', { key: busy.secret, headers: { 'user-agent': 'told-why' } });
  expect(refused.json).toMatchObject({
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    code: 'rate_limited',
    status: 429,
    'violated-policies': ['per-key'],
  });
  const record = await recorded('told-why');
  expect(record).toMatchObject({
    reason: 'key_limit',
    error: { code: 'rate_limited', detail: refused.json.detail, limit: { policy: 'per-key', perMinute: 3, otherKeysRoom: 3 } },
  });
  expect(refused.json.detail).toContain("The organization's other keys had room for 3 more.");
  expect(String(record.error.limit.retryAfterSeconds)).toBe(refused.headers.get('retry-after'));

  for (let n = 0; n < 3; n++) await use(t.url, rested.secret);
  const none = await until(async () => {
    const answer = await t.call('/v1/invoices', { key: rested.secret, headers: { 'user-agent': 'nobody-has' } });
    return answer.json.detail?.includes('No other key of the organization had room.') && answer;
  });
  expect(none.status).toBe(429);
});

it('shows on the plan what is used, over all processes, and which keys came to their limit', async () => {
  await setLimits(2, 60);
  const { secret, id, name } = await mint();
  for (const url of urls()) await use(url, secret);
  const use_ = await until(async () => {
    const { use: shown } = (await t.call('/v1/plan', { as: 'member' })).json;
    return shown.keysAtLimit[0]?.id === id && shown;
  });
  expect(use_.keysAtLimit[0]).toEqual({ id, name, lastLimitedAt: expect.any(String) });
  expect(use_.remaining).toBeGreaterThan(40);
  expect(use_.remaining).toBeLessThan(60);
  expect(use_.usedLastMinute).toBeGreaterThanOrEqual(2);
  expect((await t.call('/v1/plan', { as: 'stranger' })).json.use).toEqual({ remaining: 30_000, usedLastMinute: 0, keysAtLimit: [] });
});

it('a limit that was changed holds on every process within seconds', async () => {
  await setLimits(1_000, 10_000);
  const { secret } = await mint();
  for (const url of urls()) expect((await use(url, secret)).headers.get('ratelimit-policy')).toContain('"per-key";q=1000;');
  await setLimits(500, 10_000);
  for (const url of urls()) await until(async () => (await use(url, secret)).headers.get('ratelimit-policy')?.includes('"per-key";q=500;'));
});

it('a flood of programs that uses up the organization stops no person: sign in, look, disable, revoke', async () => {
  await setLimits(1_000, 20);
  const [flood, leaked] = [await mint(), await mint()];
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => use(urls()[n % 3] ?? t.url, flood.secret)));
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(36);
  expect((await t.call('/v1/invoices', { key: leaked.secret })).json['violated-policies']).toEqual(['per-organization']);
  const cookie = await t.signIn('admin');
  const asAdmin = (path: string, body?: object): Promise<Answer> =>
    t.call(path, { headers: { cookie, origin: t.url }, ...(body ? { body } : {}) });
  expect((await asAdmin('/v1/api-keys')).status).toBe(200);
  expect((await asAdmin(`/v1/api-keys/${leaked.id}/revoke`, { reason: 'leaked' })).status).toBe(200);
  expect((await asAdmin(`/v1/api-keys/${flood.id}/revoke`, { reason: 'runs wild' })).status).toBe(200);
  await setLimits(6_000, 30_000);
});

it('a tab that runs wild uses up its session, and neither another session nor what must not wait', async () => {
  const { id } = await mint();
  const other = await mint();
  const [cookie, elsewhere] = [await t.signIn('admin'), await t.signIn('admin')];
  const sessions = await t.sql<{ id: string }>(`select id from user_session where user_id = $1 order by created_at desc limit 2`, [
    people.admin.id,
  ]);
  const [ofElsewhere, ofTab] = sessions.map((session) => session.id);
  // As if it had asked 600 times on another process.
  await t.sql(
    `insert into rate_limit_bucket (subject, policy, per_minute, full_at, granted, minute, used, used_before)
     values ($1, 'per-session', 600, now() + interval '5 minutes', 0, 0, 0, 0)`,
    [ofTab],
  );
  expect(ofElsewhere).not.toBe(ofTab);
  const call = (path: string, session: string, options: { method?: string; body?: object } = {}): Promise<Answer> =>
    t.call(path, { ...options, headers: { cookie: session, origin: t.url } });
  const refused = await until(async () => {
    const answer = await call('/v1/api-keys', cookie);
    return answer.status === 429 && answer;
  });
  expect(refused.json['violated-policies']).toEqual(['per-session']);
  expect((await call(`/v1/api-keys/${other.id}/revoke`, elsewhere, { body: { reason: 'from elsewhere' } })).status).toBe(200);
  const revoked = await call(`/v1/api-keys/${id}/revoke`, cookie, { body: { reason: 'from the same browser' } });
  expect([revoked.status, revoked.headers.get('ratelimit-policy')]).toEqual([200, '"per-session-reserve";q=60;w=60']);
  expect((await call('/v1/api-keys', cookie)).status).toBe(429);
  const again = await call('/v1/session', cookie, { body: { email: people.admin.email, password: PASSWORD } });
  expect(again.status).toBe(200);
});

describe('the buckets in PostgreSQL', () => {
  const report = { policy: 'per-key', subject: newId(), perMinute: 7, used: 0, wanted: 0, limited: false } as const;

  it('grant what is there, to whoever asks first; count what was used in spite of it as missing; take back what is given back', async () => {
    const store = t.app.get(PostgresLimitStore, { strict: false });
    const tell = async (fields: object) => (await store.tell([{ ...report, ...fields }])).buckets[0]!;
    expect(await tell({ used: 2, wanted: 1 })).toMatchObject({ granted: 1 });
    expect(await tell({ wanted: 3 })).toMatchObject({ granted: 3 });
    expect(await tell({ wanted: 5 })).toMatchObject({ granted: 1 }); // seven in all: rounding costs nobody a request
    const over = await tell({ used: 40, limited: true });
    expect(over.fullInMs).toBeGreaterThan(65_000);
    expect(over.fullInMs).toBeLessThanOrEqual(66_000); // never further than what can have been let through
    const [row] = await t.sql<{ used: number; limited: boolean }>(
      'select used + used_before as used, limited_at is not null as limited from rate_limit_bucket where subject = $1',
      [report.subject],
    );
    expect(row).toEqual({ used: 47, limited: true });
    expect((await tell({ used: -3 })).fullInMs).toBeLessThan(41_000);
  });

  it('know who shares, and who left', async () => {
    const store = t.app.get(PostgresLimitStore, { strict: false });
    expect((await store.tell([])).processes).toBe(3);
    await t.sql(`insert into rate_limit_process values ($1, now() - interval '6 seconds')`, [newId()]);
    expect((await store.tell([])).processes).toBe(3);
  });

  it('go when they are full, but not before a day has passed since a refusal', async () => {
    const [full, limited, inUse] = [newId(), newId(), newId()];
    await t.sql(
      `insert into rate_limit_bucket (subject, policy, per_minute, full_at, granted, minute, used, used_before, limited_at) values
       ($1, 'per-key', 1, now() - interval '1 hour', 0, 0, 0, 0, now() - interval '2 days'),
       ($2, 'per-key', 1, now() - interval '1 hour', 0, 0, 0, 0, now() - interval '2 hours'), ($3, 'per-key', 1, now(), 0, 0, 0, 0, null)`,
      [full, limited, inUse],
    );
    await t.app.get(RateLimitJobs, { strict: false }).run();
    const left = await t.sql<{ subject: string }>('select subject from rate_limit_bucket where subject = any($1) order by 1', [
      [full, limited, inUse],
    ]);
    expect(left.map(({ subject }) => subject)).toEqual([limited, inUse].sort());
    expect(await t.sql(`select 1 from rate_limit_process where seen_at < now() - interval '1 minute'`)).toEqual([]);
  });
});
