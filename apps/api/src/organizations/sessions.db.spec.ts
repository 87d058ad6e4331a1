import { typeId } from '../platform/ids';
import { organizations, PASSWORD, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';
import { hashSessionToken } from './session-token';
import { SignInJobs } from './sign-in.jobs';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const signIn = (body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  t.call('/v1/session', { body, headers: { origin: t.url, ...headers } });
const session = (cookie: string): Promise<Answer> => t.call('/v1/session', { headers: { cookie } });
const cookieOf = (answer: Answer): string => answer.headers.getSetCookie()[0]!.split(';')[0]!;
const activity = (action: string) =>
  t.sql<{ target_name: string; actor_type: string; organization_id: string }>('select * from activity where action = $1 order by id', [
    action,
  ]);

/** Records are stored a moment after their answer. */
async function recordOf(agent: string): Promise<Record<string, unknown>> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const [row] = await t.sql('select * from audit_record where user_agent = $1', [agent]);
    if (row) return row;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no record of ${agent}`);
}

describe('POST /v1/session', () => {
  it('answers who is signed in, where, and with which rights, and sets the cookie', async () => {
    const answer = await signIn({ email: ' Member@Example.com', password: PASSWORD });
    const organization = { id: typeId('org', organizations.home), name: 'Home' };
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        user: { id: typeId('usr', people.member.id), name: 'A member', email: people.member.email, mustChangePassword: false },
        organization: { ...organization, isHome: true },
        organizations: [{ ...organization, role: 'member' }],
        role: 'member',
        permissions: expect.arrayContaining(['audit:read', 'keys:read']),
        secondFactor: { enrolled: false, enrolmentRequired: false },
      },
    ]);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^pinebill_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect((await session(cookieOf(answer))).json).toEqual(answer.json);
  });

  it('keeps a hash of the token only', async () => {
    const cookie = await t.signIn('member');
    const token = cookie.split('=')[1]!;
    const rows = await t.sql('select * from user_session where token_hash = $1', [hashSessionToken(token)]);
    expect(rows).toMatchObject([{ user_id: people.member.id, ip: '127.0.0.1', ended_at: null }]);
    expect(JSON.stringify(await t.sql('select * from user_session'))).not.toContain(token);
  });

  it('opens a new session at each sign-in and ends the one that was sent', async () => {
    const planted = await t.signIn('guest');
    const answer = await signIn({ email: people.member.email, password: PASSWORD }, { cookie: planted });
    expect(cookieOf(answer)).not.toBe(planted);
    expect((await session(planted)).status).toBe(401);
    expect((await session(cookieOf(answer))).json.user.email).toBe(people.member.email);
  });

  it('answers a wrong password and an unknown e-mail alike, and in the same time', async () => {
    const attempt = async (email: string): Promise<{ ms: number; answer: Answer }> => {
      const started = performance.now();
      const answer = await signIn({ email, password: 'not the right one' });
      return { ms: performance.now() - started, answer };
    };
    const [known, unknown] = [await attempt(people.stranger.email), await attempt('nobody@example.com')];
    expect([known.answer.status, known.answer.json.code]).toEqual([401, 'invalid_credentials']);
    expect({ ...known.answer.json, requestId: null }).toEqual({ ...unknown.answer.json, requestId: null });
    expect(Math.min(known.ms, unknown.ms)).toBeGreaterThanOrEqual(245);
    expect(known.answer.headers.getSetCookie()).toEqual([]);
  });

  it("leaves a failure in the activity and the log of the account's organization; one of nobody goes home", async () => {
    await signIn({ email: people.stranger.email, password: 'wrong' }, { 'user-agent': 'of-stranger' });
    await signIn({ email: 'nobody@example.com', password: 'wrong' }, { 'user-agent': 'of-nobody' });
    expect((await activity('session.failed')).at(-1)).toMatchObject({
      organization_id: organizations.other,
      actor_type: 'system',
      target_name: people.stranger.email,
    });
    const [stranger, nobody] = [await recordOf('of-stranger'), await recordOf('of-nobody')];
    expect(stranger).toMatchObject({ organization_id: organizations.other, status: 401, reason: 'invalid_credentials' });
    expect(nobody).toMatchObject({ organization_id: organizations.home, status: 401, reason: 'invalid_credentials' });
  });

  it('names the person in the record of a success', async () => {
    await signIn({ email: people.stranger.email, password: PASSWORD }, { 'user-agent': 'of-success' });
    expect(await recordOf('of-success')).toMatchObject({
      organization_id: organizations.other,
      status: 200,
      actor_id: people.stranger.id,
      actor_name: 'A stranger',
    });
  });

  it('refuses an account after ten failures, also with the right password, and says when to come back', async () => {
    await t.sql(`insert into app_user (id, email, name, password_hash, created_at)
      select gen_random_uuid(), 'tried@example.com', 'Tried', password_hash, now() from app_user where email = 'guest@example.com'`);
    await t.sql(`insert into membership (id, organization_id, user_id, role, created_at)
      select gen_random_uuid(), '${organizations.home}', id, 'guest', now() from app_user where email = 'tried@example.com'`);
    const attempts = await Promise.all(Array.from({ length: 12 }, () => signIn({ email: 'tried@example.com', password: 'wrong' })));
    expect(attempts.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    const answer = await signIn({ email: 'tried@example.com', password: PASSWORD }, { 'user-agent': 'of-throttled' });
    expect([answer.status, answer.json.code]).toEqual([429, 'rate_limited']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(800);
    expect(await recordOf('of-throttled')).toMatchObject({ organization_id: organizations.home, reason: 'sign_in_limit' });
    expect((await activity('session.failed')).filter(({ target_name }) => target_name === 'tried@example.com')).toHaveLength(10);
  });

  it('refuses what is no sign-in with 400', async () => {
    for (const body of [
      {},
      { email: people.admin.email },
      { email: 'a\0b', password: 'x' },
      { email: people.admin.email, password: PASSWORD, x: 1 },
    ])
      expect((await signIn(body)).json.code).toBe('invalid_field');
  });
});

describe('DELETE /v1/session', () => {
  it('ends the session on the server and takes the cookie away', async () => {
    const cookie = await t.signIn('guest');
    const answer = await t.call('/v1/session', { method: 'DELETE', headers: { cookie, origin: t.url } });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, ['pinebill_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax']]);
    expect((await session(cookie)).json.code).toBe('no_session');
    expect((await activity('session.ended')).at(-1)).toMatchObject({ target_name: people.guest.email });
  });
});

describe('a session', () => {
  const backdate = (cookie: string, column: string, hours: number) =>
    t.sql(`update user_session set ${column} = ${column} - make_interval(hours => $2) where token_hash = $1`, [
      hashSessionToken(cookie.split('=')[1]!),
      hours,
    ]);

  it.each([
    ['12 hours without use', 'last_seen_at', 13],
    ['7 days', 'expires_at', 7 * 24],
  ])('ends after %s', async (_, column, hours) => {
    const cookie = await t.signIn('guest');
    await backdate(cookie, column, hours);
    expect((await session(cookie)).status).toBe(401);
  });
});

describe('PUT /v1/session/organization', () => {
  const choose = (cookie: string, organizationId: string): Promise<Answer> =>
    t.call('/v1/session/organization', { method: 'PUT', body: { organizationId }, headers: { cookie, origin: t.url } });

  it('moves the session to another organization of the person, with the role there', async () => {
    await t.sql(
      `insert into membership (id, organization_id, user_id, role, created_at) values (gen_random_uuid(), $1, $2, 'guest', now())`,
      [organizations.other, people.member.id],
    );
    const cookie = await t.signIn('member');
    const answer = await choose(cookie, typeId('org', organizations.other));
    expect([answer.status, answer.json]).toMatchObject([200, { organization: { name: 'Elsewhere' }, role: 'guest' }]);
    expect(answer.json.organizations).toHaveLength(2);
    expect((await session(cookie)).json).toMatchObject({
      organization: { name: 'Elsewhere' },
      role: 'guest',
      permissions: ['billing:read'],
    });
  });

  it('refuses an organization of others like one that does not exist', async () => {
    const cookie = await t.signIn('guest');
    const [foreign, absent] = [
      await choose(cookie, typeId('org', organizations.other)),
      await choose(cookie, typeId('org', '01930000-0000-7000-8000-00000000dead')),
    ];
    expect([foreign.status, foreign.json.code]).toEqual([404, 'resource_not_found']);
    expect({ ...foreign.json, requestId: null }).toEqual({ ...absent.json, requestId: null });
    expect((await session(cookie)).json.organization.name).toBe('Home');
  });
});

it('what ended more than 30 days ago goes at night, what is open or of last month stays, and the activity with it', async () => {
  const cookie = await t.signIn('guest');
  await t.signIn('guest');
  const { guest } = people;
  const rows = (table: string) =>
    t.sql<{
      name: string;
    }>(`select ${table === 'throttle' ? `encode(name, 'escape')` : `encode(token_hash, 'escape')`} as name from ${table}
      where ${table === 'throttle' ? 'name' : 'token_hash'}::text like '%' || encode('tidy', 'hex') || '%' order by 1`);
  for (const [name, ended, expires] of [
    ['1', '31 days', '-1 days'],
    ['2', null, '31 days'],
    ['3', '29 days', '29 days'],
    ['4', null, '-1 hour'],
  ]) {
    const values = [`tidy ${name}`, ended, expires, guest.id, organizations.home];
    await t.sql(
      `insert into user_session (id, token_hash, user_id, organization_id, created_at, last_seen_at, expires_at, ended_at)
       values (gen_random_uuid(), convert_to($1, 'UTF8'), $4, $5, now(), now(), now() - $3::interval, now() - $2::interval)`,
      values,
    );
    await t.sql(
      `insert into password_reset (organization_id, id, user_id, token_hash, created_at, expires_at, used_at)
       values ($5, gen_random_uuid(), $4, convert_to($1, 'UTF8'), now(), now() - $3::interval, now() - $2::interval)`,
      values,
    );
  }
  await t.sql(
    `insert into throttle (name, count, until) values ('tidy 1', 1, now() - interval '1 s'), ('tidy 2', 1, now() + interval '1 h')`,
  );
  const told = await t.sql('select * from activity order by id');
  await t.app.get(SignInJobs).tidy();
  expect((await rows('user_session')).map(({ name }) => name)).toEqual(['tidy 3', 'tidy 4']);
  expect((await rows('password_reset')).map(({ name }) => name)).toEqual(['tidy 3', 'tidy 4']);
  expect((await rows('throttle')).map(({ name }) => name)).toEqual(['tidy 2']);
  expect((await session(cookie)).status).toBe(200);
  expect(await t.sql('select * from activity order by id')).toEqual(told);
  await t.sql(`delete from user_session where token_hash = 'tidy 4'`);
});
