import { typeId } from '../../platform/ids';
import { aRecord, storeRecords } from '../../testing/records';
import { organizations, people, startTestApp, type Answer, type Person, type TestApp } from '../../testing/test-app';

let t: TestApp;
const keyId = '0193a0b0-0000-7000-8000-00000000000a';
const yesterday = Date.now() - 86_400_000;
const at = (second: number): string => new Date(yesterday + second * 1_000).toISOString();
const byKey = { actorType: 'apiKey', actorId: keyId, actorName: 'Old name', apiKeyId: keyId, apiKeyName: 'Old name', apiKeyLast4: 'x7f2', apiKeyState: 'active' } as const; // prettier-ignore
const limited = (startedAt: string, retryAfterSeconds: number) =>
  aRecord({
    ...{ startedAt, ...byKey, status: 429, reason: 'key_limit', durationMs: 100 },
    error: { code: 'rate_limited', detail: null, issues: [], figures: { policy: 'per-key', perMinute: 60, retryAfterSeconds } },
  });
const failed = (startedAt: string, over: object = {}) =>
  aRecord({
    ...{ startedAt, ...byKey, method: 'POST', status: 500, reason: 'handler_error', ip: '203.0.113.77' },
    query: { customer: 'sensitive value' },
    error: { code: 'internal_error', detail: 'Something failed on our side.', issues: [] },
    ...over,
  });
const rows = {
  ignored: limited(at(0), 12),
  next: aRecord({ startedAt: at(0.5), ...byKey }),
  // Within the tolerance of a timer.
  heeded: limited(at(1_000), 5),
  afterThat: aRecord({ startedAt: at(1_005.05), ...byKey }),
  last: limited(at(90_000 - 86_400 + 80_000), 5),
  once: failed(at(20_000)),
  otherMethod: failed(at(20_001), { method: 'GET' }),
  otherStatus: failed(at(20_002), { status: 503, reason: 'overload' }),
  again1: failed(at(30_000)),
  again2: failed(at(30_300)),
  again3: failed(at(30_600), { actorType: 'user', actorId: people.admin.id, actorName: 'A admin', apiKeyId: null, apiKeyLast4: null }),
  unmatched: aRecord({ startedAt: at(40_000), ...byKey, path: '/v1/invoices/not-an-id', route: '/v1/invoices/{id}', status: 404, reason: 'resource_not_found' }),
}; // prettier-ignore

beforeAll(async () => {
  t = await startTestApp(__filename, { supportContact: 'support@example.com' });
  await t.sql(
    `insert into api_key (id, organization_id, name, secret_hash, last4, scopes, created_by, created_by_name, created_at)
     values ($1, $2, 'Production API', '\\x00', 'x7f2', '{}', $3, 'A admin', now())`,
    [keyId, organizations.home, people.admin.id],
  );
  await storeRecords(t, Object.values(rows));
});
afterAll(() => t.close());

const idOf = (name: keyof typeof rows): string => typeId('log', rows[name].id);
const ask = (id: string, what = 'help', as: Person = 'member'): Promise<Answer> => t.call(`/v1/audit-logs/${id}/${what}`, { as });
const help = async (name: keyof typeof rows) => (await ask(idOf(name))).json;

/** What a program is answered, and the help that its record then has. */
async function afterCalling(path: string, options: Parameters<TestApp['call']>[1] = {}, as: Person = 'admin') {
  const answer = await t.call(path, options);
  const id = answer.headers.get('request-id')!.replace(/^req_/, 'log_');
  for (;;) {
    const found = await ask(id, 'help', as);
    if (found.status !== 404) return found.json;
  }
}

it('names the scope that was lacking, and whether the key has it by now', async () => {
  const { json: key } = await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Reads', scopes: ['invoices:read'] } });
  const call = { key: key.secret, body: { name: 'ACME', email: 'a@acme.example' } };
  const before = await afterCalling('/v1/customers', call);
  expect(before).toMatchObject({
    scope: { needed: 'customers:write', hasItNow: false },
    operation: { id: 'Customers.create', method: 'POST', reference: '/docs#/Customers/Customers.create', takesBody: true },
    ...{ notFound: null, retry: null, failure: null },
  });
  const file = await afterCalling('/v1/audit-logs?format=csv', { key: (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Logs', scopes: ['audit:read'] } })).json.secret }); // prettier-ignore
  expect(file.scope.needed).toBe('audit:export');
  const recorded = await t.sql<{ scope: string }>(
    `select error -> 'figures' ->> 'scope' as scope from audit_record where reason = 'missing_scope' order by sequence`,
  );
  expect(recorded.map(({ scope }) => scope)).toEqual(['customers:write', 'audit:export']);
  await t.call(`/v1/api-keys/${key.id}`, { as: 'admin', method: 'PATCH', body: { scopes: ['customers:write'] } });
  expect((await ask(before.id)).json.scope).toEqual({ needed: 'customers:write', hasItNow: true });
});

it('says which of the three a 404 is, with the nearest endpoint', async () => {
  const { json: key } = await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Lost', scopes: ['invoices:read'] } });
  const call = { key: key.secret };
  expect((await afterCalling('/v1/invoice', call)).notFound).toMatchObject({
    kind: 'noSuchRoute',
    nearest: { method: 'GET', route: '/v1/invoices', summary: expect.any(String) },
  });
  expect((await afterCalling('/v2/invoices', call)).notFound).toMatchObject({ kind: 'wrongVersion', nearest: { route: '/v1/invoices' } });
  expect((await afterCalling('/wp-login.php', call)).notFound).toMatchObject({ kind: 'noSuchRoute', nearest: null });
  expect((await afterCalling('/v1/invoices/inv_01jdw2gm3xe4pt6x0rbf6n2k9c', call)).notFound).toEqual({
    ...{ kind: 'unknownId', nearest: null, hasFormOfId: true },
  });
  expect((await help('unmatched')).notFound).toEqual({ kind: 'unknownId', nearest: null, hasFormOfId: false });
});

it('says whether the client waited as long as it was told', async () => {
  expect((await help('ignored')).retry).toEqual({
    retryAfterSeconds: 12,
    retryAt: at(12.1),
    next: { id: idOf('next'), startedAt: at(0.5), afterSeconds: 0.4 },
    respected: false,
  });
  expect((await help('heeded')).retry).toMatchObject({ next: { id: idOf('afterThat') }, respected: true });
  expect((await help('last')).retry).toMatchObject({ next: null, respected: null });
});

it('says of a failure whether it persists, by route and status, and whom to ask', async () => {
  expect((await help('once')).failure).toEqual({
    ...{ persists: false, times: 1, from: at(20_000), to: at(20_000) },
    contact: { kind: 'mail', addresses: ['support@example.com'] },
  });
  for (const name of ['again1', 'again2', 'again3'] as const)
    expect((await help(name)).failure).toMatchObject({ persists: true, times: 3, from: at(30_000), to: at(30_600) });
});

it('says whom to ask also where nothing failed', async () => {
  expect((await t.call('/v1/support-contact', { as: 'member' })).json).toEqual({ kind: 'mail', addresses: ['support@example.com'] });
});

it('gives support a file without names, values and whole addresses', async () => {
  const { status, headers, text, json } = await ask(idOf('again3'), 'support-bundle');
  expect(status).toBe(200);
  expect(headers.get('content-disposition')).toBe(`attachment; filename="support-${typeId('req', rows.again3.id)}.json"`);
  expect(json).toMatchObject({
    kind: 'pinebill-support-bundle',
    request: {
      requestId: typeId('req', rows.again3.id),
      ...{ status: 500, reason: 'handler_error', query: { customer: '[redacted]' } },
      caller: { type: 'user', network: '203.0.113.0/24', apiKeyId: null },
      error: { code: 'internal_error' },
    },
    help: { operationId: 'Invoices.create', persists: true },
    sameFailures: ['again1', 'again2', 'again3'].map((name) => ({ requestId: typeId('req', rows[name as 'again1'].id) })),
  });
  for (const secret of ['sensitive value', '203.0.113.77', 'A admin', 'Old name', people.admin.id]) expect(text).not.toContain(secret);
});

it('helps nobody who may not see the record', async () => {
  for (const what of ['help', 'support-bundle']) {
    expect((await ask(idOf('once'), what, 'guest')).status).toBe(403);
    expect((await ask(idOf('once'), what, 'stranger')).status).toBe(404);
    expect((await ask('log_nope', what)).status).toBe(404);
  }
});
