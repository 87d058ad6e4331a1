import { newId, parseId, typeId } from '../platform/ids';
import { anotherProcess, organizations, PASSWORD, people, startTestApp, type Answer, type Call, type TestApp } from '../testing/test-app';
import { hashInvitationToken } from './invitation-token';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const NEW_PASSWORD = 'another horse battery staple';
let count = 0;
const anEmail = (): string => `person-${(count += 1)}@example.com`;
const call = (path: string, options: Call = {}): Promise<Answer> => t.call(path, { as: 'admin', ...options });
const invite = (fields: object = {}, options: Call = {}): Promise<Answer> =>
  call('/v1/members', { body: { email: anEmail(), name: 'Ada', role: 'member', ...fields }, ...options });
const tokenOf = (answer: Answer): string => String(answer.json.invitationUrl).split('/').pop()!;
const accept = (token: string, body: object = { name: 'Ada Lovelace', password: NEW_PASSWORD }): Promise<Answer> =>
  t.call(`/v1/invitations/${token}/accept`, { body, headers: { origin: t.url } });
const cookieOf = (answer: Answer): string => answer.headers.getSetCookie()[0]!.split(';')[0]!;
const session = (cookie: string): Promise<Answer> => t.call('/v1/session', { headers: { cookie } });
const change = (id: string, body: object, options: Call = {}): Promise<Answer> =>
  call(`/v1/members/${id}`, { method: 'PATCH', body, ...options });
const remove = (id: string): Promise<Answer> => call(`/v1/members/${id}`, { method: 'DELETE' });
const actions = async (email: string): Promise<string[]> =>
  (await t.sql<{ action: string }>('select action from activity where target_name = $1 order by id', [email])).map(({ action }) => action);

/** Somebody who joined, with a session. */
async function aMember(role = 'member'): Promise<{ id: string; email: string; cookie: string }> {
  const invited = await invite({ role });
  return { id: invited.json.id, email: invited.json.email, cookie: cookieOf(await accept(tokenOf(invited))) };
}
const adminId = typeId('mem', people.admin.id);

describe('an invitation', () => {
  it('answers a link that is shown once, and stands in the list of members', async () => {
    const email = anEmail();
    const answer = await invite({ email, name: 'Grace', role: 'guest' });
    expect([answer.status, answer.json]).toEqual([
      201,
      {
        id: expect.stringMatching(/^mem_/),
        userId: null,
        name: 'Grace',
        email,
        role: 'guest',
        secondFactor: false,
        state: 'invited',
        createdAt: expect.any(String),
        lastSignInAt: null,
        mailed: false,
        invitationExpiresAt: expect.any(String),
        invitationUrl: expect.stringMatching(new RegExp(`^${t.url}/#/accept-invitation/[\\w-]{43}$`)),
      },
    ]);
    expect(answer.headers.get('location')).toBe(`/v1/members/${answer.json.id}`);
    expect(Date.parse(answer.json.invitationExpiresAt) - Date.parse(answer.json.createdAt)).toBe(7 * 24 * 3_600_000);
    const { invitationUrl, mailed, ...member } = answer.json;
    expect(mailed).toBe(false);
    const list = await call('/v1/members');
    expect(list.json.data).toContainEqual(member);
    expect(list.text).not.toContain(tokenOf(answer));
    expect(JSON.stringify(await t.sql('select * from invitation'))).not.toContain(String(invitationUrl).split('/').pop());
    expect(await actions(email)).toEqual(['member.invited']);
  });

  it('is accepted once: the person is signed in and keeps the id of the invitation', async () => {
    const invited = await invite({ role: 'member' });
    const answer = await accept(tokenOf(invited));
    expect([answer.status, answer.json]).toMatchObject([
      200,
      { user: { name: 'Ada Lovelace', email: invited.json.email }, organization: { name: 'Home' }, role: 'member' },
    ]);
    expect((await session(cookieOf(answer))).json).toEqual(answer.json);
    const { data } = (await call('/v1/members')).json as { data: { email: string }[] };
    expect(data.filter(({ email }) => email === invited.json.email)).toMatchObject([
      { id: invited.json.id, state: 'active', userId: answer.json.user.id, invitationExpiresAt: null },
    ]);
    const again = await accept(tokenOf(invited));
    expect([again.status, again.json.code]).toEqual([410, 'already_accepted']);
    expect(await actions(invited.json.email)).toEqual(['member.invited', 'session.started', 'member.joined']);
    await t.signIn({ email: invited.json.email, password: NEW_PASSWORD });
  });

  it('is accepted by one of many at once', async () => {
    const token = tokenOf(await invite());
    const answers = await Promise.all([1, 2, 3, 4].map(() => accept(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410]);
  });

  it('is gone after 7 days, and the address can be invited again', async () => {
    const invited = await invite();
    const token = tokenOf(invited);
    await t.sql(`update invitation set expires_at = expires_at - interval '7 days' where token_hash = $1`, [hashInvitationToken(token)]);
    const late = await accept(token);
    expect([late.status, late.json.code]).toEqual([410, 'invitation_expired']);
    expect((await invite({ email: invited.json.email })).status).toBe(201);
  });

  it('is gone when it was withdrawn', async () => {
    const invited = await invite();
    expect((await remove(invited.json.id)).status).toBe(204);
    expect((await accept(tokenOf(invited))).json.code).toBe('invitation_expired');
    expect((await remove(invited.json.id)).status).toBe(404);
    expect((await call('/v1/members')).text).not.toContain(invited.json.id);
    expect(await actions(invited.json.email)).toEqual(['member.invited', 'member.removed']);
  });

  it('does not exist with another token, and its token is not in the log', async () => {
    const token = 'a'.repeat(43);
    expect((await accept(token)).json.code).toBe('resource_not_found');
    const refused = await accept('abc');
    expect(refused.status).toBe(404);
    let rows: { path: string }[] = [];
    for (let attempt = 0; attempt < 200 && rows.length < 2; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      rows = await t.sql(`select path from audit_record where path like '/v1/invitations/%' and status = 404`);
    }
    expect(rows.map(({ path }) => path)).toEqual(['/v1/invitations/[redacted]/accept', '/v1/invitations/[redacted]/accept']);
  });

  it('is refused for who is a member or invited already, whatever the case', async () => {
    const invited = await invite();
    for (const email of [invited.json.email.toUpperCase(), 'GUEST@example.com']) {
      const answer = await invite({ email });
      expect([answer.status, answer.json.code]).toEqual([409, 'email_taken']);
    }
  });

  it('shows no link in a replay', async () => {
    const [body, headers] = [{ email: anEmail(), name: 'Ada', role: 'guest' }, { 'idempotency-key': 'invite-1' }];
    const [first, second] = [await invite(body, { headers }), await invite(body, { headers })];
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect(second.json).toEqual({ ...first.json, invitationUrl: null });
  });

  it('changes its role, but cannot be suspended', async () => {
    const invited = await invite({ role: 'guest' });
    expect((await change(invited.json.id, { role: 'member' })).json).toMatchObject({ role: 'member', state: 'invited' });
    expect((await change(invited.json.id, { suspended: true })).json.code).toBe('illegal_transition');
    expect((await accept(tokenOf(invited))).json.role).toBe('member');
  });

  it.each([
    ['a short password', { name: 'Ada', password: 'x'.repeat(11) }, '/password'],
    ['a password without end', { name: 'Ada', password: 'x'.repeat(129) }, '/password'],
    ['no name', { name: '  ', password: NEW_PASSWORD }, '/name'],
  ])('is not accepted with %s', async (_, body, pointer) => {
    const token = tokenOf(await invite());
    const answer = await accept(token, body);
    expect([answer.status, answer.json.issues[0].pointer]).toEqual([400, pointer]);
    expect((await accept(token)).status).toBe(200);
  });

  it.each([
    ['an address that is none', { email: 'ada' }, '/email'],
    ['a role that is none', { role: 'owner' }, '/role'],
    ['a field that is none', { admin: true }, '/admin'],
  ])('is refused with %s', async (_, fields, pointer) => {
    const answer = await invite(fields);
    expect([answer.status, answer.json.issues[0].pointer]).toEqual([400, pointer]);
  });
});

describe('who has an account already', () => {
  it('joins with its password and keeps the name', async () => {
    const invited = await invite({ email: people.stranger.email, role: 'guest' });
    const wrong = await accept(tokenOf(invited), { name: 'Eve', password: 'a guess of some length' });
    expect([wrong.status, wrong.json.code]).toEqual([401, 'invalid_credentials']);
    const right = await accept(tokenOf(invited), { name: 'Eve', password: PASSWORD });
    expect([right.status, right.json]).toMatchObject([
      200,
      { user: { name: 'A stranger' }, organization: { name: 'Home' }, role: 'guest' },
    ]);
    expect(right.json.organizations).toHaveLength(2);
    await t.sql('delete from membership where organization_id = $1 and user_id = $2', [organizations.home, people.stranger.id]);
  });

  it('chooses a new password when the account belonged nowhere any more', async () => {
    const member = await aMember();
    await remove(member.id);
    const again = await invite({ email: member.email });
    expect((await accept(tokenOf(again), { name: 'Ada again', password: 'a password of the second time' })).json.user.name).toBe(
      'Ada again',
    );
    await t.signIn({ email: member.email, password: 'a password of the second time' });
    await expect(t.signIn({ email: member.email, password: NEW_PASSWORD })).rejects.toThrow('401');
  });
});

describe('a member', () => {
  it('changes the role; the sessions end', async () => {
    const member = await aMember('guest');
    const answer = await change(member.id, { role: 'member' });
    expect([answer.status, answer.json]).toMatchObject([200, { id: member.id, role: 'member', state: 'active' }]);
    expect((await session(member.cookie)).status).toBe(401);
    const [entry] = await t.sql(`select before, after from activity where action = 'member.role_changed' and target_name = $1`, [
      member.email,
    ]);
    expect(entry).toEqual({ before: { role: 'guest' }, after: { role: 'member', sessionsEnded: 1 } });
  });

  it('is suspended: no session, no sign-in, until reinstated', async () => {
    const member = await aMember();
    expect((await change(member.id, { suspended: true })).json.state).toBe('suspended');
    expect((await session(member.cookie)).status).toBe(401);
    await expect(t.signIn({ email: member.email, password: NEW_PASSWORD })).rejects.toThrow('401');
    expect((await change(member.id, { suspended: false })).json.state).toBe('active');
    expect((await session(member.cookie)).status).toBe(401);
    await t.signIn({ email: member.email, password: NEW_PASSWORD });
    expect(await actions(member.email)).toEqual(expect.arrayContaining(['member.suspended', 'session.failed', 'member.reinstated']));
  });

  it('is removed: no session, no sign-in, not in the list', async () => {
    const member = await aMember();
    expect((await remove(member.id)).status).toBe(204);
    expect((await session(member.cookie)).status).toBe(401);
    await expect(t.signIn({ email: member.email, password: NEW_PASSWORD })).rejects.toThrow('401');
    expect((await call('/v1/members')).text).not.toContain(member.id);
    expect((await remove(member.id)).status).toBe(404);
    expect((await actions(member.email)).slice(-1)).toEqual(['member.removed']);
  });

  it('leaves no entry when nothing changes', async () => {
    const member = await aMember();
    const before = await actions(member.email);
    for (const body of [{}, { role: 'member' }, { suspended: false }]) expect((await change(member.id, body)).status).toBe(200);
    expect(await actions(member.email)).toEqual(before);
    expect((await session(member.cookie)).status).toBe(200);
  });

  it('of another organization does not exist', async () => {
    const foreign = typeId('mem', people.stranger.id);
    expect((await change(foreign, { role: 'guest' })).json.code).toBe('resource_not_found');
    expect((await remove(foreign)).json.code).toBe('resource_not_found');
    expect((await remove(typeId('mem', newId()))).status).toBe(404);
    expect((await remove('mem_x')).status).toBe(404);
  });
});

describe('the last admin', () => {
  it.each<[string, () => Promise<Answer>]>([
    ['demoted', () => change(adminId, { role: 'member' })],
    ['suspended', () => change(adminId, { suspended: true })],
    ['removed', () => remove(adminId)],
  ])('is not %s', async (_, attempt) => {
    const answer = await attempt();
    expect([answer.status, answer.json.code]).toEqual([409, 'last_admin']);
    expect((await call('/v1/session')).json.role).toBe('admin');
  });

  it('is still the last one beside a suspended admin', async () => {
    const second = await aMember('admin');
    await change(second.id, { suspended: true });
    expect((await change(adminId, { role: 'guest' })).json.code).toBe('last_admin');
    expect((await remove(second.id)).status).toBe(204);
  });

  it('remains when two admins remove each other at once', async () => {
    const [a, b] = [await aMember('admin'), await aMember('admin')];
    // The home admin steps down for a moment, past the rule: only these two are left.
    await t.sql(`update membership set role = 'member' where user_id = $1`, [people.admin.id]);
    const by = ({ cookie }: { cookie: string }, { id }: { id: string }): Promise<Answer> =>
      t.call(`/v1/members/${id}`, { method: 'DELETE', headers: { cookie, origin: t.url } });
    const answers = await Promise.all([by(a, b), by(b, a)]);
    const left = await t.sql(`select 1 from membership where organization_id = $1 and role = 'admin'`, [organizations.home]);
    await t.sql(`update membership set role = 'admin' where user_id = $1`, [people.admin.id]);
    expect(left).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });
});

describe('admins who demote each other at once', () => {
  const demote = ({ cookie }: { cookie: string }, { id }: { id: string }): Promise<Answer> =>
    t.call(`/v1/members/${id}`, { method: 'PATCH', body: { role: 'member' }, headers: { cookie, origin: t.url } });

  it('leave one, however often they try', async () => {
    await t.sql(`update membership set role = 'member' where user_id = $1`, [people.admin.id]);
    for (let round = 0; round < 3; round++) {
      const [a, b] = [await aJoinedAdmin(), await aJoinedAdmin()];
      await t.sql(`update membership set role = 'member' where role = 'admin' and id <> all ($1)`, [[uuidOf(a), uuidOf(b)]]);
      const answers = await Promise.all([demote(a, b), demote(b, a), demote(a, b), demote(b, a)]);
      const left = await t.sql(`select 1 from membership where organization_id = $1 and role = 'admin'`, [organizations.home]);
      expect([left.length, answers.map(({ status }) => status >= 500)]).toEqual([1, [false, false, false, false]]);
    }
    await t.sql(`update membership set role = 'admin' where user_id = $1`, [people.admin.id]);
  });

  it('do not both succeed beside a third one: who has been demoted changes nobody any more', async () => {
    const [a, b] = [await aJoinedAdmin(), await aJoinedAdmin()];
    const answers = await Promise.all([demote(a, b), demote(b, a)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => [401, 403].includes(status))).toHaveLength(1);
  });

  const uuidOf = ({ id }: { id: string }): string => parseId('mem', id)!;
  /** Made in the database: an invitation each would take most of the time. */
  async function aJoinedAdmin(): Promise<{ id: string; cookie: string }> {
    const email = anEmail();
    const [id] = await t.sql<{ id: string }>(
      `with person as (insert into app_user (id, email, name, password_hash, created_at)
         select gen_random_uuid(), $1, 'An admin', password_hash, now() from app_user where email = 'guest@example.com' returning id)
       insert into membership (id, organization_id, user_id, role, created_at) select id, $2, id, 'admin', now() from person returning id`,
      [email, organizations.home],
    );
    return { id: typeId('mem', id!.id), cookie: await t.signIn({ email, password: PASSWORD }) };
  }
});

describe('another process on the same database', () => {
  let other: Awaited<ReturnType<typeof anotherProcess>>;
  beforeAll(async () => (other = await anotherProcess(t)));
  afterAll(() => other.close());
  const there = (cookie: string): Promise<Response> => fetch(`${other.url}/v1/session`, { headers: { cookie } });

  it.each([
    ['a change of the role', (id: string) => change(id, { role: 'guest' })],
    ['a suspension', (id: string) => change(id, { suspended: true })],
    ['a removal', (id: string) => remove(id)],
  ])('refuses the session with the next request after %s', async (_, act) => {
    const member = await aMember();
    expect((await there(member.cookie)).status).toBe(200);
    expect((await act(member.id)).status).toBeLessThan(300);
    expect([(await there(member.cookie)).status, (await session(member.cookie)).status]).toEqual([401, 401]);
  });
});

it('leaves the session of the same person in another organization alone', async () => {
  const invited = await invite({ email: people.stranger.email, role: 'member' });
  const elsewhere = await t.signIn('stranger');
  const here = cookieOf(await accept(tokenOf(invited), { name: 'x', password: PASSWORD }));
  expect((await remove(invited.json.id)).status).toBe(204);
  expect((await session(here)).status).toBe(401);
  const answer = await session(elsewhere);
  expect([answer.status, answer.json.organization.name, answer.json.organizations.length]).toEqual([200, 'Elsewhere', 1]);
});

describe('GET /v1/members', () => {
  it('pages through everybody once, in both orders', async () => {
    const walk = async (order: string): Promise<string[]> => {
      const ids: string[] = [];
      let cursor: string | null = null;
      do {
        const { json }: Answer = await call(`/v1/members?limit=2&order=${order}${cursor === null ? '' : `&cursor=${cursor}`}`);
        ids.push(...json.data.map(({ id }: { id: string }) => id));
        cursor = json.nextCursor;
      } while (cursor !== null);
      return ids;
    };
    const [down, up] = [await walk('desc'), await walk('asc')];
    expect(down).toEqual([...up].reverse());
    expect(new Set(down).size).toBe(down.length);
    expect(down).toEqual(expect.arrayContaining([adminId, typeId('mem', people.guest.id)]));
    expect(down).not.toContain(typeId('mem', people.stranger.id));
  });

  it('refuses what it does not know', async () => {
    expect((await call('/v1/members?role=admin')).json.code).toBe('unknown_parameter');
    expect((await call('/v1/members?cursor=x')).json.code).toBe('invalid_cursor');
  });
});
