import { logFields } from '@pinebill/contract';
import type { AuditRecord } from '@pinebill/nestjs-audit';
import { newId, typeId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, people, startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
const keyId = '0193a0b0-0000-7000-8000-00000000000a';
const otherKeyId = '0193a0b0-0000-7000-8000-00000000000b';
const byKey = (id: string, fields: object = {}) => ({
  actorType: 'apiKey' as const,
  actorId: id,
  actorName: 'Production API',
  apiKeyId: id,
  apiKeyName: 'Production API',
  apiKeyLast4: 'x7f2',
  apiKeyState: 'active',
  ...fields,
});
const HOUR = 3_600_000;
const yesterday = Date.now() - 24 * HOUR;
const at = (minute: number): string => new Date(yesterday + minute * 60_000).toISOString();
/** The window of these records: what the spec's own calls leave in the log is outside. */
const window = `from=${at(0)}&to=${at(60)}`;

const rows: AuditRecord[] = [
  aRecord({
    startedAt: at(0),
    ...byKey(keyId),
    ip: '10.1.2.3',
    country: null,
    userAgent: 'curl/8.5',
    service: 'checkout',
    team: 'payments',
    environment: 'production',
  }),
  aRecord({
    startedAt: at(1),
    ...byKey(keyId),
    method: 'POST',
    status: 201,
    durationMs: 250,
    ip: '203.0.113.7',
    country: 'DE',
    userAgent: 'Acme/1.0',
  }),
  aRecord({
    startedAt: at(2),
    ...byKey(otherKeyId),
    path: '/v1/invoices/inv_1',
    route: '/v1/invoices/{id}',
    status: 404,
    reason: 'resource_not_found',
    ip: '2001:db8::1',
  }),
  aRecord({
    startedAt: at(3),
    status: 401,
    reason: 'unknown_key',
    keyFingerprint: '3fa9c2d4e5b6',
    ip: '203.0.113.8',
    country: 'US',
    durationMs: 1_000,
  }),
  aRecord({ startedAt: at(4), path: '/v2/x', route: null, status: 404, reason: 'wrong_version', ip: null, userAgent: 'CURL/7' }),
  aRecord({
    startedAt: at(5),
    actorType: 'user',
    actorId: people.member.id,
    actorName: 'A member',
    path: '/v1/100%*',
    status: 500,
    reason: 'handler_error',
  }),
  aRecord({ startedAt: at(6), ...byKey(keyId), status: null, outcome: 'unknown', durationMs: null, method: 'PUT', service: 'check,out' }),
];

beforeAll(async () => {
  t = await startTestApp(__filename);
  await storeRecords(t, rows);
});
afterAll(() => t.close());

const list = (query: string, as: 'admin' | 'member' | 'stranger' = 'admin') => t.call(`/v1/audit-logs?${query}`, { as });
/** Which of the rows, oldest first. */
async function found(query: string): Promise<number[]> {
  const { status, json } = await list(`${window}&order=asc&${query}`);
  expect(status).toBe(200);
  return (json.data as { id: string }[]).map(({ id }) => rows.findIndex((row) => typeId('log', row.id) === id));
}
const encoded = (name: string, value: string) => `${name}=${encodeURIComponent(value)}`;

describe('the filter', () => {
  it.each<[string, string, number[]]>([
    ['method', 'GET', [0, 2, 3, 4, 5]],
    ['method', 'post,PUT', [1, 6]],
    ['status', '404', [2, 4]],
    ['status', '4xx', [2, 3, 4]],
    ['status', '2xx,500', [0, 1, 5]],
    ['apiKeyId', typeId('key', keyId), [0, 1, 6]],
    ['keyFingerprint', '3fa9c2d4e5b6', [3]],
    ['service', 'checkout', [0]],
    ['service', 'check\\,out', [6]],
    ['team', 'payments', [0]],
    ['environment', 'production', [0]],
    ['actorType', 'user,anonymous', [3, 4, 5]],
    ['path', '/v1/invoices', [0, 1, 3, 6]],
    ['path', '/v1/invoices*', [0, 1, 2, 3, 6]],
    ['path', '/v1/100%\\*', [5]],
    ['path', '/v1/100_*', []],
    ['route', '/v1/invoices/{id}', [2]],
    ['ip', '10.0.0.0/8', [0]],
    ['ip', '203.0.113.7', [1]],
    ['ip', '::ffff:203.0.113.7', [1]],
    ['ip', '203.0.113.0/24,2001:db8::/32', [1, 2, 3]],
    ['country', 'de,US', [1, 3]],
    ['userAgent', 'curl', [0, 4]],
    ['reason', 'unknown_key,wrong_version', [3, 4]],
    ['requestId', typeId('req', rows[5]!.id), [5]],
    ['requestId', typeId('log', rows[5]!.id), [5]],
  ])('%s=%s finds what it says, and its negation everything else', async (name, value, expected) => {
    expect(await found(encoded(name, value))).toEqual(expected);
    const others = rows.map((_, index) => index).filter((index) => !expected.includes(index));
    expect(await found(encoded(name, `!${value}`))).toEqual(others);
  });

  it('has a test of each of its fields', () => {
    // The table above is the list; this keeps a new field from passing untested. Of incidents it is incident-response/incidents.db.spec.ts, of findings detections/findings.db.spec.ts.
    expect([...logFields].sort()).toEqual(
      ['method', 'status', 'apiKeyId', 'keyFingerprint', 'service', 'team', 'environment', 'actorType', 'path', 'route', 'ip', 'country', 'userAgent', 'reason', 'requestId', 'incidentId', 'findingId'].sort(),
    ); // prettier-ignore
  });

  it('holds a plain and a negated list of one field at once', async () => {
    expect(await found('status=4xx&status=!404')).toEqual([3]);
  });

  it('compares durations, both ends included; what has none is not found', async () => {
    expect(await found('minDurationMs=250')).toEqual([1, 3]);
    expect(await found('maxDurationMs=250')).toEqual([0, 1, 2, 4, 5]);
    expect(await found('minDurationMs=250&maxDurationMs=999.9')).toEqual([1]);
  });

  it('takes its period half-open', async () => {
    const { json } = await list(`from=${at(2)}&to=${at(4)}&order=asc`);
    expect((json.data as { id: string }[]).map(({ id }) => id)).toEqual([rows[2]!, rows[3]!].map(({ id }) => typeId('log', id)));
  });

  it.each([
    ['nonsense=1', 'unknown_parameter', '?'],
    ['incidentId=inc_x', 'invalid_field', '?incidentId'],
    ['status=40', 'invalid_field', '?status'],
    ['ip=10.0.0.0/33', 'invalid_field', '?ip'],
    ['apiKeyId=key_x', 'invalid_field', '?apiKeyId'],
    ['path=/a*b', 'invalid_field', '?path'],
    ['limit=201', 'invalid_field', '?limit'],
    ['limit=0', 'invalid_field', '?limit'],
    ['from=2025-01-02&to=2025-01-01', 'invalid_field', '?from'],
    ['service=%00', 'invalid_field', '?service'],
    ['path=%00*', 'invalid_field', '?path'],
    ['userAgent=%00', 'invalid_field', '?userAgent'],
    ['cursor=abc', 'invalid_cursor', '?cursor'],
  ])('refuses ?%s with %s', async (query, code, pointer) => {
    const { status, json } = await list(query);
    expect([status, json.code, json.issues[0].pointer]).toEqual([400, code, pointer]);
  });

  it.each(['path=%ED%A0%80', 'userAgent=%ff%fe', 'service=%F0%9F%92%A9', `userAgent=${'x'.repeat(8_000)}`])(
    'never fails on ?%s',
    async (query) => {
      expect((await list(query)).status).toBeLessThan(500);
    },
  );
});

describe('a page', () => {
  it.each(['asc', 'desc'] as const)('neither loses nor repeats a record, order=%s', async (order) => {
    for (const limit of [1, 2, 3, 7]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const { json } = await list(`${window}&order=${order}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`);
        seen.push(...(json.data as { id: string }[]).map(({ id }) => id));
        cursor = json.nextCursor as string | null;
      } while (cursor !== null);
      const expected = rows.map(({ id }) => typeId('log', id));
      expect(seen).toEqual(order === 'asc' ? expected : expected.reverse());
    }
  });

  it('takes no cursor of another filter, order, period or organization', async () => {
    const { nextCursor } = (await list(`${window}&limit=2`)).json;
    const others = [`${window}&status=404`, `${window}&order=asc`, `from=${at(1)}&to=${at(60)}`, ''];
    for (const query of others) expect((await list(`${query}&cursor=${nextCursor}`)).json.code).toBe('invalid_cursor');
    expect((await list(`${window}&cursor=${nextCursor}`, 'stranger')).json.code).toBe('invalid_cursor');
    expect((await list(`${window}&limit=5&cursor=${nextCursor}`)).status).toBe(200);
  });
});

describe('a record', () => {
  it('is shown as the contract says, with the names of the moment and the state of now', async () => {
    const createdBy = [people.admin.id, 'A admin'];
    await t.sql(
      `insert into api_key (id, organization_id, name, secret_hash, last4, scopes, created_by, created_by_name, created_at, revoked_at)
       values ($1, $2, 'Renamed since', '\\x00', 'x7f2', '{}', $3, $4, now(), now())`,
      [keyId, organizations.home, ...createdBy],
    );
    const [row] = rows;
    const { status, json } = await t.call(`/v1/audit-logs/${typeId('log', row!.id)}`, { as: 'admin' });
    expect(status).toBe(200);
    const id = typeId('key', keyId);
    expect(json).toEqual({
      id: typeId('log', row!.id),
      kind: 'request',
      sequence: expect.any(Number),
      requestId: typeId('req', row!.id),
      clientRequestId: null,
      startedAt: row!.startedAt,
      durationMs: 12.4,
      method: 'GET',
      path: '/v1/invoices',
      query: null,
      route: '/v1/invoices',
      status: 200,
      outcome: 'completed',
      reason: null,
      actor: { type: 'apiKey', id, name: 'Production API' },
      apiKey: { id, name: 'Production API', masked: 'pbk_...x7f2', state: 'active', currentState: 'revoked' },
      keyFingerprint: null,
      service: 'checkout',
      team: 'payments',
      environment: 'production',
      ip: '10.1.2.3',
      country: null,
      userAgent: 'curl/8.5',
      requestBytes: 0,
      responseBytes: 312,
      timing: { authMs: 0.3, handlerMs: 10.2 },
      error: null,
      traceId: null,
      marks: [],
      gap: null,
      expiresAt: new Date(Date.parse(row!.startedAt) + 400 * 24 * HOUR).toISOString(),
    });
    expect((await list(`${window}&order=asc&limit=1`)).json.data[0]).toEqual(json);
  });

  it('of a key that is gone has no current state; of a person names the person', async () => {
    const { json } = await list(`${window}&order=asc`);
    expect(json.data[2].apiKey.currentState).toBeNull();
    expect(json.data[5].actor).toEqual({ type: 'user', id: typeId('usr', people.member.id), name: 'A member' });
  });

  it.each(['log_nope', 'req_01jdw2f8qtfvkbh1mv4s9aq0ng', 'log_01jdw2f8qtfvkbh1mv4s9aq0ng', '%00'])('is 404 under the id %s', async (id) => {
    const answer = await t.call(`/v1/audit-logs/${id}`, { as: 'admin' });
    expect([answer.status, answer.json.code]).toEqual([404, 'resource_not_found']);
  });
});

describe('who sees what', () => {
  it('another organization sees none of them', async () => {
    expect((await list(window, 'stranger')).json.data).toEqual([]);
    for (const { id } of rows) expect((await t.call(`/v1/audit-logs/${typeId('log', id)}`, { as: 'stranger' })).status).toBe(404);
  });

  it('beside another organization, only the admins of home see the records of nobody', async () => {
    const ids = (json: { data: { id: string }[] }) => json.data.map(({ id }) => rows.findIndex((row) => typeId('log', row.id) === id));
    expect(ids((await list(`${window}&order=asc`, 'member')).json)).toEqual([0, 1, 2, 5, 6]);
    expect(ids((await list(`${window}&order=asc&actorType=anonymous`, 'member')).json)).toEqual([]);
    expect((await t.call(`/v1/audit-logs/${typeId('log', rows[3]!.id)}`, { as: 'member' })).status).toBe(404);
  });

  it('what the plan does not show is not read, whatever is asked for', async () => {
    const old = aRecord({
      startedAt: new Date(Date.now() - 8 * 24 * HOUR).toISOString(),
      organizationId: organizations.other,
      ...byKey(newId()),
    });
    const recent = aRecord({
      startedAt: new Date(Date.now() - 6 * 24 * HOUR).toISOString(),
      organizationId: organizations.other,
      ...byKey(newId()),
    });
    await storeRecords(t, [old, recent]);
    const seen = async () => {
      const { json } = await list(`from=${old.startedAt}&to=${at(0)}`, 'stranger');
      return (json.data as { id: string }[]).map(({ id }) => id);
    };
    expect(await seen()).toEqual([recent, old].map(({ id }) => typeId('log', id)));
    await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.other]);
    expect(await seen()).toEqual([typeId('log', recent.id)]);
    expect((await t.call(`/v1/audit-logs/${typeId('log', old.id)}`, { as: 'stranger' })).status).toBe(404);
    const { json } = await t.call(`/v1/audit-logs/${typeId('log', recent.id)}`, { as: 'stranger' });
    expect(json.expiresAt).toBe(new Date(Date.parse(recent.startedAt) + 7 * 24 * HOUR).toISOString());
  });
});

it('a list as a file leaves an entry of who took it, and HEAD none', async () => {
  const entries = async () => (await t.sql(`select 1 from activity where action = 'export.streamed'`)).length;
  const before = await entries();
  const ask = (method: string) => t.call(`/v1/audit-logs?format=csv&${window}`, { as: 'member', method });
  expect([(await ask('HEAD')).status, await entries()]).toEqual([200, before]);
  expect([(await ask('GET')).status, await entries()]).toEqual([200, before + 1]);
});
