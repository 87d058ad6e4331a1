import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { acme, adapters, home, startEdgeApp, type EdgeApp } from './testing/edge-app';
import { ItemsController } from './testing/items.controller';
import { exchangeRaw, get, leave, post } from './testing/raw-http';

/** Malformed HTTP: what is sent, the answer, and the one record. */
const malformed = [
  { title: 'bytes that are no HTTP', send: 'hello there\r\n\r\n', status: 400, record: { method: null, path: null, reason: 'malformed_request' } },
  { title: 'a TLS greeting', send: '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', status: 400, record: { method: null, path: null } },
  { title: 'an unknown method', send: 'FOO /v1/items HTTP/1.1\r\nHost: h\r\n\r\n', status: 501, record: { method: 'FOO', path: '/v1/items', reason: 'not_implemented' } },
  { title: 'a version that does not exist', send: 'GET /v1/items HTTP/9.9\r\nHost: h\r\n\r\n', status: 400, record: { method: 'GET', path: '/v1/items' } },
  { title: 'a header without a colon', send: 'GET /v1/items HTTP/1.1\r\nHost h\r\n\r\n', status: 400, record: { method: 'GET', path: '/v1/items' } },
  { title: 'a secret in a malformed request', send: 'GET /v1/x/pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17?k=sk_live_abcdefghijklmnop0123 HTTP/1.1\r\nAuthorization: Bearer pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17\r\nHost h\r\n\r\n', status: 400, record: { path: '/v1/x/[redacted]', query: null, marks: ['redacted'] } },
  { title: 'a 64 KB URL', send: `GET /v1/${'a/'.repeat(32_768)} HTTP/1.1\r\nHost: h\r\n\r\n`, status: 431, record: { method: 'GET', reason: 'headers_too_large', marks: ['truncated'] } },
  { title: 'headers beyond the limit', send: get('/v1/items', `X-Long: ${'a'.repeat(40_000)}\r\n`), status: 431, record: { method: 'GET', path: '/v1/items', reason: 'headers_too_large' } },
  { title: 'nonsense behind a request that leaves no record', send: 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n', status: [200, 400], record: { status: 400, method: null, path: null, reason: 'malformed_request' } },
  { title: 'both Content-Length and chunked', send: 'POST /v1/items HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', status: 400, record: { path: '/v1/items' } },
]; // prettier-ignore

const chunkedHead = (headers = ''): string =>
  `POST /v1/items HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n${headers}\r\n`;
const known = 'Authorization: Bearer abc\r\n';

describe.each(adapters)('whatever happens on a connection is recorded once, on %s', (adapter) => {
  let edge: EdgeApp;
  beforeAll(async () => {
    edge = await startEdgeApp(adapter);
  });
  beforeEach(() => (ItemsController.effects = []));
  afterAll(() => edge.close());

  it.each(malformed)('malformed: $title', async ({ send, status, record }) => {
    const responses = await exchangeRaw(edge.port, send);
    expect(responses.map((response) => response.status)).toEqual([status].flat());
    expect(responses.at(-1)?.head).toMatch(/^request-id: req_/im);
    expect(responses.at(-1)?.head).toMatch(/^connection: close$/im);
    expect(await edge.settled(1)).toMatchObject([
      {
        outcome: 'protocolError',
        status: [status].flat().at(-1),
        organizationId: home,
        actorType: 'anonymous',
        ip: '127.0.0.1',
        ...record,
      },
    ]);
  });

  it('a bad chunk belongs to the request whose body it is in', async () => {
    const [response, ...more] = await exchangeRaw(edge.port, [chunkedHead(known), '5\r\n{"nam\r\nzzz\r\n']);
    expect(response?.status).toBe(400);
    expect(more).toEqual([]);
    expect(await edge.settled(1)).toMatchObject([{ outcome: 'protocolError', status: 400, path: '/v1/items', organizationId: acme }]);
    expect(ItemsController.effects).toEqual([]);
  });

  it('a bad chunk while the caller is being identified is answered once the caller is known', async () => {
    const [response] = await exchangeRaw(edge.port, `${chunkedHead(`${known}X-Identify: slow\r\n`)}zzz\r\n`);
    expect(response?.status).toBe(400);
    expect(await edge.settled(1)).toMatchObject([{ outcome: 'protocolError', status: 400, organizationId: acme }]);
  });

  it('a body that does not arrive in time: 408', async () => {
    const [response] = await exchangeRaw(edge.port, [chunkedHead(known), '5\r\n{"nam\r\n']);
    expect(response?.status).toBe(408);
    expect(await edge.settled(1)).toMatchObject([{ status: 408, reason: 'request_timeout', organizationId: acme, requestBytes: 5 }]);
  });

  it('headers that do not arrive in time: 408', async () => {
    const [response] = await exchangeRaw(edge.port, 'GET /v1/items HTTP/1.1\r\nHost: h\r\n');
    expect(response?.status).toBe(408);
    expect(await edge.settled(1)).toMatchObject([{ status: 408, outcome: 'protocolError', reason: 'request_timeout' }]);
  });

  it('a connection that sends nothing is no request', async () => {
    await exchangeRaw(edge.port, '');
    await leave(edge.port, '');
    await exchangeRaw(edge.port, get('/v1/items'), { answers: 1 });
    expect(await edge.settled(1)).toMatchObject([{ path: '/v1/items' }]);
  });

  it('requests on one kept connection do not bleed into each other', async () => {
    const parts = [
      post('/v1/items', '{"name":"a"}', `${known}Content-Type: application/json\r\nUser-Agent: first\r\n`),
      get('/v1/fails'),
      get('/v1/items/i2?x=1'),
    ];
    const responses = await exchangeRaw(edge.port, parts, { answers: 3, pauseMs: 60 });
    expect(responses.map(({ status }) => status)).toEqual([201, 500, 200]);
    const records = await edge.settled(3);
    expect(records).toMatchObject([
      { method: 'POST', status: 201, organizationId: acme, userAgent: 'first', requestBytes: 12, reason: null },
      { method: 'GET', path: '/v1/fails', status: 500, organizationId: home, userAgent: null, reason: 'handler_error', requestBytes: 0 },
      { path: '/v1/items/i2', status: 200, reason: null, query: { x: '[redacted]' } },
    ]);
    expect(new Set(records.map(({ id }) => id)).size).toBe(3);
  });

  it('two pipelined requests are answered in order, the slow one first', async () => {
    const responses = await exchangeRaw(edge.port, get('/v1/slow') + get('/v1/items'), { answers: 2 });
    expect(responses.map(({ body }) => body)).toEqual(['{"slow":true}', '{"data":[]}']);
    const records = await edge.settled(2);
    expect(records.map(({ path }) => path).sort()).toEqual(['/v1/items', '/v1/slow']);
    for (const { head } of responses) expect(records.filter(({ id }) => head.includes(requestIdOf(id)))).toHaveLength(1);
  });

  it('a client that waits for "100 Continue" behind a request that is still worked on is told to go on', async () => {
    const waits = 'Expect: 100-continue\r\nContent-Type: application/json\r\n';
    const [head = '', body = ''] = post('/v1/items', '{"name":"a"}', waits).split(/(?<=\r\n\r\n)/);
    const statuses = await new Promise<string[]>((resolve) => {
      const socket = connect(edge.port, '127.0.0.1', () => socket.write(get('/v1/slow') + head));
      let text = '';
      socket.on('data', (chunk) => {
        const before = text.includes(' 100 ');
        text += chunk.toString('latin1');
        if (!before && text.includes(' 100 ')) socket.write(body);
        if (/HTTP\/1.1 (201|408)/.test(text)) socket.end();
      });
      socket.on('close', () => resolve([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!)));
    });
    expect(statuses).toEqual(['200', '100', '201']);
    expect((await edge.settled(2)).map(({ status }) => status)).toEqual([200, 201]);
  });

  it('a malformed request behind one that is still worked on is answered after it', async () => {
    const responses = await exchangeRaw(edge.port, `${get('/v1/slow', known)}FOO /v1/other HTTP/1.1\r\n\r\n`);
    expect(responses.map(({ status }) => status)).toEqual([200, 400]);
    const records = await edge.settled(2);
    expect(records).toMatchObject([
      { path: '/v1/slow', status: 200, outcome: 'completed', organizationId: acme },
      // It came in the packet of the first request, so nothing of that packet is taken for it.
      { path: null, method: null, status: 400, outcome: 'protocolError', organizationId: home },
    ]);
  });

  it('CONNECT behind a request that is still worked on is answered after it', async () => {
    const responses = await exchangeRaw(edge.port, `${get('/v1/slow')}CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect(responses.map(({ status }) => status)).toEqual([200, 501]);
    expect(await edge.settled(2)).toMatchObject([
      { path: '/v1/slow', status: 200 },
      { method: 'CONNECT', status: 501 },
    ]);
  });

  it('a client that leaves before the first byte: 499', async () => {
    await leave(edge.port, get('/v1/slow', known));
    expect(await edge.settled(1)).toMatchObject([
      { outcome: 'aborted', status: 499, path: '/v1/slow', organizationId: acme, responseBytes: 0, reason: null },
    ]);
  });

  it('a client that leaves while it is being identified is recorded, and its request does not start', async () => {
    await leave(edge.port, post('/v1/slow', '{}', 'X-Identify: slow\r\nContent-Type: application/json\r\n'));
    expect(await edge.settled(1)).toMatchObject([{ outcome: 'aborted', status: 499, handlerMs: null }]);
    await delay(60);
    expect(ItemsController.effects).toEqual([]);
  });

  it('a client that leaves in the middle of its body', async () => {
    await leave(edge.port, `${chunkedHead()}5\r\n{"nam\r\n`);
    expect(await edge.settled(1)).toMatchObject([{ outcome: 'aborted', status: 499, requestBytes: 5 }]);
    expect(ItemsController.effects).toEqual([]);
  });

  it('a client that leaves in the middle of a streamed answer: the status that was sent', async () => {
    await leave(edge.port, get('/v1/endless'), { until: 2_000 });
    const [record, ...more] = await edge.settled(1);
    expect(more).toEqual([]);
    expect(record).toMatchObject({ outcome: 'aborted', status: 200, path: '/v1/endless' });
    expect(record?.responseBytes).toBeGreaterThanOrEqual(1_000);
    expect(record?.responseBytes).toBeLessThan(400_000);
  });

  it('a client that leaves with two requests in the pipeline: one record each', async () => {
    await leave(edge.port, get('/v1/slow') + get('/v1/items'));
    const records = await edge.settled(2);
    expect(records).toHaveLength(2);
    expect(records).toEqual([
      expect.objectContaining({ outcome: 'aborted', status: 499 }),
      expect.objectContaining({ outcome: 'aborted', status: 499 }),
    ]);
  });

  it('a streamed answer whose source breaks is aborted', async () => {
    await exchangeRaw(edge.port, get('/v1/broken-stream'));
    expect(await edge.settled(1)).toMatchObject([{ path: '/v1/broken-stream', outcome: 'aborted', status: 200 }]);
  });

  it('closing the service lets an answer that is being held leave', async () => {
    const closing = await startEdgeApp(adapter);
    const arrived = once(closing.server, 'request');
    const answer = exchangeRaw(closing.port, get('/v1/slow'), { answers: 1 });
    await arrived;
    await closing.close();
    expect(await answer).toMatchObject([{ status: 200 }]);
    expect(closing.store.records).toMatchObject([{ status: 200, outcome: 'completed' }]);
  });
});

/** Written out once more, apart from the code under test: RFC 9562 bits in Crockford's base32. */
function requestIdOf(uuid: string): string {
  const bits = uuid.replace(/-/g, '').replace(/./g, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0'));
  return `req_${(bits.padStart(130, '0').match(/.{5}/g) ?? []).map((five) => '0123456789abcdefghjkmnpqrstvwxyz'[Number.parseInt(five, 2)]).join('')}`;
}
