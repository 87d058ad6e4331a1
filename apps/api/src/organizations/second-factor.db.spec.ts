import { Secret, TOTP } from 'otpauth';
import { Clock } from '../platform/clock';
import { organizations, PASSWORD, people, startTestApp, type Answer, type Call, type TestApp } from '../testing/test-app';

let t: TestApp;
/** Moved ahead, never back: a code is good for once, and steps last 30 seconds. */
let ahead = 0;
beforeAll(async () => {
  t = await startTestApp(__filename);
  const clock = t.app.get(Clock);
  const real = clock.now.bind(clock);
  clock.now = () => new Date(real().getTime() + ahead);
});
afterAll(() => t.close());

type Signed = { email: string; cookie: string; by: (path: string, call?: Call) => Promise<Answer> };
type Enrolled = Signed & { secret: string; recoveryCodes: string[]; code: () => string };

/** A person of their own for each test: failures are counted by account. */
async function aPerson(name: string, role = 'member', organizationId: string = organizations.home): Promise<Signed> {
  const email = `${name}@example.com`;
  await t.sql(`insert into app_user (id, email, name, password_hash, created_at)
    select gen_random_uuid(), '${email}', '${name}', password_hash, now() from app_user where email = '${people.guest.email}'`);
  await t.sql(
    `insert into membership (id, organization_id, user_id, role, created_at)
     select gen_random_uuid(), $1, id, $2, now() from app_user where email = $3`,
    [organizationId, role, email],
  );
  const person: Signed = { email, cookie: await t.signIn({ email, password: PASSWORD }), by: () => Promise.reject(new Error('later')) };
  person.by = async (path, call = {}) => {
    const answer = await t.call(path, { ...call, headers: { cookie: person.cookie, origin: t.url } });
    const renewed = answer.headers.getSetCookie()[0]?.split(';')[0];
    if (renewed) person.cookie = renewed;
    return answer;
  };
  return person;
}

const codeOf = (secret: string): string => {
  ahead += 60_000; // past the step of the code before
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: t.app.get(Clock).now().getTime() });
};

async function enrolled(name: string, role = 'member', organizationId?: string): Promise<Enrolled> {
  const person = await aPerson(name, role, organizationId);
  const { secret } = (await person.by('/v1/me/second-factor', { method: 'POST' })).json as { secret: string };
  const confirmed = await person.by('/v1/me/second-factor/confirm', { body: { code: codeOf(secret) } });
  if (confirmed.status !== 200) throw new Error(confirmed.text);
  return Object.assign(person, { secret, recoveryCodes: confirmed.json.recoveryCodes as string[], code: () => codeOf(secret) });
}

const signIn = (email: string, code?: string, password = PASSWORD): Promise<Answer> =>
  t.call('/v1/session', { body: { email, password, ...(code === undefined ? {} : { code }) }, headers: { origin: t.url } });
const outcome = ({ status, json }: Answer): unknown[] => [status, json?.code ?? null];
const activityOf = async (name: string): Promise<string[]> =>
  (await t.sql<{ action: string }>('select action from activity where target_name = $1 order by id', [name])).map(({ action }) => action);

describe('setting up a second factor', () => {
  it('asks for a code before anything changes, then shows ten recovery codes once', async () => {
    const person = await aPerson('sets-up');
    const first = await person.by('/v1/me/second-factor', { method: 'POST' });
    const second = await person.by('/v1/me/second-factor', { method: 'POST' });
    expect(first.json.otpauthUrl).toContain('otpauth://totp/PineBill:sets-up%40example.com?issuer=PineBill');
    expect(first.headers.get('cache-control')).toBe('no-store');
    const old = await person.by('/v1/me/second-factor/confirm', { body: { code: codeOf(first.json.secret) } });
    expect(outcome(old)).toEqual([400, 'invalid_field']);
    expect((await signIn(person.email)).status).toBe(200);
    const confirmed = await person.by('/v1/me/second-factor/confirm', { body: { code: codeOf(second.json.secret) } });
    expect(confirmed.json.recoveryCodes).toHaveLength(10);
    expect((await person.by('/v1/me/second-factor')).json).toMatchObject({ enrolled: true, recoveryCodesLeft: 10 });
    expect(outcome(await person.by('/v1/me/second-factor', { method: 'POST' }))).toEqual([409, 'second_factor_exists']);
    expect(await activityOf(person.email)).toContain('second_factor.enrolled');
  });

  it('keeps neither the secret nor a recovery code as it is, in any table', async () => {
    const person = await enrolled('at-rest');
    const [row] = await t.sql<{ secret: Buffer }>(
      `select secret from second_factor f join app_user u on u.id = f.user_id where u.email = '${person.email}'`,
    );
    const plain = Buffer.from(Secret.fromBase32(person.secret).bytes);
    expect(row!.secret.includes(plain)).toBe(false);
    const everything = JSON.stringify([
      await t.sql('select * from activity'),
      await t.sql('select * from second_factor'),
      await t.sql(`select code_hash::text, encode(code_hash, 'escape') from recovery_code`),
    ]);
    for (const secret of [person.secret, ...person.recoveryCodes]) expect(everything).not.toContain(secret);
  });

  it('gives the session another id and token, and ends the others', async () => {
    const person = await aPerson('renewed');
    const elsewhere = await t.signIn({ email: person.email, password: PASSWORD });
    const sessions = () =>
      t.sql<{ id: string }>(`select s.id from user_session s join app_user u on u.id = s.user_id
      where u.email = '${person.email}' and s.ended_at is null`);
    const [before, ids] = [person.cookie, (await sessions()).map(({ id }) => id)];
    const { secret } = (await person.by('/v1/me/second-factor', { method: 'POST' })).json;
    await person.by('/v1/me/second-factor/confirm', { body: { code: codeOf(secret) } });
    expect(person.cookie).not.toBe(before);
    for (const cookie of [before, elsewhere]) expect((await t.call('/v1/session', { headers: { cookie } })).status).toBe(401);
    const after = await sessions();
    expect([after.length, ids.includes(after[0]!.id)]).toEqual([1, false]);
    expect((await person.by('/v1/session')).json.secondFactor).toEqual({ enrolled: true, enrolmentRequired: false });
    const previous = person.cookie;
    expect((await person.by('/v1/me/second-factor', { method: 'DELETE', body: { code: codeOf(secret) } })).status).toBe(204);
    expect(person.cookie).not.toBe(previous);
    expect((await t.call('/v1/session', { headers: { cookie: previous } })).status).toBe(401);
  });
});

describe('signing in with a second factor', () => {
  it('asks for the code only after the right password, at the same time as any refusal', async () => {
    const { email, code } = await enrolled('asked');
    const startedMs = performance.now();
    expect(outcome(await signIn(email))).toEqual([401, 'second_factor_required']);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(245);
    expect(outcome(await signIn(email, undefined, 'wrong'))).toEqual([401, 'invalid_credentials']);
    expect(outcome(await signIn(email, code(), 'wrong'))).toEqual([401, 'invalid_credentials']);
    const wrong = await signIn(email, '000000');
    expect(outcome(wrong)).toEqual([401, 'invalid_credentials']);
    expect(wrong.headers.getSetCookie()).toEqual([]);
    expect((await activityOf(email)).filter((action) => action === 'session.failed')).toHaveLength(3);
    expect((await signIn(email, code())).status).toBe(200);
  });

  it('accepts a code once, also of many at once', async () => {
    const { email, code } = await enrolled('once');
    const one = code();
    const answers = await Promise.all(Array.from({ length: 4 }, () => signIn(email, one)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  it('accepts each recovery code once, however it is typed, and no earlier one after a renewal', async () => {
    const person = await enrolled('recovers');
    const [first, second] = person.recoveryCodes as [string, string];
    expect((await signIn(person.email, first.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
    expect((await signIn(person.email, first)).status).toBe(401);
    expect((await person.by('/v1/me/second-factor')).json.recoveryCodesLeft).toBe(9);
    const renew = (body: object) => person.by('/v1/me/second-factor/recovery-codes', { body });
    expect(outcome(await renew({}))).toEqual([400, 'invalid_field']);
    expect(outcome(await renew({ password: PASSWORD }))).toEqual([400, 'invalid_field']);
    const renewed = await renew({ code: person.code() });
    expect(renewed.json.recoveryCodes).toHaveLength(10);
    expect((await signIn(person.email, second)).status).toBe(401);
    expect((await signIn(person.email, renewed.json.recoveryCodes[0])).status).toBe(200);
  });

  it('lets nobody guess: after five wrong codes the right one is not looked at, from any address; a recovery code still is', async () => {
    const { email, code, recoveryCodes } = await enrolled('guessed');
    const guesses: Answer[] = [];
    for (let guess = 0; guess < 7; guess++) guesses.push(await signIn(email, String(100_000 + guess)));
    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const refused = await signIn(email, code());
    expect(outcome(refused)).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(700);
    expect((await signIn(email, recoveryCodes[0])).status).toBe(200);
    expect((await signIn(email, code())).status).toBe(200);
  });

  it('is needed as well to join another organization with the account', async () => {
    const { email, code } = await enrolled('joins');
    const invited = await t.call('/v1/members', { as: 'stranger', body: { email, name: 'Joins', role: 'guest' } });
    const token = (invited.json.invitationUrl as string).split('/').at(-1);
    const accept = (body: object) =>
      t.call(`/v1/invitations/${token}/accept`, { body: { name: 'Joins', password: PASSWORD, ...body }, headers: { origin: t.url } });
    expect(outcome(await accept({}))).toEqual([401, 'second_factor_required']);
    expect(outcome(await accept({ code: '000000' }))).toEqual([401, 'invalid_credentials']);
    expect((await accept({ code: code() })).status).toBe(200);
  });
});

describe('losing a second factor', () => {
  it('takes a code of the person, the right password does not do, and the sign-in asks for none afterwards', async () => {
    const person = await enrolled('removes');
    const remove = (body: object) => person.by('/v1/me/second-factor', { method: 'DELETE', body });
    for (const body of [{}, { password: PASSWORD }, { code: '000000' }, { password: PASSWORD, code: person.recoveryCodes[2] }])
      expect(outcome(await remove(body))).toEqual([400, 'invalid_field']);
    expect((await remove({ code: person.recoveryCodes[3] })).status).toBe(204);
    expect((await signIn(person.email)).status).toBe(200);
    expect(await activityOf(person.email)).toContain('second_factor.removed');
    expect(outcome(await remove({ code: person.recoveryCodes[4] }))).toEqual([409, 'illegal_transition']);
  });

  it('an admin resets that of a member: their sessions end, and it is in the activity', async () => {
    const person = await enrolled('lost');
    const memberOf = async () => {
      const { data } = (await t.call('/v1/members?limit=200', { as: 'admin' })).json;
      return data.find(({ email }: { email: string }) => email === person.email) as { id: string; secondFactor: boolean };
    };
    const { id, secondFactor } = await memberOf();
    expect(secondFactor).toBe(true);
    const reset = () => t.call(`/v1/members/${id}/second-factor`, { method: 'DELETE', as: 'admin' });
    expect((await reset()).status).toBe(204);
    expect((await t.call('/v1/session', { headers: { cookie: person.cookie } })).status).toBe(401);
    expect((await memberOf()).secondFactor).toBe(false);
    expect((await signIn(person.email)).status).toBe(200);
    expect((await reset()).status).toBe(204);
    expect((await activityOf(person.email)).filter((action) => action === 'member.second_factor_reset')).toHaveLength(1);
  });

  it('no admin resets that of somebody who belongs to other organizations too', async () => {
    const person = await enrolled('shared');
    await t.sql(
      `insert into membership (id, organization_id, user_id, role, suspended_at, created_at)
       select '01930000-0000-7000-8000-00000000beef', $1, id, 'guest', now(), now() from app_user where email = $2`,
      [organizations.other, person.email],
    );
    const { data } = (await t.call('/v1/members?limit=200', { as: 'stranger' })).json;
    const { id } = data.find(({ email }: { email: string }) => email === person.email);
    const answer = await t.call(`/v1/members/${id}/second-factor`, { method: 'DELETE', as: 'stranger' });
    expect(outcome(answer)).toEqual([409, 'illegal_transition']);
    expect(outcome(await signIn(person.email))).toEqual([401, 'second_factor_required']);
  });
});

describe('an organization that requires it of its admins', () => {
  const require = (person: Signed, on: boolean) =>
    person.by('/v1/organization', { method: 'PATCH', body: { policies: { requireSecondFactorForAdmins: on } } });

  it('cannot be made so by an admin without one; then admins without one can do nothing but set it up', async () => {
    const [with_, without, member] = [
      await enrolled('with', 'admin', organizations.other),
      await aPerson('without', 'admin', organizations.other),
      await aPerson('no-admin', 'member', organizations.other),
    ];
    expect(outcome(await require(without, true))).toEqual([403, 'second_factor_enrolment_required']);
    expect((await require(with_, true)).json.policies.requireSecondFactorForAdmins).toBe(true);
    for (const path of ['/v1/members', '/v1/api-keys', '/v1/organization'])
      expect(outcome(await without.by(path))).toEqual([403, 'second_factor_enrolment_required']);
    expect((await without.by('/v1/session')).json.secondFactor).toEqual({ enrolled: false, enrolmentRequired: true });
    expect((await signIn(without.email)).json.secondFactor.enrolmentRequired).toBe(true);
    expect((await member.by('/v1/members')).status).toBe(200);
    expect((await with_.by('/v1/members')).status).toBe(200);
    const { secret } = (await without.by('/v1/me/second-factor', { method: 'POST' })).json;
    await without.by('/v1/me/second-factor/confirm', { body: { code: codeOf(secret) } });
    expect((await without.by('/v1/members')).status).toBe(200);
    expect((await require(without, false)).status).toBe(200);
  });
});
