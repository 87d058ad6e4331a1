import type { AuditRecord } from './audit.types';
import { acme, adapters, home, startEdgeApp, type EdgeApp } from './testing/edge-app';
import { exchangeRaw, get, post } from './testing/raw-http';

/** What is sent, what the caller sees, and the one record that it leaves. */
type Case = { title: string; send: string; answer: number; record: Partial<AuditRecord> };

const ok = { outcome: 'completed', reason: null } as const;
const request = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const known = 'Authorization: Bearer abc\r\n';

const cases: Case[] = [
  { title: '200', send: get('/v1/items?status=open&debug=1'), answer: 200, record: { ...ok, status: 200, route: '/v1/items', path: '/v1/items', query: { status: 'open', debug: '[redacted]' }, responseBytes: 11 } },
  { title: '201', send: post('/v1/items', '{"name":"a"}'), answer: 201, record: { ...ok, status: 201, requestBytes: 12, method: 'POST' } },
  { title: '204', send: request('DELETE', '/v1/items/i1'), answer: 204, record: { ...ok, status: 204, responseBytes: 0, route: '/v1/items/{id}' } },
  { title: '302', send: get('/v1/moved'), answer: 302, record: { ...ok, status: 302 } },
  { title: '304', send: get('/v1/unchanged'), answer: 304, record: { ...ok, status: 304, responseBytes: 0 } },
  { title: 'HEAD of a GET route', send: request('HEAD', '/v1/items'), answer: 200, record: { ...ok, status: 200, method: 'HEAD', route: '/v1/items', responseBytes: 0 } },
  { title: 'OPTIONS', send: request('OPTIONS', '/v1/items'), answer: 204, record: { ...ok, status: 204, method: 'OPTIONS' } },
  { title: 'malformed JSON', send: post('/v1/items', '{"name":'), answer: 400, record: { outcome: 'completed', status: 400, reason: 'malformed_request', route: '/v1/items', requestBytes: 8 } },
  { title: 'malformed JSON of a known caller', send: post('/v1/items', '{', `${known}Content-Type: application/json\r\n`), answer: 400, record: { status: 400, organizationId: acme, apiKeyId: 'k1', apiKeyName: 'Production API' } },
  { title: 'an unknown route of a known caller', send: get('/nowhere', known), answer: 404, record: { status: 404, reason: 'route_not_found', organizationId: acme, apiKeyId: 'k1', route: null } },
  { title: 'a refusal by identify: 401', send: get('/v1/items', 'X-Refuse: 401\r\n'), answer: 401, record: { outcome: 'completed', status: 401, reason: 'revoked_key', organizationId: home, handlerMs: null } },
  { title: 'a refusal on an unknown route', send: get('/nowhere', 'X-Refuse: 401\r\n'), answer: 401, record: { status: 401, reason: 'revoked_key' } },
  { title: 'a refusal before a malformed body is read', send: post('/v1/items', '{', 'X-Refuse: 429\r\nContent-Type: application/json\r\n'), answer: 429, record: { status: 429, reason: 'key_limit' } },
  { title: 'a refusal by identify: 403', send: get('/v1/items', 'X-Refuse: 403\r\n'), answer: 403, record: { status: 403, reason: 'ip_not_allowed' } },
  { title: 'a refusal by a guard', send: get('/v1/admins'), answer: 403, record: { status: 403, outcome: 'completed', route: '/v1/admins', handlerMs: null } },
  { title: 'an unknown route', send: get('/v2/items'), answer: 404, record: { status: 404, reason: 'route_not_found', route: null, path: '/v2/items' } },
  { title: 'two leading slashes', send: get('//v1/items'), answer: 404, record: { status: 404, path: '//v1/items' } },
  { title: 'a path that ends in a slash', send: get('/v1/items/none/x/'), answer: 404, record: { status: 404, route: null } },
  { title: 'an unknown id', send: get('/v1/items/none'), answer: 404, record: { status: 404, route: '/v1/items/{id}' } },
  { title: 'a method that the path does not take', send: request('PUT', '/v1/items'), answer: 404, record: { status: 404, method: 'PUT', route: null } },
  { title: 'a method that only WebDAV knows', send: request('PROPFIND', '/v1/items'), answer: 404, record: { status: 404, method: 'PROPFIND' } },
  { title: '409', send: post('/v1/items', '{"name":"taken"}'), answer: 409, record: { status: 409, outcome: 'completed', route: '/v1/items' } },
  { title: '415', send: post('/v1/typed', '{}'), answer: 415, record: { status: 415, reason: 'unsupported_media_type' } },
  { title: '500', send: get('/v1/fails'), answer: 500, record: { status: 500, reason: 'handler_error' } },
  { title: '502', send: get('/v1/upstream-fails'), answer: 502, record: { status: 502, reason: 'upstream_error' } },
  { title: '503', send: get('/v1/busy'), answer: 503, record: { status: 503, reason: 'overload' } },
  { title: '504', send: get('/v1/upstream-hangs'), answer: 504, record: { status: 504, reason: 'upstream_timeout' } },
  { title: 'a crash of identify', send: get('/v1/items', 'X-Identify: crash\r\n'), answer: 500, record: { status: 500, reason: 'handler_error', error: { code: 'internal_error', detail: null, issues: [] } } },
  { title: 'a streamed answer', send: get('/v1/stream'), answer: 200, record: { ...ok, status: 200, responseBytes: 6_000 } },
  { title: 'POST of an unrecorded path', send: post('/healthz', '{}'), answer: 201, record: { status: 201, path: '/healthz', method: 'POST' } },
  { title: 'a path that is like an unrecorded one', send: get('/healthz/'), answer: -1, record: { path: '/healthz/' } },
  { title: '%zz in the path', send: get('/v1/%zz'), answer: -1, record: { outcome: 'completed', path: '/v1/%zz', route: null } },
  { title: '%00 in the path', send: get('/v1/items/%00'), answer: 200, record: { status: 200, path: '/v1/items/%00' } },
  { title: 'bytes beyond ASCII in the path', send: get('/v1/items/caf\u00c3\u00a9'), answer: -1, record: { path: '/v1/items/caf%C3%A9', marks: ['sanitized'] } },
  { title: 'a secret in the path', send: get('/v1/items/pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'), answer: 200, record: { path: '/v1/items/[redacted]', marks: ['redacted'] } },
  { title: 'a token that the route declares', send: post('/v1/invitations/abc/accept', '{}'), answer: 201, record: { path: '/v1/invitations/[redacted]/accept', route: '/v1/invitations/{token}/accept' } },
  { title: 'the token, with a wrong method and a typing error', send: get('/v1/invitations/abc/acept'), answer: 404, record: { path: '/v1/invitations/[redacted]/acept' } },
  { title: 'the absolute form with a password', send: 'GET http://me:pw@h/v1/items HTTP/1.1\r\nHost: h\r\n\r\n', answer: -1, record: { path: 'http://[redacted]@h/v1/items', marks: ['redacted'] } },
  { title: 'HTTP/1.1 without Host', send: `GET /v1/items HTTP/1.1\r\n${known}\r\n`, answer: 400, record: { status: 400, outcome: 'protocolError', reason: 'malformed_request', organizationId: acme } },
  { title: 'an unrecorded path without Host', send: 'GET /healthz HTTP/1.1\r\n\r\n', answer: 400, record: { status: 400, outcome: 'protocolError', path: '/healthz' } },
  { title: 'HTTP/1.0 without Host', send: 'GET /v1/items HTTP/1.0\r\n\r\n', answer: 200, record: { ...ok, status: 200 } },
  { title: 'Expect: something else', send: get('/v1/items', 'Expect: foo\r\n'), answer: 417, record: { status: 417, outcome: 'completed', reason: 'expectation_failed' } },
  { title: 'Expect: 100-continue', send: post('/v1/items', '{"name":"a"}', 'Expect: 100-continue\r\nContent-Type: application/json\r\n'), answer: 201, record: { ...ok, status: 201 } },
  { title: 'CONNECT', send: 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', answer: 501, record: { status: 501, method: 'CONNECT', outcome: 'completed', reason: 'not_implemented' } },
  { title: 'Upgrade, which nobody listens to', send: get('/v1/items', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'), answer: 200, record: { ...ok, status: 200 } },
  { title: 'a 16 KB user agent', send: get('/v1/items', `User-Agent: ${'Mozilla '.repeat(2_000)}x\r\n`), answer: 200, record: { userAgent: `${'Mozilla '.repeat(2_000)}x`, marks: [] } },
  { title: 'a user agent in invalid UTF-8', send: get('/v1/items', 'User-Agent: a\u00ff\u0001\r\n'.replace('\u0001', '')), answer: 200, record: { userAgent: 'a\ufffd', marks: ['sanitized'] } },
  { title: "the caller's request id and trace", send: get('/v1/items', 'X-Request-Id: job-4711\r\nTraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n'), answer: 200, record: { clientRequestId: 'job-4711', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' } },
  { title: 'a request id that is no id', send: get('/v1/items', "X-Request-Id: '; drop\r\n"), answer: 200, record: { clientRequestId: null } },
  { title: 'a forged X-Forwarded-For', send: get('/v1/items', 'X-Forwarded-For: 203.0.113.9\r\n'), answer: 200, record: { ip: '127.0.0.1', peerIp: '127.0.0.1' } },
]; // prettier-ignore

describe.each(adapters)('every request leaves exactly one record, on %s', (adapter) => {
  let edge: EdgeApp;
  beforeAll(async () => {
    edge = await startEdgeApp(adapter);
  });
  afterAll(() => edge.close());

  it.each(cases)('$title', async ({ send, answer, record }) => {
    const [response, ...more] = await exchangeRaw(edge.port, send, { answers: 1 });
    const records = await edge.settled(1);

    expect(more).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ kind: 'request', ...record });
    if (answer > 0) expect(response?.status).toBe(answer);
    expect(response?.status).toBe(records[0]?.status);
    expect(response?.head).toMatch(/^request-id: req_[0-7][0-9a-z]{25}$/im);
    expect(records[0]?.durationMs).toBeGreaterThan(0);
    expect(records[0]?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/);
  });

  it('413: a body beyond the limit, refused by the framework', async () => {
    const response = await fetch(`http://127.0.0.1:${edge.port}/v1/items`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'x'.repeat(1_200_000) }),
    });
    expect(response.status).toBe(413);
    expect(await edge.settled(1)).toMatchObject([{ status: 413, reason: 'payload_too_large', outcome: 'completed' }]);
  });

  it('timing: identify and handler are measured', async () => {
    await exchangeRaw(edge.port, get('/v1/slow', 'X-Identify: slow\r\n'), { answers: 1 });
    const [record] = await edge.settled(1);
    expect(record?.authMs).toBeGreaterThanOrEqual(55);
    expect(record?.handlerMs).toBeGreaterThanOrEqual(75);
    expect(record?.durationMs).toBeGreaterThanOrEqual(135);
  });

  it('nothing is recorded of exactly GET and HEAD of the unrecorded path', async () => {
    const responses = await exchangeRaw(edge.port, [get('/healthz'), 'HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n', get('/v1/items')], {
      answers: 2,
    });
    expect(responses[0]?.status).toBe(200);
    expect(await edge.settled(1)).toMatchObject([{ path: '/v1/items' }]);
  });

  it('the rate-limit headers of identify are on every answer', async () => {
    for (const send of [get('/v1/items'), get('/nowhere'), get('/v1/items', 'X-Refuse: 429\r\n')]) {
      const [response] = await exchangeRaw(edge.port, send, { answers: 1 });
      expect(response?.head).toMatch(/^ratelimit-policy: "per-key";q=6000;w=60$/im);
    }
    await edge.settled(3);
  });
});
