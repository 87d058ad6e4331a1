/**
 * Every operation of docs/openapi.json with odd ids, parameters and bodies: whatever is sent, the answer is never a 5xx, every refusal is a
 * problem document with a request id, and nothing may be kept by a cache. A failure names its seed; fast-check shrinks it.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { encodeCursor, type CursorBinding } from './platform/cursor';
import { typeId } from './platform/ids';
import { organizations, people, startTestApp, type Answer, type TestApp } from './testing/test-app';

type Schema = {
  $ref?: string;
  type?: string | string[];
  items?: Schema;
  properties?: Record<string, Schema>;
  oneOf?: Schema[];
  allOf?: Schema[];
  anyOf?: Schema[];
  example?: unknown;
};
type Operation = {
  parameters?: { in: string; name: string; example?: unknown; schema?: { example?: unknown } }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
const document = JSON.parse(readFileSync(resolve(__dirname, '../../../docs/openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    operation,
  })),
);

const RUNS = 6;
const SESSIONS = 12;
let t: TestApp;
const cookies: string[] = [];
/** Ids that exist, by the word in the path. */
const existing: Record<string, string> = {};
let turn = 0;

beforeAll(async () => {
  t = await startTestApp(__filename);
  // One after the other: an attempt counts as a failure until its password is checked, and an account has ten.
  for (let at = 0; at < SESSIONS; at++) cookies.push(await t.signIn('admin'));
  const customer = await send('POST', '/v1/customers', { name: 'A', email: 'a@a.example' });
  const lines = [{ description: 'x', quantity: 1, unitAmount: 1 }];
  existing['customers'] = customer.json.id;
  existing['invoices'] = (await send('POST', '/v1/invoices', { customerId: customer.json.id, currency: 'EUR', lines })).json.id;
  existing['api-keys'] = (await send('POST', '/v1/api-keys', { name: 'Fuzz', scopes: ['invoices:read'] })).json.id;
  existing['members'] = typeId('mem', people.guest.id);
});
afterAll(() => t.close());

/** With a session whose limit is not used up, so that no answer is a 429. */
function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const cookie = cookies[turn++ % cookies.length] ?? '';
  return t.call(path, {
    method,
    headers: { cookie, origin: t.url, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const oddTexts = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\u202e',
    '\ufeff',
    '٣',
    'ﬁ',
    '😀',
    'x'.repeat(9_000),
    '%',
    '%00',
    '..',
    '../..',
    '__proto__',
    'constructor',
  ],
  ...["' or 1=1 --", '${7*7}', '{"a":1}', '[]', 'null', 'NaN', 'Infinity', '-0', '-1', '0', '1.5', '1e309', '9'.repeat(40), '0x10', 'true'],
  ...[
    '2025-13-45',
    '2025-02-30T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '0001-01-01T00:00:00Z',
    '-271821-04-20T00:00:00Z',
    '+275760-09-13T00:00:00Z',
  ],
  ...[
    '::ffff:1.2.3.4/200',
    '::ffff:10.0.0.0/96',
    'fe80::1%eth0',
    '1.2.3.4/0',
    '0x7f.1',
    '!',
    '!!',
    '!,',
    ',',
    ',,,',
    '\\',
    '\\*',
    '*',
    '!*',
    '4xx',
    '9xx',
  ],
  ...[
    'cus_7zzzzzzzzzzzzzzzzzzzzzzzzz',
    'cus_8zzzzzzzzzzzzzzzzzzzzzzzzz',
    'key_00000000000000000000000000',
    'log_7zzzzzzzzzzzzzzzzzzzzzzzzz',
    'inv_',
    '_',
  ],
  ...['AUJ4', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'a@a.example', 'ı@ı.example', 'EUR', 'eur', 'admin'],
];
const oddText = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }));
const oddValue = fc.oneof(
  oddText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 63, 2 ** 31, [], {}, [null], [[]], [{}], ['a', 'a'], {
    length: 1,
  }),
  fc.jsonValue({ maxDepth: 3 }),
);

const resolved = (schema: Schema): Schema => {
  const reference = schema.$ref ?? [schema.oneOf, schema.allOf, schema.anyOf].flatMap((list) => list ?? []).find((one) => one.$ref)?.$ref;
  return reference === undefined ? schema : (document.components.schemas[reference.split('/').at(-1) ?? ''] ?? {});
};
/** Shaped as described, with odd values here and there. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  const { properties, items, example } = resolved(schema);
  if (properties) {
    const fields = Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [
        name,
        fc.oneof({ weight: 4, arbitrary: valueOf(one) }, { weight: 1, arbitrary: oddValue }),
      ]),
    );
    return fc.oneof({ weight: 6, arbitrary: fc.record(fields, { requiredKeys: [] }) }, { weight: 1, arbitrary: oddValue });
  }
  if (items && example === undefined) return fc.array(valueOf(items), { maxLength: 3 });
  return fc.constant(example ?? 'x');
}

/** What cannot be encoded is sent as the bytes of a lone surrogate. */
const encoded = (text: string): string => (/\p{Surrogate}/u.test(text) ? '%ED%A0%80' : encodeURIComponent(text));

function requestOf({ method, path, operation: { parameters = [], requestBody } }: (typeof operations)[number]) {
  const queries = parameters.filter((one) => one.in === 'query');
  const query = fc.dictionary(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...queries.map(({ name }) => name), 'x') }, oddText),
    oddText,
    { maxKeys: 4 },
  );
  const known = existing[/\/([a-z-]+)\/\{id\}/.exec(path)?.[1] ?? ''];
  const id = known === undefined ? oddText : fc.oneof(fc.constant(known), oddText);
  const schema = requestBody?.content['application/json']?.schema;
  return fc.record({
    method: fc.constant(method),
    id,
    query: queries.length > 0 ? query : fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, query),
    body: schema ? valueOf(schema) : fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, oddValue),
    idempotencyKey: fc.option(fc.constantFrom('a', 'b', ' ', 'x'.repeat(300), '"é"'), { freq: 6 }),
  });
}

function expectOrderly({ status, headers, json }: Answer): void {
  expect(status).toBeLessThan(500);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('request-id')).toMatch(/^req_/);
  if (status < 400) return;
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(json).toMatchObject({ status, code: expect.any(String), requestId: headers.get('request-id') });
}

/** These end the sessions that all share. */
const ending = new Set(['DELETE /v1/session', 'PUT /v1/me/password']);
const statuses = new Map<number, number>();

it.each(operations.filter(({ name }) => !ending.has(name)))('$name never fails', async (operation) => {
  const property = fc.asyncProperty(requestOf(operation), async ({ method, id, query, body, idempotencyKey }) => {
    const path = operation.path.replace(/\{\w+\}/, () => encoded(id).slice(0, 2_000) || '_');
    const search = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&'); // prettier-ignore
    const sent = method === 'GET' ? undefined : body;
    const headers: Record<string, string> = idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey };
    const answer = await send(method, search === '' ? path : `${path}?${search}`, sent, headers);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    expectOrderly(answer);
  });
  await fc.assert(property, { numRuns: RUNS, endOnFailure: false });
});

it('reaches the inside: many requests succeed, none is turned away by a limit', () => {
  const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  expect(statuses.get(200) ?? 0).toBeGreaterThan(total / 20);
  expect(statuses.get(429) ?? 0).toBeLessThan(total / 50);
  expect(statuses.get(401) ?? 0).toBeLessThan(total / 20);
});

describe('a cursor that the caller made up', () => {
  const home = { organizationId: organizations.home, order: 'desc' } as const;
  const lists: Record<string, CursorBinding> = {
    '/v1/members': { ...home, list: 'members', filter: {} },
    '/v1/customers': { ...home, list: 'customers', filter: { email: null } },
    '/v1/activity': {
      ...home,
      list: 'activity',
      filter: { from: null, to: null, actions: [], actorId: null, targetType: null, targetId: null, addresses: [] },
    },
    '/v1/me/sessions': { ...home, list: 'sessions', filter: { user: people.admin.id } },
    '/v1/audit-logs': {
      ...home,
      list: 'audit-logs',
      filter: { conditions: [], minDurationMs: null, maxDurationMs: null, from: null, to: null },
    },
  };
  const ends = [new Date(8.64e15), new Date('9999-12-31'), new Date(0), new Date('0001-01-01T00:00:00Z')];

  it.each(Object.entries(lists))('shows a page of %s, at any end of time', async (path, binding) => {
    for (const at of ends) {
      for (const id of ['ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000000']) {
        expect((await send('GET', `${path}?cursor=${encodeCursor(binding, { at, id })}`)).status).toBe(200);
      }
    }
  });
});
