import { request } from 'node:http';
import { connect } from 'node:net';
import { startTestApp, type TestApp } from '../testing/test-app';
import { Lifecycle } from './lifecycle';

const TOKEN = 'a-token-of-some-length';
const ELSEWHERE = { 'x-forwarded-for': '192.0.2.1' };
let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename, { metricsToken: TOKEN });
});
afterAll(() => t.close());

it('is alive', async () => {
  expect(await t.call('/healthz')).toMatchObject({ status: 200, json: { status: 'alive' } });
});

it('is ready only between the start and the stop', async () => {
  const lifecycle = t.app.get(Lifecycle);
  expect((await t.call('/readyz')).status).toBe(503);
  lifecycle.listening();
  expect((await t.call('/readyz')).status).toBe(200);
  lifecycle.stopping();
  expect((await t.call('/readyz')).status).toBe(503);
  lifecycle.listening();
});

it('tells an operator the state of each part', async () => {
  const { json } = await t.call('/readyz');
  expect(json.parts).toMatchObject({
    process: { state: 'ready' },
    database: { reachable: true },
    roles: { separated: true, login: 'superuser' },
    journal: { maxBytes: expect.any(Number), refused: 0, damaged: 0 },
    shipper: { quarantined: 0, lost: 0 },
    mode: 'durable',
  });
});

it('tells others the status alone, and an operator elsewhere with the token everything', async () => {
  expect((await t.call('/readyz', { headers: ELSEWHERE })).json).toEqual({ status: 'ready' });
  expect((await t.call('/readyz', { headers: { ...ELSEWHERE, authorization: `Bearer ${TOKEN}` } })).json).toHaveProperty('parts');
});

it('counts requests by the template of their route, not by their path', async () => {
  await t.call('/v1/reference/status-codes');
  await t.call('/v1/invoices/inv_01h455vb4pex5vsknk084sn02q');
  const { status, headers, text } = await t.call('/metrics');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('text/plain');
  expect(text).toMatch(/_count\{method="GET",route="\/v1\/reference\/status-codes",status="200"\} 1/);
  expect(text).toContain('route="/v1/invoices/{id}",status="401"');
  expect(text).not.toContain('inv_01h455vb4pex5vsknk084sn02q');
});

describe('metrics', () => {
  const sample = async (name: string): Promise<number> => {
    const line = (await t.call('/metrics')).text.split('\n').find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
    return Number(line?.split(' ').at(-1));
  };

  it('have a type and a help for each, and what counts up ends in _total and is a counter', async () => {
    const { text } = await t.call('/metrics');
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name ?? '', type ?? '']));
    expect(types.size).toBeGreaterThan(25);
    for (const [name, type] of types) {
      expect(text).toContain(`# HELP ${name} `);
      // The client library's own gauges keep the names that dashboards know (nodejs_active_handles_total).
      if (!name.startsWith('nodejs_')) expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
    }
    expect([...types.keys()]).toEqual(
      expect.arrayContaining([
        'audit_records_lost_total',
        'audit_records_quarantined_total',
        'pinebill_journal_entries',
        'pinebill_journal_bytes',
        'pinebill_shipper_lag_seconds',
        'pinebill_requests_refused_total',
        'pinebill_http_connections',
        'pinebill_http_connections_dropped_total',
        'pinebill_database_waiting',
        'nodejs_eventloop_lag_seconds',
        'process_resident_memory_bytes',
      ]),
    );
  });

  it('count a refusal under the reason of its record: of the door, of the guard, of a handler, and of the edge', async () => {
    const refused = (reason: string) => sample(`pinebill_requests_refused_total{reason="${reason}"}`);
    const [key, role, found, malformed] = [await refused('missing_key'), await refused('role'), await refused('resource_not_found'), 0];
    await t.call('/v1/invoices');
    await t.call('/v1/audit-logs', { as: 'guest' });
    await t.call('/v1/invoices/inv_01h455vb4pex5vsknk084sn02q', { as: 'admin' });
    await withoutHost();
    expect(await refused('missing_key')).toBe((key || 0) + 1);
    expect(await refused('role')).toBe((role || 0) + 1);
    expect(await refused('resource_not_found')).toBe((found || 0) + 1);
    expect(await refused('malformed_request')).toBe(malformed + 1);
  });

  it('have the warnings of /readyz, for an alert', async () => {
    expect(await sample('pinebill_warnings{code="login_is_superuser",severity="warning"}')).toBe(1);
    expect(await sample('pinebill_warnings{code="journal_of_dead_process",severity="danger"}')).toBeNaN();
  });

  it('show batches as they are stored, connections, and the pool', async () => {
    await t.call('/v1/reference/status-codes');
    while (!((await sample('pinebill_shipper_batch_rows_count')) > 0)) continue;
    expect(await sample('pinebill_shipper_batch_rows_sum')).toBeGreaterThan(0);
    expect(await sample('pinebill_shipper_batch_duration_seconds_count')).toBeGreaterThan(0);
    expect(await sample('pinebill_shipper_failures_total')).toBe(0);
    expect(await sample('pinebill_http_connections')).toBeGreaterThan(0);
    expect(await sample('pinebill_database_connections{state="idle"}')).toBeGreaterThan(0);
    expect(await sample('pinebill_database_waiting')).toBe(0);
  });
});

/** Answered by the edge, without the framework. */
function withoutHost(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(t.url).port), '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
    socket
      .on('error', reject)
      .on('close', () => resolve())
      .resume();
  });
}

it('keeps metrics from others', async () => {
  expect((await t.call('/metrics', { headers: ELSEWHERE })).status).toBe(403);
});

it('tells a browser what our pages may do, and that no answer of the API is kept', async () => {
  const api = await t.call('/v1/reference/status-codes');
  expect(api.headers.get('cache-control')).toBe('no-store');
  const policy = (await t.call('/docs')).headers.get('content-security-policy');
  expect(policy).toContain(`script-src 'self';`);
  expect(policy).toContain(`frame-ancestors 'none'`);
  expect(api.headers.get('x-content-type-options')).toBe('nosniff');
});

it('serves a reference that needs no script of its page and nothing from elsewhere', async () => {
  const { text } = await t.call('/docs');
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(text).not.toMatch(/(?:src|href)="https?:/);
  for (const [, path] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect({ path, status: (await t.call(new URL(path ?? '', `${t.url}/docs`).pathname)).status }).toEqual({ path, status: 200 });
  }
});

it.each([
  ['{"name": ', 'malformed_json'],
  ['', 'malformed_json'],
  ['{"__proto__": {"x": 1}}', 'malformed_json'],
])('answers the body %p with %s', async (body, code) => {
  const answer = await t.call('/v1/session', { method: 'POST', body, headers: { origin: t.url } });
  expect(answer).toMatchObject({ status: 400, json: { code, status: 400 } });
});

it('answers a body above 1 MiB with 413, another type with 415, a broken escape with 400', async () => {
  const headers = { origin: t.url };
  expect(await t.call('/v1/session', { method: 'POST', body: JSON.stringify({ a: 'x'.repeat(1_100_000) }), headers })).toMatchObject({
    status: 413,
    json: { code: 'payload_too_large' },
  });
  expect(await t.call('/v1/session', { method: 'POST', body: '<a/>', headers: { ...headers, 'content-type': 'text/xml' } })).toMatchObject({
    status: 415,
    json: { code: 'unsupported_media_type' },
  });
  expect((await raw('/nowhere/%zz')).json).toMatchObject({ code: 'malformed_request', status: 400 });
});

it('names each wrong field by a pointer and a rule, and repeats no value', async () => {
  const { status, json, text } = await t.call('/v1/session', {
    method: 'POST',
    body: { email: 17, password: 'x', surplus: 'canary' },
    headers: { origin: t.url },
  });
  expect(status).toBe(400);
  expect(json.code).toBe('invalid_field');
  expect(json.issues).toContainEqual({ pointer: '/surplus', rule: 'unknownField', expected: 'no such field here' });
  expect(json.issues.map(({ pointer }: { pointer: string }) => pointer)).toContain('/email');
  expect(text).not.toContain('canary');
});

it('names what a path takes, and the version that a path lacks', async () => {
  const wrongMethod = await t.call('/v1/reference/status-codes', { method: 'DELETE' });
  expect(wrongMethod).toMatchObject({ json: { code: expect.stringMatching(/method_not_allowed|invalid_api_key/) } });
  expect(await t.call('/v2/invoices')).toMatchObject({ status: 404, json: { code: 'wrong_version' } });
  const health = await t.call('/healthz', { method: 'POST' });
  expect(health.status).toBe(405);
  expect(health.headers.get('allow')).toBe('GET, HEAD');
});

/** fetch would correct the path. */
function raw(path: string): Promise<{ json: unknown }> {
  return new Promise((resolve, reject) => {
    const call = request(t.url, { path }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve({ json: JSON.parse(text) as unknown }));
    });
    call.on('error', reject).end();
  });
}
