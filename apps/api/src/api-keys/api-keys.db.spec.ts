import { keyShape, keyStates } from '@pinebill/contract';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';
import { keyState, keyStateSql } from './key-state';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
const mint = async (fields: object = {}) => {
  const answer = await t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, scopes: ['invoices:read'], ...fields } });
  return { ...answer, key: answer.json as { id: string; secret: string; masked: string; name: string } };
};
const revoke = (id: string, as: 'admin' | 'member' | 'stranger' = 'admin') =>
  t.call(`/v1/api-keys/${id}/revoke`, { as, body: { reason: 'leaked' } });

describe('a new key', () => {
  it('shows its secret once, in the format of the contract, and keeps a hash only', async () => {
    const { status, headers, key } = await mint({ name: '  Production API ', service: 'checkout' });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('location')).toBe(`/v1/api-keys/${key.id}`);
    expect(keyShape(key.secret)).toBe('valid');
    expect(key).toMatchObject({
      name: 'Production API',
      masked: `pbk_...${key.secret.slice(-4)}`,
      state: 'active',
      service: 'checkout',
      revokedAt: null,
    });
    const read = await t.call(`/v1/api-keys/${key.id}`, { as: 'member' });
    expect(read.json).toEqual({ ...key, secret: undefined });
    const everything = await t.sql('select k::text as key, (select string_agg(a::text, $1) from activity a) as activity from api_key k', [
      '\n',
    ]);
    expect(JSON.stringify(everything)).not.toContain(key.secret.slice(4, 34));
  });

  it('works at once', async () => {
    const { key } = await mint();
    const answer = await t.call('/v1/invoices', { key: key.secret });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-policy')).toBe('"per-key";q=6000;w=60, "per-organization";q=30000;w=60');
    expect(answer.headers.get('ratelimit')).toMatch(/^"per-key";r=5999;t=60, "per-organization";r=\d+;t=\d+$/);
  });

  it.each([
    [{ name: '' }, '/name'],
    [{ name: 'x'.repeat(81) }, '/name'],
    [{ scopes: [] }, '/scopes'],
    [{ scopes: ['everything'] }, '/scopes'],
    [{ scopes: undefined }, '/scopes'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ expiresAt: 'tomorrow' }, '/expiresAt'],
    [{ allowedCidrs: ['10.0.0.0/40'] }, '/allowedCidrs'],
    [{ allowedCidrs: [] }, '/allowedCidrs'],
    [{ admin: true }, '/admin'],
  ])('is refused with %j', async (fields, pointer) => {
    const { status, json } = await mint(fields);
    expect(status).toBe(400);
    expect(json.code).toBe('invalid_field');
    expect(json.issues[0].pointer).toContain(pointer);
  });

  it('needs a name that no other living key has, whatever the case and blanks', async () => {
    await mint({ name: 'Reporting' });
    expect((await mint({ name: ' reporting ' })).json.code).toBe('name_taken');
  });

  it('is not renamed around that rule: blanks of every kind are cut off', async () => {
    await mint({ name: 'Ledger' });
    const { key } = await mint({ name: 'Books' });
    const rename = (name: string) => t.call(`/v1/api-keys/${key.id}`, { as: 'admin', method: 'PATCH', body: { name } });
    expect((await rename('\u00a0ledger\u2003')).json.code).toBe('name_taken');
    expect((await rename(' Journal\u00a0')).json.name).toBe('Journal');
  });

  it('is answered once for one Idempotency-Key, and a replay shows no secret', async () => {
    const call = { as: 'admin', body: { name: 'Once', scopes: ['invoices:read'] }, headers: { 'idempotency-key': 'mint-1' } } as const;
    const first = await t.call('/v1/api-keys', call);
    const second = await t.call('/v1/api-keys', call);
    expect(first.json.secret).toMatch(/^pbk_/);
    expect(second).toMatchObject({ status: 201, json: { id: first.json.id, secret: null } });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(JSON.stringify(await t.sql('select body from idempotency'))).not.toContain(first.json.secret);
  });
});

describe('a revoked key', () => {
  it('is refused from the very next call on, and keeps its first time and reason', async () => {
    const { key } = await mint();
    expect((await t.call('/v1/invoices', { key: key.secret })).status).toBe(200);
    const first = await revoke(key.id);
    expect(first.json).toMatchObject({
      revokedAt: expect.any(String),
      effectiveAt: expect.any(String),
      processes: [{ confirmedAt: expect.any(String) }],
    });
    const refused = await t.call('/v1/invoices', { key: key.secret });
    expect(refused).toMatchObject({ status: 401, json: { code: 'invalid_api_key' } });
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    const again = await t.call(`/v1/api-keys/${key.id}/revoke`, { as: 'admin', body: { reason: 'something else' } });
    expect(again.json.revokedAt).toBe(first.json.revokedAt);
    expect((await t.call(`/v1/api-keys/${key.id}`, { as: 'admin' })).json).toMatchObject({ state: 'revoked', revokeReason: 'leaked' });
  });

  it('leaves its name to another, but not to its successor', async () => {
    const { key } = await mint({
      name: 'Shipping',
      service: 'shipping',
      allowedCidrs: ['10.1.2.3/8'],
      scopes: ['invoices:read', 'customers:read'],
    });
    await revoke(key.id);
    const same = await mint({ name: 'shipping ', replaces: key.id });
    expect(same.json.code).toBe('name_taken');
    const successor = await mint({ name: 'Shipping 2', scopes: undefined, replaces: key.id });
    expect(successor.key).toMatchObject({
      service: 'shipping',
      allowedCidrs: ['10.0.0.0/8'],
      scopes: ['invoices:read', 'customers:read'],
      replaces: key.id,
    });
    expect((await mint({ name: 'Shipping' })).status).toBe(201);
  });

  it('has one activity entry, in the transaction of the change', async () => {
    const { key } = await mint();
    await revoke(key.id);
    await revoke(key.id);
    const { json } = await t.call('/v1/activity?action=api_key.revoked&limit=1', { as: 'member' });
    expect(json.data[0]).toMatchObject({
      actor: { type: 'user', name: 'A admin' },
      target: { type: 'apiKey', id: key.id, name: key.name },
      before: { state: 'active' },
      after: { state: 'revoked', reason: 'leaked' },
      ip: '127.0.0.1',
      requestId: expect.stringMatching(/^req_/),
    });
    const [row] = await t.sql<{ entries: string }>(
      `select count(*) as entries from activity where action = 'api_key.revoked' and target_name = $1`,
      [key.name],
    );
    expect(row?.entries).toBe('1');
  });
});

describe('the list', () => {
  it('filters by state as the rule computes it', async () => {
    const now = new Date();
    const dates = [-2, -1, 1, 20].map((days) => new Date(now.getTime() + days * 86_400_000));
    for (const [index, at] of [...dates, null].entries()) {
      for (const column of ['expires_at', 'disabled_at', 'quarantined_at', 'rotated_out_at', 'revoked_at']) {
        const { key } = await mint({ name: `State ${column} ${index}` });
        await t.sql(`update api_key set ${column} = $1 where name = $2`, [at, key.name]);
      }
    }
    const rows = await t.sql<Record<string, Date | null> & { state: string }>(`select *, ${keyStateSql('$1')} as state from api_key`, [
      now,
    ]);
    for (const row of rows) {
      const { expires_at, disabled_at, quarantined_at, rotated_out_at, revoked_at } = row as Record<string, Date | null>;
      const dates = {
        expiresAt: expires_at!,
        disabledAt: disabled_at!,
        quarantinedAt: quarantined_at!,
        rotatedOutAt: rotated_out_at!,
        revokedAt: revoked_at!,
      };
      expect(row.state).toBe(keyState(dates, now));
    }
    expect(new Set(rows.map((row) => row.state))).toEqual(new Set(keyStates));
    const { json } = await t.call('/v1/api-keys?state=disabled,quarantined&limit=200', { as: 'member' });
    expect(new Set(json.data.map((key: { state: string }) => key.state))).toEqual(new Set(['disabled', 'quarantined']));
  });

  it('walks all keys once over its pages', async () => {
    const all = (await t.call('/v1/api-keys?limit=200', { as: 'admin' })).json.data as { id: string }[];
    const walked: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { json } = await t.call(`/v1/api-keys?limit=7${cursor && `&cursor=${cursor}`}`, { as: 'admin' });
      walked.push(...json.data.map((key: { id: string }) => key.id));
      cursor = json.nextCursor;
    }
    expect(walked).toEqual(all.map((key) => key.id));
  });

  it('tells when a key was last accepted, from the log', async () => {
    const { key } = await mint();
    await t.call('/v1/invoices', { key: key.secret, headers: { 'user-agent': 'last-use/1' } });
    for (let tries = 0; tries < 100; tries++) {
      const { json } = await t.call(`/v1/api-keys/${key.id}`, { as: 'admin' });
      if (json.lastUsedAt === null) continue;
      expect(json).toMatchObject({ lastUsedIp: '127.0.0.1', lastUsedUserAgent: 'last-use/1' });
      return;
    }
    throw new Error('lastUsedAt stayed null');
  });
});

describe('walls', () => {
  it('answers another organization like an id that does not exist', async () => {
    const { key } = await mint();
    const foreign = await t.call(`/v1/api-keys/${key.id}`, { as: 'stranger' });
    const absent = await t.call('/v1/api-keys/key_01kaxvz3k5e7hs0q4mm2m1bqgf', { as: 'stranger' });
    expect(foreign.status).toBe(404);
    expect({ ...foreign.json, requestId: '' }).toEqual({ ...absent.json, requestId: '' });
    expect((await revoke(key.id, 'stranger')).status).toBe(404);
    expect((await t.call('/v1/invoices', { key: key.secret })).status).toBe(200);
  });

  it('lets members read and not write, and guests and programs do neither', async () => {
    const { key } = await mint();
    expect((await t.call('/v1/api-keys', { as: 'member' })).status).toBe(200);
    expect((await t.call('/v1/api-keys', { as: 'member', body: { name: 'no', scopes: ['invoices:read'] } })).json.code).toBe(
      'insufficient_role',
    );
    expect((await revoke(key.id, 'member')).status).toBe(403);
    expect((await t.call('/v1/api-keys', { as: 'guest' })).status).toBe(403);
    expect((await t.call('/v1/api-keys', { key: key.secret })).json.code).toBe('person_required');
  });

  it('hides keys from a transaction of another organization, even without a filter', async () => {
    await mint();
    const seenBy = async (organization: string): Promise<number> => {
      await t.sql('begin');
      await t.sql('set local role pinebill_app');
      await t.sql(`set local app.organization_id = '${organization}'`);
      const rows = await t.sql('select id from api_key');
      await t.sql('rollback');
      return rows.length;
    };
    expect(await seenBy(organizations.home)).toBeGreaterThan(0);
    expect(await seenBy(organizations.other)).toBe(0);
  });
});
