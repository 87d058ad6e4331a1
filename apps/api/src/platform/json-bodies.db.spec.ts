import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const customer = { name: 'A', email: 'a@a.example' };
const deep = (levels: number): string => `{"name":${'['.repeat(levels)}${']'.repeat(levels)},"email":"a@a.example"}`;

it.each([
  ['a bare list', '['.repeat(200_000) + ']'.repeat(200_000), {}],
  ['a field', deep(200_000), {}],
  ['a field, with an Idempotency-Key', deep(200_000), { 'idempotency-key': 'deep' }],
])('answers 400 to a body of 200,000 brackets: %s', async (_, body, headers) => {
  const answer = await t.call('/v1/customers', { as: 'admin', body, headers });
  expect(answer).toMatchObject({ status: 400, json: { code: 'malformed_json' } });
});

it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('does not pass over a field that every object has: %s', async (name) => {
  const answer = await t.call('/v1/customers', { as: 'admin', body: { ...customer, [name]: 1 } });
  expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_field', issues: [{ pointer: `/${name}`, rule: 'unknownField' }] } });
});

it.each([
  ['a list of nothing', { customerId: 'x', currency: 'EUR', lines: Array.from({ length: 300_000 }, () => ({})) }, '/v1/invoices'],
  ['fields that do not exist', Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`f${n}`, 1])), '/v1/session'],
])('is not kept busy by a body of very many values: %s', async (_, body, path) => {
  await t.signIn('admin');
  const startedAt = performance.now();
  const answer = await t.call(path, { as: 'admin', body });
  expect(answer).toMatchObject({ status: 413, json: { code: 'payload_too_large' } });
  // Validating them took 5 s and more.
  expect(performance.now() - startedAt).toBeLessThan(2_500);
});

it('takes no prototype from a body', async () => {
  for (const body of [`{"__proto__":{"x":1},"name":"A","email":"a@a.example"}`, `{"constructor":{"prototype":{"x":1}}}`]) {
    expect((await t.call('/v1/customers', { as: 'admin', body })).json.code).toBe('malformed_json');
  }
  expect(({} as { x?: number }).x).toBeUndefined();
});

it('reads no compressed body', async () => {
  const answer = await t.call('/v1/customers', { as: 'admin', body: customer, headers: { 'content-encoding': 'gzip' } });
  expect(answer).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } });
});

it.each([
  ['/v1/nope', 'POST', 404],
  ['/v1/api-keys', 'PUT', 405],
])('says that %s leads nowhere with %s before it complains about the body', async (path, method, status) => {
  for (const [type, body] of [
    ['text/xml', '<a/>'],
    ['application/json', '{'],
  ] as const) {
    expect((await t.call(path, { as: 'admin', method, body, headers: { 'content-type': type } })).status).toBe(status);
  }
});
