/** A forgotten password, with a server for mail and without one. */
import { typeId } from '../platform/ids';
import { MailSender } from '../notifications';
import { startMailServer, type MailServer, type Received } from '../testing/mail-server';
import { organizations, PASSWORD, people, startTestApp, type Answer, type Person, type TestApp } from '../testing/test-app';

let server: MailServer;
/** `t` sends mail, `bare` does not. */
let t: TestApp;
let bare: TestApp;
beforeAll(async () => {
  server = await startMailServer();
  const mail = { smtpUrl: server.url, from: 'PineBill <audit@pinebill.example>' };
  [t, bare] = await Promise.all([
    startTestApp(__filename, {
      mail,
      publicUrl: null,
      host: 'audit.internal',
      port: 3000,
      audit: { mode: 'durable', trustedProxies: ['127.0.0.1/32'], maxJournalBytes: null },
    }),
    startTestApp(`${__filename}.bare`),
  ]);
});
afterAll(async () => {
  await Promise.all([t.close(), bare.close()]);
  await server.close();
});
beforeEach(() => t.sql('truncate throttle'));

/** At once: the timer comes every three seconds. */
const mailTo = async (email: string): Promise<Received> => {
  await t.app.get(MailSender).sendDue();
  return server.next(email);
};
const request = (email: string, { app = t, headers = {} }: { app?: TestApp; headers?: Record<string, string> } = {}): Promise<Answer> =>
  app.call('/v1/password-resets', { body: { email }, headers: { origin: app.url, ...headers } });
const complete = (token: string, password: string, app = t): Promise<Answer> =>
  app.call(`/v1/password-resets/${token}/complete`, { body: { password }, headers: { origin: app.url } });
const signIn = (email: string, password: string, app = t): Promise<Answer> =>
  app.call('/v1/session', { body: { email, password }, headers: { origin: app.url } });
const makeFor = (person: Person, app = bare, as: Person = 'admin'): Promise<Answer> =>
  app.call(`/v1/members/${typeId('mem', people[person].id)}/password-reset`, { as, method: 'POST' });
const tokenOf = (text: string): string => /\/#\/reset-password\/([\w-]{43})\b/.exec(text)?.[1] ?? '';
const entries = (action: string, app = t) =>
  app.sql<Record<string, unknown>>('select * from activity where action = $1 order by id', [action]);

describe('POST /v1/password-resets', () => {
  it('mails a link that works once, ends every session, and opens none', async () => {
    const { email, id } = people.member;
    const session = await t.signIn('member');
    // Whoever asks does not choose where the link leads.
    const asked = await t.call('/v1/password-resets', {
      body: { email: ` ${email.toUpperCase()}` },
      headers: { origin: t.url, 'x-forwarded-host': 'evil.example' },
    });
    expect([asked.status, asked.json]).toEqual([202, { delivery: 'mail' }]);
    const mail = await mailTo(email);
    expect(mail.text).toContain('http://audit.internal:3000/#/reset-password/');
    const token = tokenOf(mail.text);
    expect((await complete(token, 'too short')).json.code).toBe('invalid_field');
    const answers = await Promise.all([complete(token, 'a brand new password'), complete(token, 'another new password')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 410]);
    const won = answers[0].status === 204 ? 'a brand new password' : 'another new password';
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
    expect((await t.call('/v1/session', { headers: { cookie: session } })).status).toBe(401);
    expect([(await signIn(email, PASSWORD)).status, (await signIn(email, won)).status]).toEqual([401, 200]);
    expect((await complete(token, 'yet another password')).json.code).toBe('reset_link_over');
    const target = { target_type: 'user', target_id: id, organization_id: organizations.home, actor_type: 'system', ip: '127.0.0.1' };
    expect([await entries('password.reset_requested'), await entries('password.reset')]).toMatchObject([[target], [target]]);
    expect((await mailTo(email)).subject).toBe('Your password was changed');
    await t.sql(`update app_user set password_hash = (select password_hash from app_user where email = $1) where email = $2`, [
      people.guest.email,
      email,
    ]);
  });

  it('answers an unknown e-mail, a suspended and a homeless account alike, in the same time, and mails nobody', async () => {
    await t.sql(
      `insert into app_user (id, email, name, password_hash, created_at) values (gen_random_uuid(), 'homeless@example.com', 'H', 'x', now())`,
    );
    await t.sql('update membership set suspended_at = now() where user_id = $1', [people.guest.id]);
    const times: number[] = [];
    const answers: Answer[] = [];
    for (const email of [people.stranger.email, people.guest.email, 'homeless@example.com', 'nobody@example.com']) {
      const started = performance.now();
      answers.push(await request(email));
      times.push(performance.now() - started);
    }
    await t.sql('update membership set suspended_at = null where user_id = $1', [people.guest.id]);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(245);
    expect((await mailTo(people.stranger.email)).subject).toBe('Choose a new password');
    expect((await t.sql<{ to_user: string }>(`select to_user from mail_outbox where queued_at > now() - interval '1 minute'`)).map(({ to_user }) => to_user))
      .not.toEqual(expect.arrayContaining([people.guest.id])); // prettier-ignore
    expect(server.received.flatMap(({ to }) => to)).not.toContain('homeless@example.com');
  });

  it('mails one account three times an hour, which nobody can see, and lets one address ask 20 times', async () => {
    const before = await t.sql('select 1 from password_reset where user_id = $1', [people.admin.id]);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => request(people.admin.email, { headers: { 'x-forwarded-for': `192.0.2.${n}` } })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['202 {"delivery":"mail"}']));
    expect((await t.sql('select 1 from password_reset where user_id = $1', [people.admin.id])).length - before.length).toBe(3);
    const many = await Promise.all(
      Array.from({ length: 22 }, (_, n) => request(`${n}@example.com`, { headers: { 'x-forwarded-for': '192.0.2.99' } })),
    );
    expect(many.filter(({ status }) => status === 202)).toHaveLength(20);
    const refused = many.find(({ status }) => status === 429)!;
    expect([refused.json.code, Number(refused.headers.get('retry-after'))]).toEqual(['rate_limited', expect.any(Number)]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(880);
  });

  it('lets who has failed too often in with the new password', async () => {
    const { email } = people.stranger;
    for (let n = 0; n < 10; n++) await signIn(email, 'not the right one');
    expect((await signIn(email, PASSWORD)).status).toBe(429);
    await request(email);
    const [token] = [tokenOf((await mailTo(email)).text)];
    expect((await complete(token, 'a brand new password')).status).toBe(204);
    expect((await signIn(email, 'a brand new password')).status).toBe(200);
  });

  it('keeps the token nowhere: not in the outbox, the table, the activity or the record of its own use', async () => {
    const { email } = people.admin;
    await request(email);
    let token = '';
    while (token === '') token = tokenOf((await mailTo(email)).text);
    expect(token).toHaveLength(43);
    await complete(token, 'short');
    const paths = (): Promise<{ path: string }[]> =>
      t.sql(`select distinct path from audit_record where path like '/v1/password-resets/%' and status = 400`);
    // Records are stored a moment after their answer.
    for (let tries = 0; tries < 100 && (await paths()).length === 0; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await paths()).toEqual([{ path: '/v1/password-resets/[redacted]/complete' }]);
    for (const table of ['password_reset', 'activity', 'audit_record', 'idempotency', "mail_outbox where state <> 'queued'"])
      expect([table, JSON.stringify(await t.sql(`select * from ${table}`)).includes(token)]).toEqual([table, false]);
  });

  it('is over after an hour, after another one was used, and when the person was removed', async () => {
    const { email, id } = people.guest;
    const link = async (): Promise<string> => tokenOf((await makeFor('guest')).json.resetUrl);
    const [old, first, second] = [await link(), await link(), await link()];
    await bare.sql(
      `update password_reset set expires_at = now() where id = (select id from password_reset where user_id = $1 order by created_at limit 1)`,
      [id],
    );
    expect((await complete(old, 'a brand new password', bare)).json.code).toBe('reset_link_over');
    expect((await complete(second, 'a brand new password', bare)).status).toBe(204);
    expect((await complete(first, 'another new password', bare)).json.code).toBe('reset_link_over');
    expect((await signIn(email, 'a brand new password', bare)).status).toBe(200);
    const last = await link();
    await bare.sql('delete from membership where user_id = $1', [id]);
    expect((await complete(last, 'another new password', bare)).json.code).toBe('reset_link_over');
    await bare.sql(`insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $1, 'guest', now())`, [
      id,
      organizations.home,
    ]);
    const absent = await complete('x'.repeat(43), 'a brand new password', bare);
    expect([absent.status, absent.json.code]).toEqual([404, 'resource_not_found']);
  });

  it('says that no mail is sent where there is no server, and leaves an entry for the admin', async () => {
    const answer = await request(people.member.email, { app: bare });
    expect([answer.status, answer.json]).toEqual([202, { delivery: 'none' }]);
    expect(await entries('password.reset_requested', bare)).toMatchObject([{ target_name: people.member.email }]);
    expect(await bare.sql('select 1 from password_reset where user_id = $1', [people.member.id])).toEqual([]);
  });
});

describe('POST /v1/members/{id}/password-reset', () => {
  it('shows the link to the admin where no mail is sent, and once', async () => {
    const call = { as: 'admin', method: 'POST', headers: { 'idempotency-key': 'reset-1' } } as const;
    const path = `/v1/members/${typeId('mem', people.member.id)}/password-reset`;
    const [answer, replay] = [await bare.call(path, call), await bare.call(path, call)];
    expect([answer.status, answer.json]).toEqual([200, { resetUrl: expect.stringContaining(`${bare.url}/#/reset-password/`), mailed: false, expiresAt: expect.any(String) }]); // prettier-ignore
    expect([replay.status, replay.json.resetUrl]).toEqual([200, null]);
    expect((await entries('password.reset_link_made', bare)).slice(-1)).toMatchObject([
      { actor_id: people.admin.id, target_name: people.member.email, after: { mailed: false } },
    ]);
    expect((await complete(tokenOf(answer.json.resetUrl), 'a brand new password', bare)).status).toBe(204);
  });

  it('mails it to the member alone where mail is sent', async () => {
    const answer = await makeFor('guest', t);
    expect([answer.status, answer.json]).toMatchObject([200, { resetUrl: null, mailed: true }]);
    expect(tokenOf((await mailTo(people.guest.email)).text)).toHaveLength(43);
  });

  it('makes none for oneself, somebody suspended, an invitation, nor for a person who belongs elsewhere too, even suspended', async () => {
    const refused = (answer: Answer): void => expect([answer.status, answer.json.code]).toEqual([409, 'illegal_transition']);
    refused(await makeFor('admin'));
    await bare.sql('update membership set suspended_at = now() where user_id = $1', [people.guest.id]);
    refused(await makeFor('guest'));
    await bare.sql(
      `insert into membership (id, organization_id, user_id, role, created_at, suspended_at) values (gen_random_uuid(), $1, $2, 'guest', now(), now())`,
      [organizations.other, people.member.id],
    );
    refused(await makeFor('member'));
    const invited = await bare.call('/v1/members', { as: 'admin', body: { email: 'new@acme.example', name: 'New', role: 'guest' } });
    refused(await bare.call(`/v1/members/${invited.json.id}/password-reset`, { as: 'admin', method: 'POST' }));
  });
});

describe('an invitation', () => {
  const invite = (email: string, app = t): Promise<Answer> =>
    app.call('/v1/members', { as: 'admin', body: { email, name: 'New', role: 'member' } });
  const resend = (id: string, app = t): Promise<Answer> => app.call(`/v1/members/${id}/invitation`, { as: 'admin', method: 'POST' });
  const accept = (url: string, app = t): Promise<Answer> =>
    app.call(`/v1/invitations/${url.split('/').at(-1)!}/accept`, {
      body: { name: 'New', password: 'a brand new password' },
      headers: { origin: app.url },
    });
  const linkIn = (text: string): string => /\S*\/#\/accept-invitation\/\S+/.exec(text)?.[0] ?? '';

  it('is mailed with its link, is sent again with another one that alone works, and says who invites', async () => {
    const invited = await invite('ada@acme.example');
    expect(invited.json).toMatchObject({ mailed: true, invitationUrl: expect.any(String) });
    const first = await mailTo('ada@acme.example');
    expect(first.subject).toBe('A admin invites you to Home on PineBill');
    await t.sql(`update invitation set expires_at = now() where email = 'ada@acme.example'`);
    const again = await resend(invited.json.id);
    expect([again.status, again.json]).toMatchObject([200, { id: invited.json.id, state: 'invited', mailed: true }]);
    const second = await mailTo('ada@acme.example');
    expect((await accept(linkIn(first.text))).status).toBe(404);
    expect((await accept(linkIn(second.text))).status).toBe(200);
    expect((await resend(invited.json.id)).json.code).toBe('illegal_transition');
    expect(await entries('member.invitation_renewed')).toMatchObject([{ actor_id: people.admin.id, target_name: 'ada@acme.example' }]);
  });

  it('that is withdrawn before it was mailed is not mailed any more', async () => {
    server.onRecipient = () => Object.assign(new Error('busy'), { responseCode: 450 });
    const invited = await invite('eve@acme.example');
    await t.call(`/v1/members/${invited.json.id}`, { as: 'admin', method: 'DELETE' });
    server.onRecipient = () => null;
    expect(await t.sql(`select state, body from mail_outbox where to_email = 'eve@acme.example'`)).toEqual([
      { state: 'skipped', body: '' },
    ]);
  });

  it('without a server for mail has a link that is shown, again as well', async () => {
    const invited = await invite('bob@acme.example', bare);
    const again = await resend(invited.json.id, bare);
    expect([invited.json.mailed, again.json.mailed]).toEqual([false, false]);
    expect((await accept(invited.json.invitationUrl, bare)).status).toBe(404);
    expect((await accept(again.json.invitationUrl, bare)).status).toBe(200);
    expect(await bare.sql('select 1 from mail_outbox')).toEqual([]);
  });
});
