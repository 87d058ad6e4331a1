import { typeId } from '../platform/ids';
import { organizations, people, startTestApp, type Answer, type Call, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
const found = (body: object = { name: `Branch ${(count += 1)}` }, options: Call = {}): Promise<Answer> =>
  t.call('/v1/organizations', { as: 'admin', body, ...options });
const choose = (cookie: string, organizationId: string): Promise<Answer> =>
  t.call('/v1/session/organization', { method: 'PUT', body: { organizationId }, headers: { cookie, origin: t.url } });

describe('POST /v1/organizations', () => {
  it('makes an organization whose first admin is who made it, with the plan of the installation', async () => {
    await t.sql(`update organization set plan = 'business' where is_home`);
    const answer = await found({ name: '  ACME France ' });
    expect([answer.status, answer.json]).toEqual([
      201,
      {
        id: expect.stringMatching(/^org_/),
        name: 'ACME France',
        plan: 'business',
        limits: { perKeyPerMinute: 600, perOrganizationPerMinute: 3_000 },
        policies: { rotationDays: 90, idleDays: 30, expiringDays: 14, requireSecondFactorForAdmins: false, leakedKeys: 'revoke' },
        createdAt: expect.any(String),
      },
    ]);
    const cookie = await t.signIn('admin');
    const session = await choose(cookie, answer.json.id);
    expect(session.json).toMatchObject({ role: 'admin', organization: { name: 'ACME France', isHome: false } });
    const minted = await t.call('/v1/api-keys', { body: { name: 'First', scopes: ['invoices:read'] }, headers: { cookie, origin: t.url } });
    expect(minted.status).toBe(201);
    expect((await t.call('/v1/invoices', { key: minted.json.secret })).status).toBe(200);
  });

  it('leaves an entry in both, and the founder among the members of the new one', async () => {
    const { json } = await found();
    const entries = await t.sql<{ organization_id: string; action: string }>(
      `select organization_id, action, actor_id, after from activity where target_id = $1 or (action = 'member.joined' and organization_id = $1) order by id`,
      [await uuidOf(json.name)],
    );
    const [home, made] = [organizations.home, await uuidOf(json.name)];
    const actor_id = people.admin.id;
    expect(entries).toEqual([
      { organization_id: made, action: 'organization.created', actor_id, after: expect.objectContaining({ admin: people.admin.email }) },
      { organization_id: made, action: 'member.joined', actor_id, after: { email: people.admin.email, role: 'admin' } },
      { organization_id: home, action: 'organization.created', actor_id, after: expect.anything() },
    ]);
  });

  it('leaves nothing behind when its entry cannot be written', async () => {
    await t.call('/v1/session', { as: 'admin' });
    await t.sql('revoke insert on activity from pinebill_app');
    const answer = await found({ name: 'Nowhere' });
    await t.sql('grant insert on activity to pinebill_app');
    expect([answer.status, await uuidOf('Nowhere')]).toEqual([500, undefined]);
  });

  it('is repeated with an Idempotency-Key without making a second one', async () => {
    const options = { headers: { 'idempotency-key': 'branch' } };
    const [first, second] = [await found({ name: 'Once' }, options), await found({ name: 'Once' }, options)];
    expect([first.json.id, second.status, second.headers.get('idempotency-replayed')]).toEqual([second.json.id, 201, 'true']);
  });

  it('refuses a name that the founder has already, and no name', async () => {
    expect(await found({ name: 'HOME' })).toMatchObject({ status: 409, json: { code: 'name_taken' } });
    expect((await found({ name: ' ' })).json.code).toBe('invalid_field');
    // Somebody else's organization of the same name is not told apart from none.
    expect((await found({ name: 'Elsewhere' })).status).toBe(201);
  });

  it('is for admins of the home organization', async () => {
    for (const as of ['member', 'guest', 'stranger'] as const)
      expect(await found({ name: 'Mine' }, { as })).toMatchObject({ status: 403, json: { code: 'insufficient_role' } });
    const { json } = await found();
    const cookie = await t.signIn('admin');
    await choose(cookie, json.id);
    const inside = await t.call('/v1/organizations', { body: { name: 'Mine' }, headers: { cookie, origin: t.url } });
    expect([inside.status, inside.json.code, await uuidOf('Mine')]).toEqual([403, 'insufficient_role', undefined]);
    expect((await t.call('/v1/system', { headers: { cookie } })).json.code).toBe('insufficient_role');
  });
});

describe('the wall around a new organization', () => {
  it('is there from the first moment: home sees nothing of it, and it nothing of home', async () => {
    const { json } = await found();
    const cookie = await t.signIn('admin');
    await choose(cookie, json.id);
    const minted = await t.call('/v1/api-keys', {
      body: { name: 'Theirs', scopes: ['invoices:read'] },
      headers: { cookie, origin: t.url },
    });
    expect((await t.call(`/v1/api-keys/${minted.json.id}`, { as: 'admin' })).status).toBe(404);
    expect((await t.call('/v1/members', { headers: { cookie } })).json.data).toMatchObject([{ userId: typeId('usr', people.admin.id) }]);
  });
});

async function uuidOf(name: string): Promise<string | undefined> {
  const [row] = await t.sql<{ id: string }>('select id from organization where name = $1 order by created_at desc limit 1', [name]);
  return row?.id;
}
