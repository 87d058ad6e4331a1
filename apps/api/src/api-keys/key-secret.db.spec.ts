/** The canary: every secret that was ever made in here, also one that no answer showed, is looked for in everything that is kept or said. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import crypto from 'node:crypto';
import { base62, keyBodyLength, keySecret } from '@pinebill/contract';
import { startTestApp, type TestApp } from '../testing/test-app';

/** What was written to stdout and stderr. */
const said: string[] = [];
/** Letters in the order in which they were drawn: the secrets that were made, one after the other. */
const drawn: number[] = [];
let t: TestApp;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    const write: (chunk: string) => boolean = stream.write.bind(stream);
    jest.spyOn(stream, 'write').mockImplementation((chunk) => (said.push(chunk.toString()), write('')));
  }
  const draw: (max: number) => number = crypto.randomInt.bind(crypto);
  jest.spyOn(crypto, 'randomInt').mockImplementation((max: number) => {
    const number = draw(max);
    if (max === 62) drawn.push(number);
    return number;
  });
  t = await startTestApp(__filename, { logLevel: 'debug' });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await t.close();
});

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((file) =>
    file.isFile() ? [join(file.parentPath, file.name)] : [],
  );

async function everythingKept(): Promise<{ place: string; text: string }[]> {
  const tables = await t.sql<{
    name: string;
  }>(`select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`);
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['idempotency', 'activity', 'api_key', 'api_key_use']));
  const rows = await Promise.all(tables.map(async ({ name }) => ({ place: name, text: JSON.stringify(await t.sql(`select r::text from ${name} r`)) }))); // prettier-ignore
  const files = filesBelow(t.config.dataDirectory).map((path) => ({ place: path, text: readFileSync(path, 'latin1') }));
  expect(files.some(({ text }) => text.includes('/v1/api-keys'))).toBe(true); // the journal is among them, and can be read like this
  const pages = await Promise.all(['/metrics', '/openapi.json', '/readyz'].map(async (path) => ({ place: path, text: (await t.call(path)).text }))); // prettier-ignore
  const shown = ['/v1/api-keys', '/v1/audit-logs', '/v1/activity'].map(async (path) => ({ place: path, text: (await t.call(`${path}?limit=200`, { as: 'admin' })).text })); // prettier-ignore
  return [...rows, ...files, ...pages, ...(await Promise.all(shown)), { place: 'output', text: said.join('') }];
}

it('no secret is kept or said anywhere: not after mint, rotation, replay, use, refusal or failure', async () => {
  const post = (path: string, body: object, headers: Record<string, string> = {}) => t.call(path, { as: 'admin', body, headers });
  const minting = { name: 'Canary', scopes: ['invoices:read', 'invoices:write'] };
  const minted = await post('/v1/api-keys', minting, { 'idempotency-key': 'mint' });
  const replayed = await post('/v1/api-keys', minting, { 'idempotency-key': 'mint' });
  const rotating = { name: 'Canary 2', overlapSeconds: 60 };
  const rotated = await post(`/v1/api-keys/${minted.json.id}/rotate`, rotating, { 'idempotency-key': 'rotate' });
  const again = await post(`/v1/api-keys/${minted.json.id}/rotate`, rotating, { 'idempotency-key': 'rotate' });
  expect([replayed.json, again.json]).toMatchObject([{ id: minted.json.id, secret: null }, { id: rotated.json.id, secret: null }]); // prettier-ignore
  const failing = [
    await post('/v1/api-keys', minting),
    await post('/v1/api-keys', { ...minting, replaces: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }),
    await post(`/v1/api-keys/${minted.json.id}/rotate`, { ...rotating, name: 'Canary 3' }),
  ];
  await t.sql(`alter table api_key add constraint spec_refuses check (name <> 'Fails') not valid`);
  failing.push(await post('/v1/api-keys', { ...minting, name: 'Fails' }));
  expect(failing.map(({ status }) => status)).toEqual([409, 404, 409, 500]);

  const secret: string = minted.json.secret;
  await t.call('/v1/invoices', { key: secret });
  await t.call('/v1/invoices', { key: secret, method: 'POST', body: '{"customerId":' });
  await t.call(`/v1/invoices/${secret}?token=${secret}&cursor=${secret}`, { key: secret, headers: { 'user-agent': `leaky/1 ${secret}`, 'x-request-id': secret } }); // prettier-ignore
  await t.call(`/v1/${secret}`, { headers: { authorization: `Basic ${secret}` } });
  await t.call('/v1/invoices', { key: secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')) });
  await post(`/v1/api-keys/${minted.json.id}/revoke`, { reason: 'canary' });
  await t.call('/v1/invoices', { key: secret });

  const bodies = Array.from({ length: drawn.length / keyBodyLength }, (_, index) =>
    drawn.slice(index * keyBodyLength, (index + 1) * keyBodyLength).map((number) => base62.charAt(number)).join(''),
  ); // prettier-ignore
  expect(bodies.map(keySecret)).toEqual(expect.arrayContaining([secret, rotated.json.secret]));
  expect(bodies.length).toBeGreaterThanOrEqual(6);
  for (;;) {
    const { json } = await t.call('/v1/audit-logs?reason=revoked_key', { as: 'admin' });
    if (json.data.length > 0) break; // the last record has come as far as the log
  }
  const found = (await everythingKept()).flatMap(
    ({ place, text }) =>
    bodies.filter((body) => text.includes(body) || text.includes(Buffer.from(body).toString('hex')) || text.includes(Buffer.from(body).toString('base64').slice(0, -1))).map(() => place), // prettier-ignore
  );
  expect(found).toEqual([]);
});
