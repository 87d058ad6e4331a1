import { Clock } from '../platform/clock';
import { startTestApp, type Answer, type TestApp } from '../testing/test-app';
import { KeyLifeJobs } from './key-life.jobs';

let t: TestApp;
/** The clock of the product, moved by a spec. */
let aheadMs = 0;
beforeAll(async () => {
  t = await startTestApp(__filename);
  const clock = t.app.get(Clock);
  clock.now = () => new Date(Date.now() + aheadMs);
});
afterEach(() => (aheadMs = 0));
afterAll(() => t.close());

const DAY_MS = 86_400_000;
let count = 0;
type Key = { id: string; secret: string; name: string; expiresAt: string | null };
const mint = async (fields: object = {}): Promise<Key> =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, scopes: ['invoices:read'], ...fields } })).json;
const rotate = (id: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  t.call(`/v1/api-keys/${id}/rotate`, { as: 'admin', body: { name: `Key ${++count}`, overlapSeconds: 3_600, ...body }, headers });
const does = (id: string, verb: string, body: object = {}): Promise<Answer> => t.call(`/v1/api-keys/${id}/${verb}`, { as: 'admin', body });
const read = async (id: string) => (await t.call(`/v1/api-keys/${id}`, { as: 'member' })).json;
const statusWith = async (secret: string, method = 'GET'): Promise<[number, string]> => {
  const { status, json } = await t.call('/v1/invoices', { key: secret, method, ...(method === 'GET' ? {} : { body: {} }) });
  return [status, status < 400 ? 'ok' : json.code];
};
const entries = async (target: string) =>
  (
    await t.sql<{ action: string; before: object; after: object; actor_type: string }>(
      'select action, before, after, actor_type from activity where target_name = $1 order by occurred_at, id',
      [target],
    )
  ).map(({ action, before, after, actor_type }) => ({ action, before, after, by: actor_type }));

describe('rotation', () => {
  it('makes a successor like the old key, with a name and a secret of its own; both work in the overlap', async () => {
    const expiresAt = new Date(Date.now() + 100 * DAY_MS).toISOString();
    const old = await mint({
      ...{ scopes: ['invoices:read', 'customers:read'], service: 'checkout', team: 'payments', environment: 'staging', expiresAt },
      ...{ allowedCidrs: ['127.0.0.0/8', '2001:db8::/32'] },
    });
    const { status, headers, json: next } = await rotate(old.id, { name: ' Production API 2 ' });
    expect([status, headers.get('location')]).toEqual([201, `/v1/api-keys/${next.id}`]);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(next).toMatchObject({
      ...{ name: 'Production API 2', scopes: ['invoices:read', 'customers:read'], allowedCidrs: ['127.0.0.0/8', '2001:db8::/32'] },
      ...{ service: 'checkout', team: 'payments', environment: 'staging', expiresAt, replaces: old.id, state: 'active' },
      ...{ createdBy: { name: 'A admin' }, replacedBy: null, secret: expect.stringMatching(/^pbk_/) },
    });
    expect(next.secret).not.toBe(old.secret);
    expect([await statusWith(old.secret), await statusWith(next.secret)]).toEqual([[200, 'ok'], [200, 'ok']]); // prettier-ignore
    expect(await read(old.id)).toMatchObject({ state: 'expiring', replacedBy: next.id, rotatedBy: { name: 'A admin' } });
    // What may be done with the secret, and from where: of both secrets that were shown.
    const powers = {
      environment: 'staging',
      allowedCidrs: ['127.0.0.0/8', '2001:db8::/32'],
      allowedCountries: null,
      expiresAt,
      secretShown: true,
    };
    expect(await entries(old.name)).toMatchObject([
      { action: 'api_key.created', after: { ...powers, replaces: null } },
      { action: 'api_key.rotated', before: { state: 'active' }, after: { state: 'expiring', successor: { id: next.id } } },
    ]);
    expect(await entries(next.name)).toMatchObject([{ action: 'api_key.created', after: { ...powers, replaces: old.id } }]);
  });

  it('refuses the old key by name when the overlap is over, and writes that end down, once', async () => {
    const old = await mint();
    const { json: next } = await rotate(old.id, { overlapSeconds: 60 });
    await t.sql(`update api_key set rotated_out_at = now() - interval '1 second' where name = $1`, [old.name]);
    expect(await statusWith(old.secret)).toEqual([401, 'invalid_api_key']);
    expect((await statusWith(next.secret))[0]).toBe(200);
    const jobs = t.app.get(KeyLifeJobs);
    await Promise.all([jobs.run(), jobs.run()]);
    await jobs.run();
    const ends = (await entries(old.name)).filter(({ action }) => action === 'api_key.rotated_out');
    expect(ends).toMatchObject([{ before: { state: 'expiring' }, after: { state: 'rotatedOut' }, by: 'system' }]);
    for (let tries = 0; tries < 100; tries++) {
      const { lateUse, state } = await read(old.id);
      if (lateUse === null) continue;
      expect([state, lateUse.requests]).toEqual(['rotatedOut', 1]);
      const { json } = await t.call(`/v1/api-keys/${old.id}/cutover`, { as: 'member' });
      expect(json.lateUse).toMatchObject({ requests: 1, callers: [{ network: '127.0.0.0/24', agent: 'node', requests: 1 }] });
      const { json: log } = await t.call(`/v1/audit-logs?apiKeyId=${old.id}&reason=rotated_out`, { as: 'member' });
      expect(log.data[0].apiKey).toMatchObject({ name: old.name, state: 'rotatedOut' });
      return;
    }
    throw new Error('the late use was never seen');
  });

  it('with no overlap ends the old key at once', async () => {
    const old = await mint();
    const { json: next } = await rotate(old.id, { overlapSeconds: 0 });
    expect([(await statusWith(old.secret))[0], (await statusWith(next.secret))[0]]).toEqual([401, 200]);
    expect((await read(old.id)).state).toBe('rotatedOut');
  });

  it('happens once: of several at the same time all but one are told that they came later, and a name is not used twice', async () => {
    const old = await mint();
    expect((await rotate(old.id, { name: old.name.toUpperCase() })).json.code).toBe('name_taken');
    const other = await mint();
    expect((await rotate(old.id, { name: other.name })).json.code).toBe('name_taken');
    const all = await Promise.all(Array.from({ length: 8 }, () => rotate(old.id)));
    expect(all.filter(({ status }) => status === 201).length).toBe(1);
    expect(new Set(all.map(({ json }) => json.code))).toEqual(new Set([undefined, 'already_rotated']));
    expect((await t.sql('select 1 from activity where action = $1 and target_name = $2', ['api_key.rotated', old.name])).length).toBe(1);
  });

  it.each([
    [{ overlapSeconds: -1 }, '/overlapSeconds'],
    [{ overlapSeconds: 30 * 86_400 + 1 }, '/overlapSeconds'],
    [{ overlapSeconds: 1.5 }, '/overlapSeconds'],
    [{ overlapSeconds: undefined }, '/overlapSeconds'],
    [{ name: ' ' }, '/name'],
    [{ scopes: ['audit:read'] }, '/scopes'],
  ])('is refused with %j', async (body, pointer) => {
    const { id } = await mint();
    const { status, json } = await rotate(id, body);
    expect([status, json.issues[0].pointer]).toEqual([400, pointer]);
  });

  it('does not bring back what has ended, and names the way that is left', async () => {
    const revoked = await mint();
    await does(revoked.id, 'revoke', { reason: 'leaked' });
    const expired = await mint({ expiresAt: new Date(Date.now() + 1_000).toISOString() });
    aheadMs = 2_000;
    for (const key of [revoked, expired]) {
      for (const answer of [
        await rotate(key.id),
        await does(key.id, 'enable'),
        await does(key.id, 'disable'),
        await does(key.id, 'quarantine'),
      ]) {
        expect([answer.status, answer.json.code]).toEqual([409, 'key_has_ended']);
        expect(answer.json.detail).toContain('`replaces`');
      }
    }
    const { json: next } = await t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, replaces: expired.id } });
    expect(next).toMatchObject({ replaces: expired.id, scopes: ['invoices:read'] });
    const third = await rotate(next.id);
    const { json: usage } = await t.call(`/v1/api-keys/${next.id}/usage`, { as: 'member' });
    expect(usage.lineage.map(({ id }: { id: string }) => id)).toEqual([expired.id, next.id, third.json.id]);
  });
});

describe('holding a key back', () => {
  it('disables and enables it; repeating either changes nothing', async () => {
    const key = await mint();
    expect((await does(key.id, 'disable', { reason: 'odd traffic' })).json).toMatchObject({
      state: 'disabled',
      disabledAt: expect.any(String),
    });
    expect((await does(key.id, 'disable')).status).toBe(200);
    expect(await statusWith(key.secret)).toEqual([401, 'invalid_api_key']);
    expect((await rotate(key.id)).json.code).toBe('illegal_transition');
    expect((await does(key.id, 'quarantine')).json.code).toBe('illegal_transition');
    expect((await does(key.id, 'enable')).json).toMatchObject({ state: 'active', disabledAt: null });
    expect((await does(key.id, 'enable')).status).toBe(200);
    expect((await statusWith(key.secret))[0]).toBe(200);
    expect((await entries(key.name)).slice(1)).toMatchObject([
      { action: 'api_key.disabled', before: { state: 'active' }, after: { state: 'disabled', reason: 'odd traffic' } },
      { action: 'api_key.enabled', before: { state: 'disabled' }, after: { state: 'active' } },
    ]);
  });

  it('quarantines it: it reads and writes nothing; a rotation gets its programs away from it', async () => {
    const key = await mint({ scopes: ['invoices:read', 'invoices:write'] });
    expect((await does(key.id, 'quarantine')).json.state).toBe('quarantined');
    expect([await statusWith(key.secret), await statusWith(key.secret, 'POST')]).toEqual([[200, 'ok'], [403, 'quarantined_key']]); // prettier-ignore
    const { json: next } = await rotate(key.id);
    expect([next.state, (await read(key.id)).state]).toEqual(['active', 'quarantined']);
    expect((await rotate(key.id)).json.code).toBe('already_rotated');
    expect((await does(key.id, 'enable')).json.state).toBe('expiring');
  });

  it('writes an expiry down, also of a key that was disabled', async () => {
    const key = await mint({ expiresAt: new Date(Date.now() + 5_000).toISOString() });
    await does(key.id, 'disable');
    aheadMs = 6_000;
    await t.app.get(KeyLifeJobs).run();
    expect((await entries(key.name)).at(-1)).toMatchObject({
      action: 'api_key.expired', before: { state: 'disabled' }, after: { state: 'expired', endedAt: key.expiresAt },
    }); // prettier-ignore
  });

  it('never leaves a change without its entry: what cannot be written down does not happen', async () => {
    const key = await mint();
    await t.sql(`alter table activity add constraint spec_refuses check (action not in ('api_key.rotated', 'api_key.disabled')) not valid`);
    try {
      expect([(await rotate(key.id)).status, (await does(key.id, 'disable')).status]).toEqual([500, 500]);
    } finally {
      await t.sql('alter table activity drop constraint spec_refuses');
    }
    expect(await read(key.id)).toMatchObject({ state: 'active', replacedBy: null });
  });
});
