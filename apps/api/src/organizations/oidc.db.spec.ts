/** Signing in at a real OpenID provider in this process. */
import { setTimeout as wait } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';
import { Client } from 'pg';
import { startProvider, client, throughProvider, type ProviderPerson, type TestProvider } from '../testing/openid-provider';
import { organizations, PASSWORD, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';
import { OidcAccounts } from './oidc-accounts';

let provider: TestProvider;
let t: TestApp;
const callback = () => `${t.url}/v1/session/oidc/callback`;
beforeAll(async () => {
  provider = await startProvider();
  const roleMap = { admins: 'admin', staff: 'member', partners: 'guest' } as const;
  const settings = { issuer: provider.issuer, clientId: client.id, clientSecret: client.secret, roleClaim: 'groups', roleMap };
  t = await startTestApp(__filename, { oidc: { ...settings, autoJoin: true } });
});
afterAll(async () => {
  await t.close();
  await provider.close();
});

const pairOf = (answer: Answer, name: string): string =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0]!)
    .find((pair) => pair.startsWith(`${name}=`)) ?? '';
const locationOf = (answer: Answer): string => answer.headers.get('location') ?? '';

type Begun = { cookie: string; url: string };
async function begin(): Promise<Begun> {
  const answer = await t.call('/v1/session/oidc/start');
  return { cookie: pairOf(answer, 'pinebill_oidc'), url: locationOf(answer) };
}
const comeBack = (at: string, cookie: string, agent = 'browser'): Promise<Answer> =>
  t.call(at.slice(t.url.length), { headers: { cookie, 'user-agent': agent } });

async function signInAs(person: ProviderPerson): Promise<Answer> {
  provider.person = person;
  const { cookie, url } = await begin();
  return comeBack(await throughProvider(url, t.url), cookie);
}
const sessionOf = async (answer: Answer) => (await t.call('/v1/session', { headers: { cookie: pairOf(answer, 'pinebill_session') } })).json;
const verified = (sub: string, email: string, groups: string[] = ['staff']): ProviderPerson => ({
  sub,
  email,
  email_verified: true,
  name: sub,
  groups,
});
const roleIn = async (email: string, organizationId: string = organizations.home): Promise<string | undefined> =>
  (
    await t.sql<{ role: string }>(
      'select role from membership m join app_user u on u.id = m.user_id where email = $1 and organization_id = $2',
      [email, organizationId],
    )
  )[0]?.role;
const activityOf = (name: string) =>
  t.sql<{ action: string; after: unknown }>('select action, after from activity where target_name = $1 order by id', [name]);

it('while the provider is away the sign-in page says so, and afterwards it is asked again', async () => {
  expect(locationOf(await t.call('/v1/session/oidc/start'))).toBe('/#/login?problem=unreachable');
  provider.knows(callback());
  const { url } = await begin();
  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
    redirect_uri: callback(),
    response_type: 'code',
    code_challenge_method: 'S256',
    state: expect.stringMatching(/.{20,}/),
    nonce: expect.stringMatching(/.{20,}/),
  });
  provider.person = verified('away', people.member.email);
  const begun = await begin();
  const returned = await throughProvider(begun.url, t.url);
  provider.up = false;
  const answer = await comeBack(returned, begun.cookie);
  provider.up = true;
  expect(locationOf(answer)).toBe('/#/login?problem=unreachable');
});

describe('somebody the provider knows', () => {
  it('is let into the account with the verified address, and is known by the subject from then on', async () => {
    const answer = await signInAs(verified('sub-member', people.member.email.toUpperCase()));
    expect([answer.status, locationOf(answer)]).toEqual([303, '/#/login?from=provider']);
    expect(await sessionOf(answer)).toMatchObject({ user: { email: people.member.email }, role: 'member' });
    const moved = await signInAs(verified('sub-member', 'renamed@elsewhere.example'));
    expect((await sessionOf(moved)).user.email).toBe(people.member.email);
    const entries = await activityOf(people.member.email);
    expect(entries.filter(({ action }) => action === 'identity.linked')).toHaveLength(1);
    expect(entries.filter(({ action }) => action === 'session.started').at(-1)).toMatchObject({ after: { via: 'oidc' } });
  });

  it('takes over nobody: not by an unverified address, nor by an address that is linked to somebody else', async () => {
    for (const email_verified of [false, undefined]) {
      const person = { ...verified('sub-thief', people.guest.email), ...(email_verified === undefined ? {} : { email_verified }) };
      if (email_verified === undefined) delete person.email_verified;
      const answer = await signInAs(person);
      expect([locationOf(answer), pairOf(answer, 'pinebill_session')]).toEqual(['/#/login?problem=unverified_email', '']);
    }
    expect(locationOf(await signInAs(verified('sub-other', people.member.email)))).toBe('/#/login?problem=other_account');
  });

  it('becomes a member with the strongest role of their groups, when that is allowed; without a group of ours nobody does', async () => {
    expect(locationOf(await signInAs(verified('sub-none', 'none@example.com', ['Staff'])))).toBe('/#/login?problem=no_role');
    const answer = await signInAs(verified('sub-new', 'new@example.com', ['partners', 'staff']));
    expect(await sessionOf(answer)).toMatchObject({ user: { email: 'new@example.com', name: 'sub-new' }, role: 'member' });
    expect((await activityOf('new@example.com'))[0]).toMatchObject({ action: 'member.joined', after: { role: 'member' } });
    expect(await t.sql(`select 1 as one from app_user where email = 'none@example.com'`)).toEqual([]);
  });

  it('is told nothing but that they are suspended or have no group any more, and the organization sees the attempt', async () => {
    await signInAs(verified('sub-gone', 'gone@example.com'));
    expect(locationOf(await signInAs(verified('sub-gone', 'gone@example.com', [])))).toBe('/#/login?problem=no_role');
    await t.sql(`update membership set suspended_at = now() where user_id = (select id from app_user where email = 'gone@example.com')`);
    expect(locationOf(await signInAs(verified('sub-gone', 'gone@example.com')))).toBe('/#/login?problem=suspended');
    expect((await activityOf('gone@example.com')).slice(-2)).toMatchObject([
      { action: 'session.failed', after: { via: 'oidc', problem: 'no_role' } },
      { action: 'session.failed', after: { via: 'oidc', problem: 'suspended' } },
    ]);
  });
});

describe('the role', () => {
  it('follows the groups at each sign-in and ends the sessions with the old one', async () => {
    const first = await signInAs(verified('sub-rises', 'rises@example.com', ['partners']));
    expect((await sessionOf(first)).role).toBe('guest');
    expect((await sessionOf(await signInAs(verified('sub-rises', 'rises@example.com', ['admins'])))).role).toBe('admin');
    expect((await sessionOf(first)).code).toBe('no_session');
    expect((await activityOf('rises@example.com')).map(({ action }) => action)).toContain('member.role_changed');
    await signInAs(verified('sub-rises', 'rises@example.com', ['staff']));
    expect(await roleIn('rises@example.com')).toBe('member');
  });

  it('of the last admin stays, whatever the groups say; another organization is none of its business', async () => {
    expect((await sessionOf(await signInAs(verified('sub-admin', people.admin.email, ['partners'])))).role).toBe('admin');
    expect(await roleIn(people.admin.email)).toBe('admin');
    expect((await sessionOf(await signInAs(verified('sub-stranger', people.stranger.email, ['partners'])))).role).toBe('admin');
    expect(await roleIn(people.stranger.email, organizations.other)).toBe('admin');
  });
});

describe('a sign-in that is not the one that was begun', () => {
  const unfinished = '/#/login?problem=unfinished';

  it('opens nothing: another state, another nonce, no cookie, a foreign or an old cookie', async () => {
    provider.person = verified('sub-member', people.member.email);
    const there = async (change: (url: URL) => void = () => undefined): Promise<Begun> => {
      const { cookie, url } = await begin();
      const changed = new URL(url);
      change(changed);
      return { cookie, url: await throughProvider(changed.href, t.url) };
    };
    const state = await there();
    const otherNonce = await there((url) => url.searchParams.set('nonce', 'n'.repeat(43)));
    const plain = await there();
    const refused = [
      await comeBack(state.url.replace(/state=[^&]+/, `state=${'s'.repeat(43)}`), state.cookie),
      await comeBack(otherNonce.url, otherNonce.cookie),
      await comeBack(plain.url, ''),
      await comeBack(plain.url, (await begin()).cookie),
      await comeBack(plain.url, `pinebill_oidc=${Buffer.from('{"step":"provider"}').toString('base64url')}`),
      await comeBack(callback(), plain.cookie),
    ];
    expect(refused.map(locationOf)).toEqual(refused.map(() => unfinished));
    expect(refused.map((answer) => pairOf(answer, 'pinebill_session')).join('')).toBe('');
  });

  it('opens nothing a second time: a code is good for once', async () => {
    provider.person = verified('sub-member', people.member.email);
    const { cookie, url } = await begin();
    const returned = await throughProvider(url, t.url);
    const first = await comeBack(returned, cookie);
    expect([locationOf(first), first.headers.getSetCookie().some((one) => one.startsWith('pinebill_oidc=; Max-Age=0'))]).toEqual([
      '/#/login?from=provider',
      true,
    ]);
    expect(locationOf(await comeBack(returned, cookie))).toBe(unfinished);
  });

  it('that the person declined at the provider says so', async () => {
    const { cookie, url } = await begin();
    const state = new URL(url).searchParams.get('state')!;
    const answer = await comeBack(`${callback()}?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`, cookie);
    expect(locationOf(answer)).toBe('/#/login?problem=declined');
  });
});

it('leaves neither code nor state in the records, and the cookie of the way is closed to scripts', async () => {
  provider.person = verified('sub-member', people.member.email);
  const started = await t.call('/v1/session/oidc/start');
  expect(started.headers.getSetCookie()[0]).toMatch(/^pinebill_oidc=[\w-]{100,}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
  const returned = new URL(await throughProvider(locationOf(started), t.url));
  await comeBack(returned.href, pairOf(started, 'pinebill_oidc'), 'of-oidc');
  let rows: Record<string, unknown>[] = [];
  while (rows.length === 0) rows = await t.sql(`select * from audit_record where user_agent = 'of-oidc'`);
  expect(rows[0]).toMatchObject({ status: 303, actor_id: people.member.id, query: { code: '[redacted]', state: '[redacted]' } });
  const everything = JSON.stringify([rows, await t.sql('select * from activity'), await t.sql('select * from identity_link')]);
  for (const name of ['code', 'state']) expect(everything).not.toContain(returned.searchParams.get(name));
});

it('an account with a second factor is asked for its code here, unless the provider says that it asked for one', async () => {
  const person = verified('sub-guest', people.guest.email, ['partners']);
  const first = pairOf(await signInAs(person), 'pinebill_session');
  const by = (path: string, body: object) => t.call(path, { body, headers: { cookie: first, origin: t.url } });
  const { secret } = (await by('/v1/me/second-factor', {})).json;
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const { recoveryCodes } = (await by('/v1/me/second-factor/confirm', { code: totp.generate() })).json;
  const answer = await signInAs(person);
  expect([locationOf(answer), pairOf(answer, 'pinebill_session')]).toEqual(['/#/login?from=provider-code', '']);
  const finish = (code: string, cookie = pairOf(answer, 'pinebill_oidc'), headers = {}) =>
    t.call('/v1/session/oidc/code', { body: { code }, headers: { cookie, origin: t.url, ...headers } });
  expect((await finish(recoveryCodes[0], '')).json.code).toBe('no_session');
  expect((await finish(recoveryCodes[0], undefined, { origin: 'https://evil.example' })).json.code).toBe('cross_site_request');
  expect((await finish('000000')).json.code).toBe('invalid_credentials');
  const opened = await finish(recoveryCodes[0]);
  expect([opened.status, opened.json.user.email]).toEqual([200, people.guest.email]);
  expect((await finish(recoveryCodes[0])).json.code).toBe('invalid_credentials');
  expect(locationOf(await signInAs({ ...person, amr: ['otp'] }))).toBe('/#/login?from=provider-code');
  expect(locationOf(await signInAs({ ...person, amr: ['pwd', 'otp'] }))).toBe('/#/login?from=provider');
  expect(
    (await t.call('/v1/session', { body: { email: people.guest.email, password: PASSWORD }, headers: { origin: t.url } })).json.code,
  ).toBe('second_factor_required');
});

it('a second factor that is set up while its person comes back from the provider is asked for', async () => {
  const person = verified('sub-meanwhile', 'meanwhile@example.com');
  await signInAs(person);
  const [row] = await t.sql<{ id: string }>(`select id from app_user where email = 'meanwhile@example.com'`);
  const holder = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await holder.connect();
  // As setting it up does: the person is locked until it is committed.
  await holder.query('begin');
  await holder.query('select 1 from app_user where id = $1 for no key update', [row!.id]);
  const returning = signInAs(person);
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  for (const end = Date.now() + 5_000; (await t.sql(waiting)).length === 0 && Date.now() < end;) await wait(10);
  await holder.query(`insert into second_factor (user_id, secret, created_at, confirmed_at) values ($1, 'x', now(), now())`, [row!.id]);
  await holder.query('commit');
  await holder.end();
  expect(locationOf(await returning)).toBe('/#/login?from=provider-code');
});

it.each([
  ['linked', 'has-tabs@example.com'],
  ['made', 'two-tabs@example.com'],
])('an account is %s once, also when the person comes back in several tabs at the same moment', async (how, email) => {
  await t.sql(
    `with person as (insert into app_user (id, email, name, password_hash, created_at)
       values (gen_random_uuid(), 'has-tabs@example.com', 'Tabs', 'x', now()) on conflict do nothing returning id)
     insert into membership (id, organization_id, user_id, role, created_at) select gen_random_uuid(), $1, id, 'guest', now() from person`,
    [organizations.home],
  );
  const identity = { issuer: provider.issuer, subject: `tabs-${how}`, email, name: 'Tabs', groups: ['partners'], methods: [] };
  const accounts = t.app.get(OidcAccounts);
  const found = await Promise.all(Array.from({ length: 4 }, () => accounts.accountOf(identity)));
  expect(new Set(found.map(({ id }) => id)).size).toBe(1);
});
