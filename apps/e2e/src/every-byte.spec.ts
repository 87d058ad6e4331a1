/** Guarantee 1 on the product itself, with bytes that no client library would send: whatever comes over the wire, exactly one record each. */
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { caller, raw, signIn, type Caller } from './http-client';
import { startProduct, type Product } from './product';
import { check, completed, head, type Case } from './record-check';

let product: Product;
let admin: Caller;
let key: { secret: string };
const program = (method: string, path: string, options: Parameters<Caller>[2] = {}) =>
  caller(product.url)(method, path, { key: key.secret, ...options });

beforeAll(async () => {
  product = await startProduct();
  admin = await signIn(product);
  const scopes = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write'];
  key = (await admin('POST', '/v1/api-keys', { body: { name: 'Every byte', scopes } })).json as { secret: string };
});
afterAll(async () => {
  expect(await product.stop()).toBe(0);
});

const auth = () => `Authorization: Bearer ${key.secret}\r\n`;
const socket = (text: string | (() => string | Buffer), options?: Parameters<typeof raw>[2]) => () =>
  raw(product.port, typeof text === 'function' ? text() : text, options);
const json = 'Content-Type: application/json\r\n';
const body100 = JSON.stringify({ name: 'E', email: 'e@e.example' });

/** GET with the key over a kept connection; resolves with the port of this end. */
const overAgent = (via: Agent, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port: product.port, path, agent: via, headers: { authorization: `Bearer ${key.secret}` } });
    request.on('response', (response) => response.resume().on('end', () => resolve(request.socket?.localPort))).on('error', reject);
  });

const halfClosed = (bytes: string): Promise<unknown> =>
  new Promise((resolve) => connect(product.port, '127.0.0.1').on('close', resolve).on('error', resolve).resume().end(bytes));

const cases: Case[] = [
  {
    name: 'HTTP/1.1 without Host',
    send: socket(() => `GET /v1/invoices HTTP/1.1\r\n${auth()}Connection: close\r\n\r\n`),
    expect: [{ status: 400, reason: 'malformed_request' }],
  },
  {
    name: 'CONNECT',
    send: socket('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'),
    expect: [{ status: 501, method: 'CONNECT', reason: 'not_implemented' }],
  },
  { name: 'a POST to /healthz', send: socket(head('POST /healthz', 'Content-Length: 0\r\n')), expect: [{ status: 405 }] },
  { name: 'an unknown method', send: socket(head('FOO /v1/invoices')), expect: [{ outcome: 'protocolError' }] },
  { name: '%zz', send: () => raw(product.port, head('GET /v1/%zz', auth())), expect: [{ status: 400 }] },
  { name: '%00', send: () => raw(product.port, head('GET /v1/invoices/%00', auth())), expect: [{ status: 404 }] },
  { name: 'malformed HTTP', send: socket('\x16\x03\x01 nonsense\r\n\r\n'), expect: [{ status: 400, outcome: 'protocolError' }] },
  {
    name: 'malformed HTTP behind a health check',
    send: socket('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n'),
    expect: [{ status: 400, outcome: 'protocolError', method: null, path: null }],
  },
  {
    name: 'the absolute form of the target',
    send: socket(() => head('GET http://x/v1/invoices?limit=1', auth())),
    expect: completed(200, null, { path: 'http://x/v1/invoices' }),
  },
  {
    name: 'a key in the absolute form of the target',
    send: socket(() => head(`GET http://u:${key.secret}@x/v1/invoices`, auth())),
    expect: completed(200, null, { path: 'http://[redacted]@x/v1/invoices', marks: ['redacted'] }),
  },
  { name: 'OPTIONS *', send: socket(() => head('OPTIONS *', auth())), expect: completed(404, 'route_not_found', { path: '*' }) },
  { name: 'HTTP/1.0', send: socket(() => `GET /v1/invoices?limit=1 HTTP/1.0\r\n${auth()}\r\n`), expect: completed(200, null) },
  { name: 'HTTP/0.9', send: socket('GET /v1/invoices\r\n\r\n'), expect: [{ method: 'GET', path: '/v1/invoices' }] },
  { name: 'the preface of HTTP/2', send: socket('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), expect: [{ outcome: 'protocolError' }] },
  {
    name: 'an upgrade that nobody offers',
    send: socket(() => `GET /v1/invoices?limit=1 HTTP/1.1\r\nHost: x\r\n${auth()}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`),
    expect: completed(200, null),
  },
  {
    name: 'chunks with a trailer',
    send: socket(
      () => head('POST /v1/customers', `${auth()}${json}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n`) + '2\r\n{}\r\n0\r\nX-T: 1\r\n\r\n',
    ),
    expect: completed(400, 'invalid_field', { requestBytes: 2 }),
  },
  {
    name: 'Content-Length beside Transfer-Encoding, with a request smuggled in',
    send: socket(
      () =>
        head('POST /v1/customers', `${auth()}${json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`) +
        `2\r\n{}\r\n0\r\n\r\n${head('GET /v1/smuggled')}`,
    ),
    expect: [{ status: 400, outcome: 'protocolError', path: '/v1/customers' }],
  },
  {
    name: 'two Content-Lengths',
    send: socket(() => head('POST /v1/customers', `${auth()}${json}Content-Length: 2\r\nContent-Length: 3\r\n`) + '{}'),
    expect: [{ status: 400, outcome: 'protocolError', path: '/v1/customers' }],
  },
  {
    name: 'Expect: 100-continue',
    send: socket(() => head('POST /v1/customers', `${auth()}${json}Expect: 100-continue\r\nContent-Length: ${body100.length}\r\n`), {
      then: body100,
    }),
    expect: completed(201, null),
  },
  { name: 'a method in small letters', send: socket(() => head('get /v1/invoices', auth())), expect: [{ status: 400, method: null }] },
  {
    name: 'a method that the framework does not know',
    send: socket(() => head('PURGE /v1/invoices', auth())),
    expect: completed(405, 'method_not_allowed', { method: 'PURGE' }),
  },
  {
    name: 'a body that a GET does not need',
    send: socket(() => `${head('GET /v1/invoices?limit=1', `${auth()}Content-Length: 5\r\n`)}hello`),
    expect: completed(200, null),
  },
  {
    name: 'lines that end in LF alone',
    send: socket(() => head('GET /v1/invoices', auth()).replaceAll('\r\n', '\n')),
    expect: [{ outcome: 'protocolError', status: 400 }],
  },
  {
    name: 'a NUL in a header',
    send: socket(() => head('GET /v1/invoices', `${auth()}X: a\0b\r\n`)),
    expect: [{ outcome: 'protocolError', status: 400, path: '/v1/invoices' }],
  },
  {
    name: 'an empty Host',
    send: socket(() => `GET /v1/invoices?limit=1 HTTP/1.1\r\nHost:\r\nConnection: close\r\n${auth()}\r\n`),
    expect: completed(200, null),
  },
  {
    name: '1,500 headers',
    send: socket(() => head('GET /v1/invoices?limit=1', auth() + 'X: 1\r\n'.repeat(1_500))),
    expect: completed(200, null),
  },
  {
    name: 'a very long query',
    send: socket(() => head(`GET /v1/invoices?${'a=b&'.repeat(5_000)}`, auth())),
    expect: completed(400, 'unknown_parameter', { marks: expect.arrayContaining(['truncated', 'redacted']) as string[] }),
  },
  {
    name: 'a 16 KB user agent, whole',
    send: socket(() => head('GET /v1/invoices?limit=1', `${auth()}User-Agent: ${'Mozilla '.repeat(2_047)}Mozilla\r\n`)),
    expect: completed(200, null, { userAgent: `${'Mozilla '.repeat(2_047)}Mozilla`, marks: [] }),
  },
  {
    name: 'lone surrogates and invalid UTF-8 in a header',
    send: socket(() => Buffer.from(head('GET /v1/invoices?limit=1', `${auth()}User-Agent: a\xed\xa0\x80\xff\xfeb\r\n`), 'latin1')),
    expect: completed(200, null, { userAgent: expect.stringMatching(/^a\ufffd+b$/) as string, marks: ['sanitized'] }),
  },
  {
    name: 'lone surrogates and U+0000 in a body and in a query',
    send: () => program('POST', '/v1/customers?status=%00%ED%A0%80', { body: '{"name":"\\ud800\\u0000","email":"a@b.example"}' }),
    expect: [{ status: 400 }],
  },
  {
    name: 'the key wherever a caller can put it, plain and percent-encoded',
    send: socket(() => {
      const encoded = key.secret.replace(/./g, (each) => `%${each.charCodeAt(0).toString(16)}`);
      return head(
        `GET /v1/invoices/${encoded}?status=${key.secret}&${encoded}=1&x=${encoded}`,
        `${auth()}User-Agent: a/${encoded} ${key.secret}\r\nReferer: http://a/?k=${encoded}\r\nX-Request-Id: ${key.secret}\r\nX-${key.secret}: 1\r\n`,
      );
    }),
    expect: completed(400, 'unknown_parameter', {
      path: '/v1/invoices/[redacted]',
      userAgent: '[redacted] [redacted]',
      clientRequestId: null,
      marks: ['redacted'],
    }),
  },
  { name: 'HEAD', send: () => program('HEAD', '/v1/invoices'), expect: completed(200, null, { method: 'HEAD' }) },
  { name: 'OPTIONS', send: () => program('OPTIONS', '/v1/invoices'), expect: [{ method: 'OPTIONS', status: 405 }] },
  {
    name: 'two pipelined requests',
    send: socket(() => `GET /v1/invoices?limit=1 HTTP/1.1\r\nHost: x\r\n${auth()}\r\n${head('GET /v1/nope', auth())}`),
    expect: [{ status: 200 }, { status: 404 }],
  },
  {
    name: '20 pipelined requests',
    send: socket(
      () =>
        Array.from({ length: 19 }, (_, at) => `GET /v1/invoices?limit=${at + 1} HTTP/1.1\r\nHost: x\r\n${auth()}\r\n`).join('') +
        head('GET /v1/nope', auth()),
      { waitMs: 4_000 },
    ),
    expect: [...Array.from({ length: 19 }, (_, at) => ({ status: 200, query: { limit: String(at + 1) } })), { status: 404, query: null }],
  },
  {
    name: 'one connection, 50 times',
    send: async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ports = new Set<number | undefined>();
      for (let at = 1; at <= 50; at++) ports.add(await overAgent(agent, `/v1/invoices?limit=${at}`));
      agent.destroy();
      expect(ports.size).toBe(1);
    },
    expect: Array.from({ length: 50 }, (_, at) => ({ status: 200, query: { limit: String(at + 1) } })),
  },
  {
    name: 'a client that leaves before the first byte of the answer',
    // A sign-in that fails takes a quarter of a second: nothing has been sent by then, however fast the machine is.
    send: socket(
      () => {
        const body = JSON.stringify({ email: 'nobody@example.com', password: 'a guess' });
        return `POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      },
      { destroyAfterMs: 50 },
    ),
    expect: [{ outcome: 'aborted', status: 499, reason: null }],
  },
  {
    name: 'a client that closes its half after the request',
    send: () => halfClosed(`GET /v1/invoices?limit=1 HTTP/1.1\r\nHost: x\r\n${auth()}\r\n`),
    expect: [{ path: '/v1/invoices' }],
  },
  {
    name: 'half a header',
    send: socket('GET /v1/inv', { destroyAfterMs: 80 }),
    expect: [{ method: null, actor: { type: 'anonymous', id: null, name: null } }],
  },
  {
    name: '408 a header that does not come',
    send: socket('GET /v1/invoices HTTP/1.1\r\nHost: x\r\nX-', { waitMs: 14_000 }),
    expect: [{ status: 408, outcome: 'protocolError', reason: 'request_timeout' }],
  },
  {
    name: 'a pipelined bad one behind a good one',
    send: socket(() => `GET /v1/invoices HTTP/1.1\r\nHost: x\r\n${auth()}\r\nnonsense\r\n\r\n`),
    expect: [
      { status: 200, outcome: 'completed' },
      { outcome: 'protocolError', status: 400 },
    ],
  },
  {
    name: 'a client that leaves in the middle of its body',
    send: socket(
      () => `POST /v1/customers HTTP/1.1\r\nHost: x\r\n${auth()}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"name"`,
      { destroyAfterMs: 150 },
    ),
    expect: [{ outcome: 'aborted', method: 'POST' }],
  },
  {
    name: 'a bad chunk',
    send: socket(
      () => `POST /v1/customers HTTP/1.1\r\nHost: x\r\n${auth()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n`,
    ),
    expect: [{ method: 'POST', status: 400 }],
  },
];

it.each(cases)('$name leaves exactly one record each', async (one) => {
  await check(admin, one);
});

it('counts what one anonymous source is refused beyond the bound, and tells it at the stop at the latest', async () => {
  const from = new Date().toISOString();
  for (let batch = 0; batch < 8; batch++) {
    await raw(product.port, 'GET /v1/invoices HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(99) + head('GET /v1/invoices'), { waitMs: 5_000 });
  }
  const metrics = await caller(product.url)('GET', '/metrics');
  const coalesced = Number(/^pinebill_refusals_coalesced_total (\d+)/m.exec(metrics.text)?.[1]);
  expect(coalesced).toBeGreaterThan(100);
  const rows = async (): Promise<number> => {
    let count = 0;
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await admin(
        'GET',
        `/v1/audit-logs?actorType=anonymous&reason=missing_key&from=${from}&limit=200${cursor ? `&cursor=${cursor}` : ''}`,
      );
      count += page.json.data.length as number;
      cursor = page.json.nextCursor as string | null;
    }
    return count;
  };
  // A window of the minute may have begun earlier, or end in between: what the gap records say then is part of the sum.
  for (const deadline = Date.now() + 10_000; Date.now() < deadline && (await rows()) + coalesced < 800;);
  expect((await rows()) + coalesced).toBe(800);
});
