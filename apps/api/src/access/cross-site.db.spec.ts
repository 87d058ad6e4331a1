/** What a page of another site can make a browser send, over HTTP. */
import { createConnection } from 'node:net';
import { PASSWORD, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const credentials = { email: people.member.email, password: PASSWORD };
const foreign = { origin: 'https://evil.example' };
const signIn = (path: string, headers: Record<string, string>): Promise<Answer> => t.call(path, { body: credentials, headers });

it.each(['/v1/session', '/v1/%73ession', '/%76%31/session', '/v1/session?'])(
  'refuses a sign-in by another site, however the path is spelt: %s',
  async (path) => {
    const answer = await signIn(path, foreign);
    expect(answer).toMatchObject({ status: 403, json: { code: 'cross_site_request' } });
    expect(answer.headers.getSetCookie()).toEqual([]);
  },
);

it('refuses it in absolute form as well', async () => {
  const { hostname, port } = new URL(t.url);
  const body = JSON.stringify(credentials);
  const head = [
    `POST ${t.url}/v1/session HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Origin: https://evil.example',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  const text = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`));
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('end', () => resolve(received)).on('error', reject);
  });
  expect(text).toMatch(/^HTTP\/1\.1 403 /);
});

it.each([
  ['application/x-www-form-urlencoded', new URLSearchParams(credentials).toString()],
  ['text/plain', JSON.stringify(credentials)],
  ['multipart/form-data; boundary=x', `--x\r\ncontent-disposition: form-data; name="email"\r\n\r\na\r\n--x--`],
])('takes no body that a form can send: %s', async (type, body) => {
  const answer = await t.call('/v1/session', { body, headers: { 'content-type': type } });
  expect(answer).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } });
});

it('tells no browser that another site may ask', async () => {
  const preflight = await t.call('/v1/customers', {
    method: 'OPTIONS',
    headers: { ...foreign, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });
  const read = await t.call('/v1/reference/status-codes', { headers: foreign });
  for (const { headers } of [preflight, read]) expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it.each(['/v1/session', '/%76%31/session', '/v1/nope', '/nope', '/openapi.json', '/v1/%zz'])(
  'lets nobody keep what %s answers',
  async (path) => {
    expect((await t.call(path, { as: 'admin' })).headers.get('cache-control')).toBe('no-store');
  },
);
