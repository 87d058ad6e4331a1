import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
const mint = async (fields: object = {}) =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name: `Limit ${++count}`, scopes: ['invoices:read'], ...fields } })).json as {
    secret: string;
  };
const rows = async (query: string) => {
  for (let tries = 0; tries < 200; tries++) {
    const { json } = await t.call(`/v1/audit-logs?${query}`, { as: 'admin' });
    if (json.data.length > 0) return json.data;
  }
  throw new Error('no record');
};

it('answers 429 beyond the limit of the key, says when to come back, and people go on', async () => {
  const key = await mint();
  expect(
    (
      await t.call('/v1/organization', {
        as: 'admin',
        method: 'PATCH',
        body: { limits: { perKeyPerMinute: 3, perOrganizationPerMinute: 1_000 } },
      })
    ).status,
  ).toBe(200);
  const statuses = [];
  for (let n = 0; n < 4; n++) statuses.push((await t.call('/v1/invoices', { key: key.secret })).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  const refused = await t.call('/v1/invoices', { key: key.secret, headers: { 'user-agent': 'over-the-limit' } });
  expect(refused.json.code).toBe('rate_limited');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(refused.headers.get('ratelimit')).toContain('"per-key";r=0;');
  expect((await t.call('/v1/api-keys', { as: 'admin' })).status).toBe(200);
  expect((await rows('userAgent=over-the-limit'))[0]).toMatchObject({
    status: 429,
    reason: 'key_limit',
    apiKey: { masked: expect.any(String) },
  });
});

it('names the limit of the organization when that is used up', async () => {
  await t.call('/v1/organization', {
    as: 'admin',
    method: 'PATCH',
    body: { limits: { perKeyPerMinute: 100, perOrganizationPerMinute: 1 } },
  });
  const key = await mint();
  for (let n = 0; n < 3; n++) await t.call('/v1/invoices', { key: key.secret, headers: { 'user-agent': 'organization-over' } });
  expect((await rows('userAgent=organization-over&status=429'))[0]).toMatchObject({ reason: 'organization_limit' });
});

it('refuses a key from outside its networks, and records it', async () => {
  await t.call('/v1/organization', {
    as: 'admin',
    method: 'PATCH',
    body: { limits: { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 } },
  });
  const key = await mint({ allowedCidrs: ['192.0.2.0/24'] });
  const answer = await t.call('/v1/invoices', { key: key.secret, headers: { 'user-agent': 'outside' } });
  expect(answer).toMatchObject({ status: 403, json: { code: 'ip_not_allowed' } });
  expect((await rows('userAgent=outside'))[0]).toMatchObject({ reason: 'ip_not_allowed', ip: '127.0.0.1' });
});

it('refuses a key from outside its countries, and an address of unknown country is outside', async () => {
  const key = await mint({ allowedCountries: ['DE'] });
  const answer = await t.call('/v1/invoices', { key: key.secret, headers: { 'user-agent': 'another-country' } });
  expect(answer).toMatchObject({ status: 403, json: { code: 'country_not_allowed' } });
  expect((await rows('userAgent=another-country'))[0]).toMatchObject({ reason: 'country_not_allowed' });
});

it('limits keys to countries on the enterprise plan only', async () => {
  const mintGerman = (name: string) =>
    t.call('/v1/api-keys', {
      as: 'admin',
      body: { name, scopes: ['invoices:read'], allowedCountries: ['DE'] },
      headers: { 'user-agent': 'wants-countries' },
    });
  await t.sql(`update organization set plan = 'business'`);
  expect(await mintGerman('German')).toMatchObject({ status: 403, json: { code: 'plan_required' } });
  expect((await rows('userAgent=wants-countries&status=403'))[0]).toMatchObject({ reason: 'plan_required', actor: { type: 'user' } });
  await t.sql(`update organization set plan = 'enterprise'`);
  expect((await mintGerman('German')).json).toMatchObject({ allowedCountries: ['DE'] });
  expect(
    (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'X', scopes: ['invoices:read'], allowedCountries: ['XX'] } })).json.code,
  ).toBe('invalid_field');
});

it('lets a quarantined key read, and nothing else', async () => {
  const key = await mint({ name: 'Quarantined', scopes: ['customers:read', 'customers:write'] });
  await t.sql(`update api_key set quarantined_at = now() where name = 'Quarantined'`);
  expect((await t.call('/v1/customers', { key: key.secret })).status).toBe(200);
  expect((await t.call('/v1/customers', { key: key.secret, body: { name: 'A', email: 'a@a.example' } })).json.code).toBe('quarantined_key');
});

it('refuses two Authorization headers, because it is not clear who calls', async () => {
  const { connect } = await import('node:net');
  const port = Number(new URL(t.url).port);
  const text = await new Promise<string>((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        'GET /v1/invoices HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n',
      ),
    );
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
  });
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(text).toContain('duplicate_authorization');
});
