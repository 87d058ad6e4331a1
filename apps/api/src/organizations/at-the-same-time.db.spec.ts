/** What proves a person changes while something that rests on the old proof is under way. Each order is forced by a lock that the spec holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Secret, TOTP } from 'otpauth';
import { readConfig } from '../config';
import { newId, typeId } from '../platform/ids';
import { Running } from '../running';
import { resetAdmin } from '../reset-admin';
import { hashRecoveryCode, newRecoveryCodes } from './second-factor-code';
import { comesTrue, holding as heldBy, waitsForLock } from '../testing/held-lock';
import { organizations, PASSWORD, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

/** With an id for both the account and the membership. */
async function aPerson(name: string, role = 'member'): Promise<{ id: string; email: string; memberId: string }> {
  const [id, email] = [newId(), `${name}@example.com`];
  await t.sql(
    `insert into app_user (id, email, name, password_hash, created_at) select $1, $2, $3, password_hash, now() from app_user where id = $4`,
    [id, email, name, people.guest.id],
  );
  await join(id, organizations.home, role, id);
  return { id, email, memberId: typeId('mem', id) };
}
const join = (id: string, organization: string, role: string, memberId = newId()) =>
  t.sql('insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $3, $4, now())', [
    memberId,
    organization,
    id,
    role,
  ]);
const until = (sql: string, parameters: unknown[] = []) => comesTrue(t, sql, parameters);
const waits = (like: string, count = 1) => waitsForLock(t, like, count);
const holding = <T>(lock: string, meanwhile: () => Promise<T>): Promise<T> => heldBy(t, lock, meanwhile);
const headers = (cookie?: string) => ({ origin: t.url, ...(cookie === undefined ? {} : { cookie }) });
const signIn = (email: string, password = PASSWORD): Promise<Answer> =>
  t.call('/v1/session', { body: { email, password }, headers: headers() });
const linkFor = async ({ memberId }: { memberId: string }): Promise<string> =>
  (await t.call(`/v1/members/${memberId}/password-reset`, { as: 'admin', method: 'POST' })).json.resetUrl.split('/').at(-1);
const complete = (token: string, password: string): Promise<Answer> =>
  t.call(`/v1/password-resets/${token}/complete`, { body: { password }, headers: headers() });
const openSessions = (id: string) => t.sql('select 1 from user_session where user_id = $1 and ended_at is null', [id]);

it('a sign-in with the old password that is under way when the new one comes opens nothing', async () => {
  const person = await aPerson('late');
  const token = await linkFor(person);
  // Where a sign-in arrives once its password was found right.
  const [late, completed] = await holding('lock table sign_in_network in exclusive mode', async () => {
    const signing = signIn(person.email);
    await waits('%sign_in_succeeded%');
    const completing = complete(token, 'a password of their own');
    await until('select 1 from password_reset where user_id = $1 and used_at is not null', [person.id]);
    return [signing, completing] as const;
  });
  expect([(await completed).status, (await late).status, (await late).json.code]).toEqual([204, 401, 'invalid_credentials']);
  expect(await openSessions(person.id)).toEqual([]);
});

it('who joins another organization with the old password while the new one comes does not join', async () => {
  const person = await aPerson('late-joiner');
  const token = await linkFor(person);
  const invited = await t.call('/v1/members', { as: 'stranger', body: { email: person.email, name: 'Late', role: 'admin' } });
  const path = `/v1/invitations/${invited.json.invitationUrl.split('/').at(-1)}/accept`;
  const [late, completed] = await holding('lock table sign_in_network in exclusive mode', async () => {
    const joining = t.call(path, { body: { name: 'Late', password: PASSWORD }, headers: headers() });
    await waits('%sign_in_succeeded%');
    const completing = complete(token, 'a password of their own');
    await until('select 1 from password_reset where user_id = $1 and used_at is not null', [person.id]);
    return [joining, completing] as const;
  });
  expect([(await completed).status, (await late).status]).toEqual([204, 409]);
  expect(await openSessions(person.id)).toEqual([]);
  expect((await t.call(path, { body: { name: 'Late', password: 'a password of their own' }, headers: headers() })).status).toBe(200);
});

it('a sign-in without a code that is under way when a second factor comes is ended by it', async () => {
  const person = await aPerson('unproven');
  const cookie = await t.signIn({ email: person.email, password: PASSWORD });
  const { secret } = (await t.call('/v1/me/second-factor', { method: 'POST', headers: headers(cookie) })).json;
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  // Where it has asked for the second factor, and found none.
  const [late, confirmed] = await holding('lock table activity in exclusive mode', async () => {
    const signing = signIn(person.email);
    await waits('%into activity%');
    const confirming = t.call('/v1/me/second-factor/confirm', { body: { code }, headers: headers(cookie) });
    await waits('%', 2);
    return [signing, confirming] as const;
  });
  expect([(await late).status, (await confirmed).status]).toEqual([200, 200]);
  // That of the confirmation alone.
  expect(await openSessions(person.id)).toHaveLength(1);
  expect((await t.call('/v1/session', { headers: { cookie: (await late).headers.getSetCookie()[0]!.split(';')[0]! } })).status).toBe(401);
});

it('of two renewals of recovery codes one set is left', async () => {
  const person = await aPerson('renews');
  const cookie = await t.signIn({ email: person.email, password: PASSWORD });
  await t.sql(`insert into second_factor (user_id, secret, created_at, confirmed_at) values ($1, 'x', now(), now())`, [person.id]);
  const codes = newRecoveryCodes().slice(0, 2);
  await t.sql(`insert into recovery_code (user_id, code_hash, created_at) select $1, unnest($2::bytea[]), now()`, [
    person.id,
    [Buffer.from('x'), ...codes.map(hashRecoveryCode)],
  ]);
  const renew = (code: string) => t.call('/v1/me/second-factor/recovery-codes', { body: { code }, headers: headers(cookie) });
  const answers = await holding(`select 1 from recovery_code where user_id = '${person.id}' and code_hash = 'x' for update`, async () => {
    const renewing = codes.map(renew);
    await waits('%', 2);
    return renewing;
  });
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  expect(await t.sql('select count(*)::int as codes from recovery_code where user_id = $1', [person.id])).toEqual([{ codes: 10 }]);
});

it('a link that is used while its person changes the password in the settings is over, and neither fails', async () => {
  const person = await aPerson('settles');
  const cookie = await t.signIn({ email: person.email, password: PASSWORD });
  const token = await linkFor(person);
  const answers = await holding(`select 1 from password_reset where user_id = '${person.id}' for update`, async () => {
    const body = { currentPassword: PASSWORD, newPassword: 'of their own choosing, in the settings' };
    const changing = t.call('/v1/me/password', { method: 'PUT', body, headers: headers(cookie) });
    await waits('%', 1);
    const using = complete(token, 'of who holds the link, perhaps');
    await waits('%', 2);
    return [changing, using];
  });
  const [changed, used] = await Promise.all(answers);
  expect([changed!.status, used!.status, used!.json.code]).toEqual([204, 410, 'reset_link_over']);
});

it('an admin who is demoted, suspended or removed while their request is under way changes nothing', async () => {
  const key = async (name: string) =>
    (await t.call('/v1/api-keys', { as: 'admin', body: { name, scopes: ['invoices:read'] } })).json.id as string;
  const [rotated, held, revoked, changed] = [await key('Rotated'), await key('Held'), await key('Revoked'), await key('Changed')];
  const { id: victim, memberId } = await aPerson('a-victim');
  const requests: [string, object?, string?][] = [
    ['/v1/api-keys', { name: 'Minted', scopes: ['invoices:read'] }],
    [`/v1/api-keys/${rotated}/rotate`, { name: 'Its successor', overlapSeconds: 0 }],
    [`/v1/api-keys/${held}/disable`, {}],
    [`/v1/api-keys/${revoked}/revoke`, { reason: 'x' }],
    [`/v1/api-keys/${changed}`, { name: 'Changed indeed' }, 'PATCH'],
    ['/v1/api-keys/revoke', { ids: [revoked], reason: 'x' }],
    ['/v1/organization', { name: 'Taken over' }, 'PATCH'],
    [`/v1/members/${memberId}/password-reset`],
    [`/v1/members/${memberId}`, { role: 'admin' }, 'PATCH'],
    ['/v1/services', { name: 'a-service-of-theirs' }],
  ];
  const losses = {
    'is-demoted': `update membership set role = 'member'`,
    'is-suspended': 'update membership set suspended_at = now()',
    'is-removed': 'delete from membership',
  };
  for (const [name, loss] of Object.entries(losses)) {
    const person = await aPerson(name, 'admin');
    const cookie = await t.signIn({ email: person.email, password: PASSWORD });
    const before = await t.sql('select * from api_key order by id');
    const answers = await holding(`${loss} where user_id = '${person.id}'`, async () => {
      const sent = requests.map(([path, body, method = 'POST']) =>
        t.call(path, { method, headers: headers(cookie), ...(body === undefined ? {} : { body }) }),
      );
      await waits('%', requests.length);
      return sent;
    });
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      expect([requests[index]![0], answer.status, answer.json.code]).toEqual([requests[index]![0], 403, 'insufficient_role']);
    }
    expect(await t.sql('select * from api_key order by id')).toEqual(before);
    expect(await t.sql(`select 1 from activity where actor_id = $1 and action not like 'session.%'`, [person.id])).toEqual([]);
  }
  expect(await t.sql(`select 1 from organization where name = 'Taken over'`)).toEqual([]);
  expect(await t.sql('select 1 from password_reset where user_id = $1', [victim])).toEqual([]);
});

it('an admin who is demoted while their invitation waits invites nobody', async () => {
  const person = await aPerson('demoted', 'admin');
  const cookie = await t.signIn({ email: person.email, password: PASSWORD });
  const invited = await holding(`select 1 from organization where id = '${organizations.home}' for update`, async () => {
    const inviting = t.call('/v1/members', {
      body: { email: 'accomplice@example.com', name: 'A', role: 'admin' },
      headers: headers(cookie),
    });
    await waits('%from organization%');
    await t.sql(`update membership set role = 'member' where user_id = $1`, [person.id]);
    return [inviting] as const;
  });
  const answer = await invited[0];
  expect([answer.status, answer.json.code]).toEqual([403, 'insufficient_role']);
  expect(await t.sql(`select 1 from invitation where email = 'accomplice@example.com'`)).toEqual([]);
});

describe('a link for a new password', () => {
  it('that an admin made is worth nothing once the person belongs to another organization as well', async () => {
    const person = await aPerson('moves-on');
    const token = await linkFor(person);
    await join(person.id, organizations.other, 'admin');
    const answer = await complete(token, 'chosen by the admin');
    expect([answer.status, answer.json.code]).toEqual([410, 'reset_link_over']);
    expect((await signIn(person.email)).status).toBe(200);
  });

  it('ends when the person chooses a password otherwise', async () => {
    const person = await aPerson('took-fright');
    const [token, cookie] = [await linkFor(person), await t.signIn({ email: person.email, password: PASSWORD })];
    const own = { currentPassword: PASSWORD, newPassword: 'chosen after a fright' };
    expect((await t.call('/v1/me/password', { method: 'PUT', body: own, headers: headers(cookie) })).status).toBe(204);
    expect((await complete(token, 'chosen by somebody else')).json.code).toBe('reset_link_over');
    expect((await signIn(person.email, own.newPassword)).status).toBe(200);
  });

  it('and another of the same person, used at the same moment: one sets the password, the other is over', async () => {
    const person = await aPerson('two-links');
    const [oldest, first, second] = [await linkFor(person), await linkFor(person), await linkFor(person)];
    // A third, which both of them end.
    const lock = `select 1 from password_reset where token_hash = sha256('${oldest}') for update`;
    const answers = await holding(lock, async () => {
      const completing = [complete(first, 'a password of their own'), complete(second, 'another password of theirs')];
      await waits('%', 2);
      return completing;
    });
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([204, 410]);
    expect((await complete(oldest, 'a third password of theirs')).status).toBe(410);
  });

  it('ends, with every session, when the operator resets the account', async () => {
    const person = await aPerson('operator', 'admin');
    const [token, cookie] = [await linkFor(person), await t.signIn({ email: person.email, password: PASSWORD })];
    const [running, directory] = [new Running(), mkdtempSync(`${tmpdir()}/pinebill-reset-`)];
    const told = await resetAdmin(
      readConfig({ DATABASE_URL: t.db.url, PINEBILL_DATA_DIR: directory }),
      running,
      () => undefined,
      person.email,
    );
    await running.stop();
    rmSync(directory, { recursive: true, force: true });
    expect((await complete(token, 'chosen by somebody else')).json.code).toBe('reset_link_over');
    expect((await t.call('/v1/session', { headers: { cookie } })).status).toBe(401);
    expect((await signIn(person.email, /Password: +(\S+)/.exec(told)![1])).status).toBe(200);
  });
});
