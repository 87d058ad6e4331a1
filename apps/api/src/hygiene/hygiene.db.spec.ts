import { parseId } from '../platform/ids';
import type { AuditRecord } from '@pinebill/nestjs-audit';
import { aRecord, storeRecords } from '../testing/records';
import { startTestApp, type TestApp } from '../testing/test-app';

const DAY = 86_400_000;
let t: TestApp;
let count = 0;
type Key = { id: string; uuid: string; name: string; secret: string };
type Item = { key: { name: string }; dueAt: string | null; reminderDays: number | null; refusedUse: object | null; shared: object | null };

const ago = (days: number): string => new Date(Date.now() - days * DAY).toISOString();
async function aKey({ createdDaysAgo = 20, ...fields }: { createdDaysAgo?: number; [field: string]: unknown } = {}): Promise<Key> {
  const body = { name: `Key ${++count}`, scopes: ['invoices:read'], service: 'checkout', team: 'payments', ...fields };
  const { json } = await t.call('/v1/api-keys', { as: 'admin', body });
  const uuid = parseId('key', json.id)!;
  await t.sql('update api_key set created_at = $2 where id = $1', [uuid, ago(createdDaysAgo)]);
  return { ...json, uuid };
}
const use = ({ uuid, name }: Key, daysAgo: number, fields: Partial<AuditRecord> = {}): AuditRecord =>
  aRecord({
    startedAt: ago(daysAgo), actorType: 'apiKey', actorId: uuid, actorName: name, apiKeyId: uuid, apiKeyName: name, apiKeyLast4: 'x7f2',
    apiKeyState: 'active', ip: '3.120.44.17', userAgent: 'checkout/118', ...fields,
  }); // prettier-ignore
const report = async () => (await t.call('/v1/api-keys/hygiene', { as: 'member' })).json;
async function sections(): Promise<Record<string, string[]>> {
  const found = (await report()).sections as { kind: string; items: Item[] }[];
  return Object.fromEntries(found.map(({ kind, items }) => [kind, items.map(({ key }) => key.name)]));
}
const itemOf = async (kind: string, { name }: Key): Promise<Item> =>
  (await report()).sections.find((one: { kind: string }) => one.kind === kind).items.find((item: Item) => item.key.name === name);
const policies = (changes: object, as: 'admin' | 'member' = 'admin') =>
  t.call('/v1/organization', { as, method: 'PATCH', body: { policies: changes } });

beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

it('an organization with nothing to do says so, section by section', async () => {
  const answer = await report();
  expect(answer).toMatchObject({ keys: 0, toDo: 0, policies: { rotationDays: 90, idleDays: 30, expiringDays: 14 } });
  expect(answer.sections.map(({ kind, count: keys }: { kind: string; count: number }) => [kind, keys])).toEqual(
    ['rotationOverdue', 'rotationSoon', 'expiring', 'neverUsed', 'idle', 'shared', 'unowned'].map((kind) => [kind, 0]),
  );
});

it('each key stands where it belongs, the most urgent first, with what helps', async () => {
  const [old, older] = [await aKey({ createdDaysAgo: 100 }), await aKey({ createdDaysAgo: 120 })];
  const soon = await aKey({ createdDaysAgo: 84 });
  const ending = await aKey({ expiresAt: ago(-3) });
  const [never, refusedOnly, idle, tidy] = [await aKey(), await aKey(), await aKey({ createdDaysAgo: 50 }), await aKey()];
  const unowned = await aKey({ service: undefined });
  const justMade = await aKey({ createdDaysAgo: 0 });
  await storeRecords(t, [
    ...[old, older, soon, ending, tidy, unowned].map((key) => use(key, 1)),
    use(idle, 40),
    use(idle, 2, { status: 403, reason: 'ip_not_allowed' }),
    ...[3, 2, 1].map((days) => use(refusedOnly, days, { status: 403, reason: 'ip_not_allowed' })),
  ]);
  expect(await sections()).toEqual({
    rotationOverdue: [older.name, old.name],
    rotationSoon: [soon.name],
    expiring: [ending.name],
    neverUsed: [never.name, refusedOnly.name],
    idle: [idle.name],
    shared: [],
    unowned: [unowned.name],
  });
  expect(await report()).toMatchObject({ keys: 10, toDo: 8 });
  expect(justMade.name).toBe('Key 10');
  expect(await itemOf('rotationSoon', soon)).toMatchObject({ reminderDays: 7, actions: ['rotate', 'revoke'] });
  expect(await itemOf('neverUsed', refusedOnly)).toMatchObject({ refusedUse: { requests: 3 }, actions: ['revoke'] });
  expect(await itemOf('neverUsed', never)).toMatchObject({ refusedUse: null });
  expect(await itemOf('idle', idle)).toMatchObject({ refusedUse: { requests: 1 } });
  const list = (await t.call('/v1/api-keys?idle=true', { as: 'member' })).json.data.map(({ name }: Key) => name);
  expect(list).toEqual([idle.name]);
});

it('the policy of the organization decides, and flags and filters of the list follow it', async () => {
  expect((await policies({ rotationDays: 7 }, 'member')).status).toBe(403);
  for (const wrong of [
    { rotationDays: 6 },
    { idleDays: 401 },
    { expiringDays: 0 },
    { rotationDays: 90.5 },
    { idleDays: null },
    { other: 1 },
  ])
    expect([wrong, (await policies(wrong)).json.code]).toEqual([wrong, 'invalid_field']);
  const changed = await policies({ rotationDays: 110, idleDays: 45 });
  expect(changed.json.policies).toMatchObject({ rotationDays: 110, idleDays: 45, expiringDays: 14 });
  const [entry] = (await t.call('/v1/activity?limit=1', { as: 'admin' })).json.data;
  expect(entry).toMatchObject({
    action: 'organization.updated',
    before: { policies: { rotationDays: 90 } },
    after: { policies: { rotationDays: 110 } },
  });
  expect(await sections()).toMatchObject({ rotationOverdue: ['Key 2'], rotationSoon: ['Key 1'], idle: [] });
  const due = (await t.call('/v1/api-keys?rotationDue=true', { as: 'member' })).json.data;
  expect(due.map(({ name, rotationDue }: { name: string; rotationDue: boolean }) => [name, rotationDue])).toEqual([['Key 2', true]]);
  await policies({ expiringDays: 2, idleDays: 30, rotationDays: 90 });
  expect((await t.call('/v1/api-keys?state=expiring', { as: 'member' })).json.data).toEqual([]);
  expect(await sections()).toMatchObject({ expiring: [] });
  await policies({ expiringDays: 14 });
});

it('a key that two services use is found, with the evidence; a deploy in the middle of the week is not', async () => {
  const [shared, deployed] = [await aKey(), await aKey()];
  const week = [0.2, 1.2, 2.2, 3.2, 4.2, 5.2, 6.2];
  const day = (key: Key, daysAgo: number, caller: Partial<AuditRecord>) =>
    Array.from({ length: 12 }, (_, index) => use(key, daysAgo + index / 50, caller));
  const reporting = { ip: '88.198.60.4', userAgent: 'reporting/2.1' };
  await storeRecords(t, [
    ...week.flatMap((daysAgo) => [...day(shared, daysAgo, {}), ...day(shared, daysAgo, reporting)]),
    ...week.flatMap((daysAgo) => day(deployed, daysAgo, daysAgo > 3 ? {} : { ip: '18.196.12.80', userAgent: 'checkout-next/1' })),
  ]);
  expect((await sections())['shared']).toEqual([shared.name]);
  expect(await itemOf('shared', shared)).toMatchObject({
    actions: ['replace'],
    shared: {
      windowDays: 7,
      services: [
        { programs: ['checkout'], networks: ['3.120.44.0/24'], networkCount: 1, share: 0.5 },
        { programs: ['reporting'], networks: ['88.198.60.0/24'], networkCount: 1, share: 0.5 },
      ],
    },
  });
});

describe('revoking several at once', () => {
  const revoke = (body: object, as: 'admin' | 'member' | 'stranger' = 'admin') => t.call('/v1/api-keys/revoke', { as, body });
  const stateOf = async ({ id }: Key) => (await t.call(`/v1/api-keys/${id}`, { as: 'admin' })).json.state;

  it('a dry run tells who would be refused, and changes nothing', async () => {
    const [busy, quiet] = [await aKey(), await aKey()];
    await storeRecords(t, [
      ...[0.1, 0.2].map((days) => use(busy, days)),
      use(busy, 0.3, { ip: '3.120.44.99', userAgent: 'checkout/119' }),
      use(busy, 0.3, { ip: '88.198.60.4', userAgent: 'reporting/2' }),
      use(busy, 0.3, { ip: '45.155.205.99', status: 403, reason: 'ip_not_allowed' }),
      use(busy, 2, { userAgent: 'gone/1' }),
    ]);
    const { status, json } = await revoke({ ids: [quiet.id, busy.id], dryRun: true });
    expect([status, json.dryRun]).toEqual([200, true]);
    expect(json.keys).toMatchObject([
      { id: quiet.id, state: 'active', lastUsedAt: null, callers: [], callerCount: 0, revocation: null },
      {
        id: busy.id,
        lastUsedAt: expect.any(String),
        callerCount: 2,
        callers: [
          { network: '3.120.44.0/24', program: 'checkout', requests: 3 },
          { network: '88.198.60.0/24', program: 'reporting', requests: 1 },
        ],
      },
    ]);
    expect([await stateOf(busy), await stateOf(quiet)]).toEqual(['active', 'active']);
  });

  it('revokes all of them, with an entry each, and says of each what a single revocation says', async () => {
    const keys = [await aKey(), await aKey(), await aKey()];
    const first = (await t.call(`/v1/api-keys/${keys[0]!.id}/revoke`, { as: 'admin', body: { reason: 'before' } })).json.revokedAt;
    const { status, json } = await revoke({ ids: keys.map(({ id }) => id), reason: 'not used' });
    expect(status).toBe(200);
    expect(json.keys.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual(keys.map(({ id }) => [id, 'revoked']));
    expect(json.keys[0].revocation.revokedAt).toBe(first);
    expect(json.keys[1].revocation).toMatchObject({ revokedAt: expect.any(String), processes: [{ confirmedAt: expect.any(String) }] });
    for (const { secret } of keys) expect((await t.call('/v1/invoices', { key: secret })).status).toBe(401);
    const entries = await t.sql(
      `select target_id as id, after->>'reason' as reason from activity where action = 'api_key.revoked' and target_id = any($1) order by occurred_at, id`,
      [keys.map(({ uuid }) => uuid)],
    );
    expect(entries.map(({ reason }) => reason)).toEqual(['before', 'not used', 'not used']);
  });

  it('does nothing at all when one id is absent or of another organization', async () => {
    const key = await aKey();
    const foreign = (await t.call('/v1/api-keys', { as: 'stranger', body: { name: 'Theirs', scopes: ['invoices:read'] } })).json.id;
    const absent = 'key_01kaxvz3k5e7hs0q4mm2m1bqgf';
    const answers = [];
    for (const other of [foreign, absent, 'key_nonsense'])
      for (const dryRun of [true, false]) answers.push(await revoke({ ids: [key.id, other], reason: 'x', dryRun }));
    for (const { status, json } of answers) expect([status, json.code]).toEqual([404, 'resource_not_found']);
    expect({ ...answers[1]!.json, requestId: null }).toEqual({ ...answers[3]!.json, requestId: null });
    expect(await stateOf(key)).toBe('active');
  });

  it('takes 1 to 100 ids, each once, and a reason', async () => {
    const { id } = await aKey();
    const many = Array.from({ length: 101 }, () => id);
    for (const body of [
      { ids: [], reason: 'x' },
      { ids: [id, id], reason: 'x' },
      { ids: many, reason: 'x' },
      { ids: [id] },
      { ids: ['svc_1'], reason: 'x' },
    ])
      expect((await revoke(body)).json.code).toBe('invalid_field');
    expect((await revoke({ ids: [id], reason: 'x' }, 'member')).status).toBe(403);
  });
});

it('of another organization nothing is seen', async () => {
  const seen = (await t.call('/v1/api-keys/hygiene', { as: 'stranger' })).json;
  expect([seen.keys, JSON.stringify(seen.sections)]).toEqual([1, expect.not.stringContaining('Key ')]);
});
