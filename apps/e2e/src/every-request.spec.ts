/**
 * Guarantee 1 on the product itself: whatever is sent, exactly one record, with the right status, outcome and reason. What needs handlers
 * that the product does not have (502, 504, streams) is in libs/audit's table over Fastify and Express; what no client library would send is
 * in every-byte.spec.ts.
 */
import { caller, person, raw, signIn, type Caller } from './http-client';
import { startProduct, type Product } from './product';
import { check, completed, head, rowsSince, type Case, type Record_ } from './record-check';

let product: Product;
let admin: Caller;
let key: { id: string; secret: string; masked: string };
let readOnly: { secret: string };
let revoked: { secret: string; id: string };
let expired: { secret: string };
let customer: string;
const program = (method: string, path: string, options: Parameters<Caller>[2] = {}) =>
  caller(product.url)(method, path, { key: key.secret, ...options });
const mint = async (body: object) => (await admin('POST', '/v1/api-keys', { body })).json as { id: string; secret: string; masked: string };
const scopes = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write'];

beforeAll(async () => {
  product = await startProduct();
  admin = await signIn(product);
  key = await mint({ name: 'Every request', scopes });
  readOnly = await mint({ name: 'Read only', scopes: ['invoices:read'] });
  revoked = await mint({ name: 'Revoked', scopes });
  await admin('POST', `/v1/api-keys/${revoked.id}/revoke`, { body: { reason: 'test' } });
  expired = await mint({ name: 'Expired', scopes, expiresAt: new Date(Date.now() + 1_200).toISOString() });
  customer = (await program('POST', '/v1/customers', { body: { name: 'ACME', email: 'a@acme.example' } })).json.id;
  await new Promise((ok) => setTimeout(ok, 1_300)); // the key's own expiry: time of the product cannot be moved from here
});
afterAll(async () => {
  expect(await product.stop()).toBe(0);
});

const auth = () => `Authorization: Bearer ${key.secret}\r\n`;
const socket = (text: string | (() => string | Buffer), options?: Parameters<typeof raw>[2]) => () =>
  raw(product.port, typeof text === 'function' ? text() : text, options);
const agent = { headers: { 'user-agent': 'e2e-person' } };

const cases: Case[] = [
  {
    name: '200',
    send: () => program('GET', '/v1/invoices?limit=1'),
    expect: completed(200, null, { route: '/v1/invoices', method: 'GET' }),
  },
  {
    name: '201',
    send: () => program('POST', '/v1/customers', { body: { name: 'B', email: 'b@b.example' } }),
    expect: completed(201, null),
  },
  {
    name: '204',
    send: async () => {
      const c = await program('POST', '/v1/customers', { body: { name: 'C', email: 'c@c.example' } });
      await program('DELETE', `/v1/customers/${c.json.id}`);
    },
    expect: [{ status: 201 }, { status: 204, reason: null, route: '/v1/customers/{id}' }],
  },
  {
    name: '400 malformed JSON',
    send: () => program('POST', '/v1/customers', { body: '{"name":' }),
    expect: completed(400, 'malformed_json', { route: '/v1/customers' }),
  },
  {
    name: '400 invalid field',
    send: () => program('POST', '/v1/customers', { body: { name: '', email: 'x' } }),
    expect: completed(400, 'invalid_field'),
  },
  { name: '400 unknown parameter', send: () => program('GET', '/v1/invoices?nonsense=1'), expect: completed(400, 'unknown_parameter') },
  {
    name: '400 two Authorization headers',
    send: socket(() => head('GET /v1/invoices', auth() + auth())),
    expect: completed(400, 'duplicate_authorization'),
  },
  {
    name: '401 missing',
    send: socket(head('GET /v1/invoices')),
    expect: completed(401, 'missing_key', { route: '/v1/invoices', apiKey: null }),
  },
  { name: '401 malformed', send: () => program('GET', '/v1/invoices', { key: 'hello' }), expect: completed(401, 'malformed_key') },
  {
    name: '401 bad checksum',
    send: () => program('GET', '/v1/invoices', { key: `pbk_${'a'.repeat(36)}` }),
    expect: completed(401, 'bad_checksum'),
  },
  {
    name: '401 unknown',
    send: () => program('GET', '/v1/invoices', { key: 'pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17' }),
    expect: completed(401, 'unknown_key', { keyFingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as string }),
  },
  {
    name: '401 revoked',
    send: () => program('GET', '/v1/invoices', { key: revoked.secret }),
    expect: completed(401, 'revoked_key', { apiKey: expect.objectContaining({ state: 'revoked', name: 'Revoked' }) as object }),
  },
  { name: '401 expired', send: () => program('GET', '/v1/invoices', { key: expired.secret }), expect: completed(401, 'expired_key') },
  { name: '401 on an unknown route', send: socket(head('GET /v1/nope')), expect: completed(401, 'missing_key') },
  {
    name: '403 scope',
    send: () => program('POST', '/v1/customers', { key: readOnly.secret, body: { name: 'D', email: 'd@d.example' } }),
    expect: completed(403, 'missing_scope'),
  },
  { name: '403 person required', send: () => program('GET', '/v1/members'), expect: completed(403, 'person_required') },
  {
    name: '403 role',
    by: 'user',
    send: async () => {
      const guest = await person(admin, product.url, 'guest');
      await guest('GET', '/v1/audit-logs', agent);
    },
    expect: completed(403, 'role', { route: '/v1/audit-logs' }),
  },
  {
    name: '403 cross site',
    by: 'user',
    send: () => admin('POST', '/v1/api-keys', { body: {}, headers: { 'user-agent': 'e2e-person', origin: 'https://evil.example' } }),
    expect: completed(403, 'cross_site_request'),
  },
  {
    name: '404 unknown route',
    send: () => program('GET', '/v1/nope'),
    expect: completed(404, 'route_not_found', { route: null, apiKey: expect.objectContaining({ name: 'Every request' }) as object }),
  },
  {
    name: '404 unknown id',
    send: () => program('GET', '/v1/invoices/inv_nope'),
    expect: completed(404, 'resource_not_found', { route: '/v1/invoices/{id}' }),
  },
  { name: '404 wrong version', send: () => program('GET', '/v2/invoices'), expect: completed(404, 'wrong_version') },
  { name: '404 double slash', send: () => program('GET', '//v1/invoices'), expect: [{ status: 404 }] },
  {
    name: '404 trailing slash: an empty id is none',
    send: () => program('GET', '/v1/invoices/'),
    expect: completed(404, 'route_not_found', { route: null }),
  },
  {
    name: '404 empty id in the middle',
    send: socket(() => head('POST /v1/invoices//finalize', `${auth()}Content-Length: 0\r\n`)),
    expect: completed(404, 'route_not_found', { route: null }),
  },
  {
    name: '404 dots in the path, which are not resolved',
    send: socket(() => head('GET /v1/../v1/invoices', auth())),
    expect: completed(404, 'route_not_found', { path: '/v1/../v1/invoices' }),
  },
  {
    name: '404 another case',
    send: socket(() => head('GET /V1/invoices', auth())),
    expect: completed(404, 'wrong_version', { path: '/V1/invoices' }),
  },
  {
    name: 'dots below /docs',
    send: socket(() => head('GET /docs/../v1/invoices')),
    expect: [{ path: '/docs/../v1/invoices', outcome: 'completed' }],
  },
  { name: 'a health check with a query', send: socket(head('GET /healthz?x=1')), expect: [{ path: '/healthz', status: 400 }] },
  { name: '405', send: () => program('PUT', '/v1/invoices', { body: {} }), expect: completed(405, 'method_not_allowed') },
  {
    name: '409',
    send: async () => {
      const made = await program('POST', '/v1/invoices', {
        body: { customerId: customer, currency: 'EUR', lines: [{ description: 'x', quantity: 1, unitAmount: 100 }] },
      });
      await program('POST', `/v1/invoices/${made.json.id}/pay`);
    },
    expect: [{ status: 201 }, { status: 409, reason: 'illegal_transition' }],
  },
  {
    name: '413',
    send: () => program('POST', '/v1/customers', { body: { name: 'x'.repeat(1_100_000), email: 'e@e.example' } }).catch(() => null),
    expect: completed(413, 'payload_too_large'),
  },
  {
    name: '415',
    send: () => program('POST', '/v1/customers', { body: '<a/>', headers: { 'content-type': 'application/xml' } }),
    expect: completed(415, 'unsupported_media_type'),
  },
  {
    name: '417 Expect',
    send: socket(() => head('GET /v1/invoices', `${auth()}Expect: foo\r\n`)),
    expect: [{ status: 417, reason: 'expectation_failed' }],
  },
  {
    name: '431 or 414 oversized URL',
    send: socket(() => head(`GET /v1/${'a'.repeat(65_536)}`)),
    expect: [{ status: 431, reason: 'headers_too_large' }],
  },
  {
    name: '431 oversized header',
    send: socket(() => head('GET /v1/invoices', `X-Big: ${'a'.repeat(65_536)}\r\n`)),
    expect: [{ status: 431, reason: 'headers_too_large' }],
  },
];

it.each(cases)('$name leaves exactly one record each', async (one) => {
  await check(admin, one);
});

it('leaves no record for a connection that sends nothing, nor for health checks and console files', async () => {
  const from = new Date().toISOString();
  await raw(product.port, '', { waitMs: 100 });
  for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/docs/', '/docs/nothing', '/', '/index.html']) {
    await caller(product.url)('GET', path);
    await caller(product.url)('HEAD', path);
  }
  await program('GET', '/v1/invoices?limit=1');
  let rows: Record_[] = [];
  while (rows.length === 0) rows = await rowsSince(admin, from, 'actorType=apiKey,anonymous');
  expect(rows.map((row) => row.path)).toEqual(['/v1/invoices']);
});

it('records every one of these in one gapless sequence, and never a secret', async () => {
  const everything: Record_[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await admin('GET', `/v1/audit-logs?order=asc&limit=200${cursor ? `&cursor=${cursor}` : ''}`);
    everything.push(...page.json.data);
    cursor = page.json.nextCursor;
  }
  const sequences = everything.map((row) => row.sequence).sort((a, b) => a - b);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  for (const secret of [key.secret, readOnly.secret, revoked.secret, expired.secret, product.adminPassword]) {
    expect(JSON.stringify(everything)).not.toContain(secret);
    expect(product.output()).not.toContain(secret);
  }
});
