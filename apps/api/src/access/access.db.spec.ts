/** Each refusal of the door: one body outside, the cause in the record. */
import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { KeyCheckCounts } from '../platform/key-check-counts';
import { people, startTestApp, type Call, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
const mint = async (fields: object = {}) =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name: `Door ${++count}`, scopes: ['invoices:read'], ...fields } })).json as {
    id: string;
    secret: string;
    name: string;
  };

/** Calls with a user agent of its own and waits for the row. */
async function callAndRead(path: string, options: Call = {}) {
  const agent = `door-${++count}-spec`;
  const answer = await t.call(path, { ...options, headers: { ...options.headers, 'user-agent': agent } });
  return { answer, record: await recordOf(agent) };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in `Answer`
async function recordOf(agent: string): Promise<any> {
  for (let tries = 0; tries < 200; tries++) {
    const { json } = await t.call(`/v1/audit-logs?userAgent=${agent}`, { as: 'admin' });
    if (json.data.length > 0) return json.data[0];
  }
  throw new Error('no record');
}

describe('401', () => {
  const dead: [string, string][] = [
    ['revoked_key', 'revoked_at = now()'],
    ['expired_key', 'expires_at = now()'],
    ['disabled_key', 'disabled_at = now()'],
    ['rotated_out', 'rotated_out_at = now()'],
  ];
  it.each(dead)('%s: the key is named in the record, with its state', async (reason, change) => {
    const key = await mint({ service: 'checkout' });
    await t.sql(`update api_key set ${change} where name = $1`, [key.name]);
    const { answer, record } = await callAndRead('/v1/invoices', { key: key.secret });
    expect(answer).toMatchObject({ status: 401, json: { code: 'invalid_api_key' } });
    expect(record).toMatchObject({
      status: 401,
      reason,
      apiKey: { id: key.id, name: key.name },
      service: 'checkout',
      actor: { type: 'apiKey' },
    });
    expect(record.apiKey.state).not.toBe('active');
  });

  it.each<[string, Call]>([
    ['missing_key', {}],
    ['malformed_key', { headers: { authorization: 'Basic YTpi' } }],
    ['malformed_key', { key: 'sk_live_whatever' }],
    ['bad_checksum', { key: `pbk_${'a'.repeat(36)}` }],
    ['unknown_key', { key: 'pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17' }],
  ])('%s', async (reason, call) => {
    const { answer, record } = await callAndRead('/v1/invoices', call);
    expect(answer.status).toBe(401);
    expect(record).toMatchObject({ reason, apiKey: null, actor: { type: 'anonymous' }, route: '/v1/invoices' });
    expect(/^[0-9a-f]{12}$/.test(record.keyFingerprint ?? '')).toBe(reason === 'unknown_key' || reason === 'bad_checksum');
  });

  it('has one body for every cause', async () => {
    const key = await mint();
    await t.call(`/v1/api-keys/${key.id}/revoke`, { as: 'admin', body: { reason: 'x' } });
    const calls: Call[] = [
      {},
      { key: 'nonsense' },
      { key: `pbk_${'a'.repeat(36)}` },
      { key: key.secret },
      { key: 'pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17' },
    ];
    const bodies = await Promise.all(calls.map(async (call) => ({ ...(await t.call('/v1/invoices', call)).json, requestId: '' })));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  it('gives two different unknown keys two fingerprints, and the same key the same', async () => {
    const fingerprint = async (key: string) => (await callAndRead('/v1/invoices', { key })).record.keyFingerprint as string;
    const [first, again, other] = [`pbk_${'a'.repeat(36)}`, `pbk_${'a'.repeat(36)}`, `pbk_${'b'.repeat(36)}`];
    expect(await fingerprint(first)).toBe(await fingerprint(again));
    expect(await fingerprint(first)).not.toBe(await fingerprint(other));
  });

  it('comes before 404, 405 and 400: nobody learns what exists', async () => {
    for (const call of [t.call('/v1/nope'), t.call('/v1/invoices', { method: 'PUT' }), t.call('/v1/customers', { body: '{' })]) {
      expect((await call).status).toBe(401);
    }
  });

  it('no_session: a session that has ended', async () => {
    const cookie = await t.signIn('member');
    await t.sql('update user_session set ended_at = now() where user_id = $1', [people.member.id]);
    const { answer, record } = await callAndRead('/v1/audit-logs', { headers: { cookie } });
    expect(answer.json.code).toBe('no_session');
    expect(record.reason).toBe('no_session');
  });
});

describe('what is done to a key while the body of its request is on its way', () => {
  /** The head and the first byte are there: the door has let it in. Resolves with the status once `meanwhile` is done and the rest has arrived. */
  async function slowly(secret: string, agent: string, meanwhile: () => Promise<unknown>): Promise<number> {
    const body = JSON.stringify({ name: agent, email: 'slow@example.com' });
    const counts = t.app.get(KeyCheckCounts);
    const before = counts.asked + counts.remembered;
    const sent = request(`${t.url}/v1/customers`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${secret}`, 'user-agent': agent },
        ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
    });
    const answered = new Promise<number>((resolve, reject) => {
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
    });
    sent.write(body.slice(0, 1));
    for (const end = Date.now() + 5_000; counts.asked + counts.remembered === before;) {
      if (Date.now() > end) throw new Error('It does not arrive.');
      await wait(5);
    }
    await meanwhile();
    sent.end(body.slice(1));
    return answered;
  }

  it.each<[string, number, string, { path: string; body: object; method?: string }]>([
    ['disabled_key', 401, 'invalid_api_key', { path: '/disable', body: {} }],
    ['quarantined_key', 403, 'quarantined_key', { path: '/quarantine', body: {} }],
    ['rotated_out', 401, 'invalid_api_key', { path: '/rotate', body: { name: 'The successor', overlapSeconds: 0 } }],
    ['revoked_key', 401, 'invalid_api_key', { path: '/revoke', body: { reason: 'leaked' } }],
    ['missing_scope', 403, 'missing_scope', { path: '', method: 'PATCH', body: { scopes: ['customers:read'] } }],
  ])('%s: it is refused by name, and nothing is carried out', async (reason, status, code, { path, body, method = 'POST' }) => {
    const [key, agent] = [await mint({ scopes: ['customers:write'] }), `slow-${reason}`];
    const answered = await slowly(key.secret, agent, async () => {
      expect((await t.call(`/v1/api-keys/${key.id}${path}`, { as: 'admin', method, body })).status).toBeLessThan(300);
    });
    expect(answered).toBe(status);
    expect(await t.sql('select 1 from customer where name = $1', [agent])).toEqual([]);
    expect(await recordOf(agent)).toMatchObject({ status, reason, error: { code }, apiKey: { id: key.id } });
  });

  it('nothing: it is carried out', async () => {
    const key = await mint({ scopes: ['customers:write'] });
    expect(await slowly(key.secret, 'slow-and-good', () => Promise.resolve())).toBe(201);
  });
});
