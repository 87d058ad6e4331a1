import { typeId } from '../platform/ids';
import { organizations, PASSWORD, people, startTestApp, type Answer, type Call, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const NEW_PASSWORD = 'another horse battery staple';
const by = (cookie: string, path: string, options: Call = {}): Promise<Answer> =>
  t.call(path, { ...options, headers: { cookie, origin: t.url } });
const lastEntry = async (action: string): Promise<Record<string, unknown> | undefined> =>
  (await t.sql('select target_name, before, after from activity where action = $1 order by id desc limit 1', [action]))[0];

describe('PATCH /v1/me', () => {
  it('changes the name, and what the session says', async () => {
    const answer = await t.call('/v1/me', { method: 'PATCH', as: 'guest', body: { name: ' Grace ' } });
    expect([answer.status, answer.json]).toMatchObject([
      200,
      { id: typeId('usr', people.guest.id), name: 'Grace', email: people.guest.email },
    ]);
    expect((await t.call('/v1/session', { as: 'guest' })).json.user.name).toBe('Grace');
    expect(await lastEntry('profile.updated')).toEqual({
      target_name: people.guest.email,
      before: { name: 'A guest' },
      after: { name: 'Grace' },
    });
  });

  it.each([[{ name: '' }], [{ name: null }], [{ email: 'x@example.com' }], [{ name: 'a\nb' }]])('refuses %j', async (body) => {
    expect((await t.call('/v1/me', { method: 'PATCH', as: 'guest', body })).json.code).toBe('invalid_field');
  });
});

describe('PUT /v1/me/password', () => {
  const change = (cookie: string, currentPassword: string, newPassword: string): Promise<Answer> =>
    by(cookie, '/v1/me/password', { method: 'PUT', body: { currentPassword, newPassword } });

  it('takes the new password, ends the other sessions and keeps this one', async () => {
    const [mine, other, anothers] = [await t.signIn('member'), await t.signIn('member'), await t.signIn('guest')];
    expect((await change(mine, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    const statuses = await Promise.all([mine, other, anothers].map(async (cookie) => (await by(cookie, '/v1/session')).status));
    expect(statuses).toEqual([200, 401, 200]);
    await expect(t.signIn('member')).rejects.toThrow('401');
    await t.signIn({ email: people.member.email, password: NEW_PASSWORD });
    expect(await lastEntry('password.changed')).toEqual({ target_name: people.member.email, before: null, after: null });
    expect((await change(mine, NEW_PASSWORD, PASSWORD)).status).toBe(204);
  });

  it('opens the product to who had to choose a password', async () => {
    await t.sql('update app_user set must_change_password = true where id = $1', [people.stranger.id]);
    const cookie = await t.signIn('stranger');
    expect((await by(cookie, '/v1/session')).json.user.mustChangePassword).toBe(true);
    expect((await by(cookie, '/v1/members')).json.code).toBe('password_change_required');
    expect((await change(cookie, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    expect((await by(cookie, '/v1/session')).json.user.mustChangePassword).toBe(false);
    expect((await by(cookie, '/v1/members')).status).toBe(200);
    await change(cookie, NEW_PASSWORD, PASSWORD);
  });

  it('is no 401 with a wrong current password: the session is fine', async () => {
    const cookie = await t.signIn('guest');
    const answer = await change(cookie, 'wrong', NEW_PASSWORD);
    expect([answer.status, answer.json.issues]).toMatchObject([400, [{ pointer: '/currentPassword' }]]);
    expect((await by(cookie, '/v1/session')).status).toBe(200);
  });

  it.each([
    ['too short', 'x'.repeat(11)],
    ['too long', 'x'.repeat(129)],
    ['the old one', PASSWORD],
  ])('refuses a new password that is %s', async (_, newPassword) => {
    const answer = await change(await t.signIn('guest'), PASSWORD, newPassword);
    expect([answer.status, answer.json.issues]).toMatchObject([400, [{ pointer: '/newPassword' }]]);
  });

  it('is no way to guess the password', async () => {
    const cookie = await t.signIn('admin');
    const answers = await Promise.all(Array.from({ length: 12 }, () => change(cookie, 'wrong', NEW_PASSWORD)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 10 }, () => 400), 429, 429]);
  });
});

describe('GET and DELETE /v1/me/sessions', () => {
  it('shows the own sessions, and ends one of them', async () => {
    const [mine, other] = [await t.signIn('guest'), await t.signIn('guest')];
    const { data } = (await by(mine, '/v1/me/sessions')).json;
    expect(data.slice(0, 2)).toEqual([
      expect.objectContaining({ current: false, ip: '127.0.0.1', organizationId: typeId('org', organizations.home) }),
      expect.objectContaining({ current: true, userAgent: expect.any(String) }),
    ]);
    expect((await by(mine, `/v1/me/sessions/${data[0].id}`, { method: 'DELETE' })).status).toBe(204);
    expect([(await by(other, '/v1/session')).status, (await by(mine, '/v1/session')).status]).toEqual([401, 200]);
    expect((await by(mine, `/v1/me/sessions/${data[0].id}`, { method: 'DELETE' })).status).toBe(404);
  });

  it('pages', async () => {
    const cookie = await t.signIn('guest');
    await t.signIn('guest');
    const first = (await by(cookie, '/v1/me/sessions?limit=1')).json;
    const second = (await by(cookie, `/v1/me/sessions?limit=1&cursor=${first.nextCursor}`)).json;
    const both = (await by(cookie, '/v1/me/sessions?limit=2')).json;
    expect([...first.data, ...second.data]).toEqual(both.data);
  });

  it('leaves out those that are dead', async () => {
    const cookie = await t.signIn('guest');
    await t.sql(`update user_session set last_seen_at = now() - interval '13 hours' where user_id = $1`, [people.guest.id]);
    await t.sql(
      `update user_session set last_seen_at = now() where id = (select id from user_session where user_id = $1 order by id desc limit 1)`,
      [people.guest.id],
    );
    expect((await by(cookie, '/v1/me/sessions')).json.data).toMatchObject([{ current: true }]);
  });

  it("does not touch another person's", async () => {
    const [mine, anothers] = [await t.signIn('guest'), await t.signIn('member')];
    const { data } = (await by(anothers, '/v1/me/sessions')).json;
    expect((await by(mine, `/v1/me/sessions/${data[0].id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await by(anothers, '/v1/session')).status).toBe(200);
  });
});

describe('the organization', () => {
  const change = (body: object): Promise<Answer> => t.call('/v1/organization', { method: 'PATCH', as: 'stranger', body });

  it('has the limits of its plan until it has its own, and gets them back with null', async () => {
    const plain = { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 };
    const policies = { rotationDays: 90, idleDays: 30, expiringDays: 14, requireSecondFactorForAdmins: false, leakedKeys: 'revoke' };
    expect((await t.call('/v1/organization', { as: 'stranger' })).json).toEqual({
      id: typeId('org', organizations.other),
      name: 'Elsewhere',
      plan: 'enterprise',
      limits: plain,
      policies,
      createdAt: expect.any(String),
    });
    const changed = await change({ name: 'Somewhere', limits: { perKeyPerMinute: 5 } });
    expect([changed.status, changed.json]).toMatchObject([200, { name: 'Somewhere', limits: { ...plain, perKeyPerMinute: 5 } }]);
    expect((await t.call('/v1/plan', { as: 'stranger' })).json).toMatchObject({
      plan: 'enterprise',
      retentionDays: 400,
      limits: { ...plain, perKeyPerMinute: 5 },
      alerts: true,
      geographicRestrictions: true,
      use: { remaining: 30_000, usedLastMinute: 0, keysAtLimit: [] },
    });
    expect(await lastEntry('organization.updated')).toEqual({
      target_name: 'Somewhere',
      before: { name: 'Elsewhere', limits: { perKeyPerMinute: null, perOrganizationPerMinute: null }, policies },
      after: { name: 'Somewhere', limits: { perKeyPerMinute: 5, perOrganizationPerMinute: null }, policies },
    });
    expect((await change({ name: 'Elsewhere', limits: { perKeyPerMinute: null } })).json).toMatchObject({
      name: 'Elsewhere',
      limits: plain,
    });
    expect((await t.call('/v1/organization', { as: 'member' })).json.name).toBe('Home');
  });

  it('has the retention and the limits of a small plan', async () => {
    await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.other]);
    expect((await t.call('/v1/plan', { as: 'stranger' })).json).toMatchObject({
      plan: 'starter',
      retentionDays: 7,
      limits: { perKeyPerMinute: 60, perOrganizationPerMinute: 300 },
      alerts: false,
    });
  });

  it.each([
    [{ name: '' }, '/name'],
    [{ name: null }, '/name'],
    [{ limits: { perKeyPerMinute: 0 } }, '/limits/perKeyPerMinute'],
    [{ limits: { perKeyPerMinute: 1.5 } }, '/limits/perKeyPerMinute'],
    [{ limits: { perKeyPerMinute: 1_000_001 } }, '/limits/perKeyPerMinute'],
    [{ limits: { perHour: 1 } }, '/limits/perHour'],
    [{ limits: 5 }, '/limits'],
    [{ limits: null }, '/limits'],
    [{ plan: 'starter' }, '/plan'],
  ])('refuses %j', async (body, pointer) => {
    const answer = await change(body);
    expect([answer.status, answer.json.issues?.[0].pointer]).toEqual([400, pointer]);
  });
});
