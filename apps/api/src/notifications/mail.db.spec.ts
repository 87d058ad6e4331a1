/** Mail from the transaction that tells of it to a real SMTP server, and what may go wrong between. */
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import { Clock } from '../platform/clock';
import { DeliveryCounts } from '../platform/delivery-counts';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { newId, typeId } from '../platform/ids';
import { channelsOf } from '../testing/channels';
import { reply, startMailServer, type MailServer } from '../testing/mail-server';
import { organizations, people, startTestApp, type TestApp } from '../testing/test-app';
import { MailSender } from './mail-sender.jobs';
import { Outbox, type MailToQueue } from './outbox.service';
import { SEND_MS, VERIFY_MS } from './smtp';

const login = { user: 'pinebill', pass: 'p@ss word/%' };
let server: MailServer;
let t: TestApp;
beforeAll(async () => {
  server = await startMailServer({ login });
  t = await startTestApp(__filename, { mail: { smtpUrl: server.url, from: 'PineBill <audit@pinebill.example>' } });
  // Mail goes when a test says so: taken by the timer in between, it is neither due nor sent.
  const timers = t.app.get(SchedulerRegistry);
  for (const name of timers.getIntervals()) timers.deleteInterval(name);
});
afterAll(async () => {
  await t.close();
  await server.close();
});
afterEach(() => {
  server.onRecipient = () => null;
  server.onMessage = () => null;
});

const home = { organizationId: organizations.home };
const queue = (mail: Partial<MailToQueue> & Pick<MailToQueue, 'to'>, after?: (tx: EntityManager) => Promise<void>): Promise<void> =>
  t.app.get(Tenant).run(home, async (tx) => {
    await t.app.get(Outbox).queue(tx, { ...home, requires: null, subject: 'A subject', text: 'A text', ...mail });
    await after?.(tx);
  });
const to = (email: string) => [{ email, name: 'Ada Lovelace' }];
const rowsOf = (subject: string) =>
  t.sql<{ id: string; to_user: string | null; to_email: string | null; state: string; attempts: number; last_error: string; body: string }>(
    'select * from mail_outbox where subject = $1 order by id',
    [subject],
  );
const stateOf = async (subject: string): Promise<string[]> => (await rowsOf(subject)).map(({ state }) => state);
/** All that is due, and what was put back as well: time is moved, not waited for. */
async function send(): Promise<void> {
  await t.sql(`update mail_outbox set next_attempt_at = now() - interval '1 second' where state = 'queued'`);
  await t.app.get(MailSender).sendDue();
}

describe('a mail', () => {
  it('arrives over TLS, signed in, as text and as HTML that loads nothing, and its words are kept no longer', async () => {
    const text = 'Hello Ada,\n\nopen this:\nhttps://audit.example.com/#/x?a=1&b=<2>\n\n<script>alert("ä")</script>';
    await queue({ to: to('ada@acme.example'), subject: 'Línea\r\nBcc: eve@evil.example', text });
    expect(await rowsOf('Línea Bcc: eve@evil.example')).toMatchObject([{ state: 'queued', body: text }]);
    await send();
    const mail = await server.next('ada@acme.example');
    expect(mail).toMatchObject({ to: ['ada@acme.example'], subject: 'Línea Bcc: eve@evil.example', tls: true, user: login.user });
    expect(mail.text).toContain('<script>alert("ä")</script>');
    expect(mail.text).toContain('Sent by PineBill for Home.');
    expect(mail.raw).toMatch(/^From: PineBill <audit@pinebill\.example>\r$/m);
    expect(mail.raw).toMatch(/^To: Ada Lovelace <ada@acme\.example>\r$/m);
    expect(mail.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    const html = mail.raw.slice(mail.raw.search(/content-type: text\/html/i));
    expect(html).toContain('&#60;script&#62;');
    expect(html).not.toMatch(/<(script|img|link|iframe|style)|\bsrc=|url\(|@import/i);
    const [row] = await rowsOf('Línea Bcc: eve@evil.example');
    expect(row).toMatchObject({ state: 'sent', body: '', attempts: 1 });
    expect(mail.messageId).toBe(`${row?.id}@pinebill.example`);
  });

  it('is not there when the transaction that it tells of is undone', async () => {
    const undone = queue({ to: to('ada@acme.example'), subject: 'Undone' }, () => Promise.reject(new Error('undone')));
    await expect(undone).rejects.toThrow('undone');
    expect(await rowsOf('Undone')).toEqual([]);
  });

  it('goes to each recipient once, however often it is queued under the same key, and not after it was withdrawn', async () => {
    const both = [...to('ada@acme.example'), { userId: people.admin.id }];
    for (let times = 0; times < 3; times++) await queue({ to: both, subject: 'Once', dedupeKey: 'once' });
    await queue({ to: to('ada@acme.example'), subject: 'Taken back', dedupeKey: 'taken-back' });
    await t.app.get(Tenant).run({ organizationId: organizations.other }, (tx) => t.app.get(Outbox).withdraw(tx, 'once'));
    await t.app.get(Tenant).run(home, (tx) => t.app.get(Outbox).withdraw(tx, 'taken-back'));
    await send();
    await queue({ to: both, subject: 'Once', dedupeKey: 'once' });
    expect(await stateOf('Once')).toEqual(['sent', 'sent']);
    expect(await rowsOf('Taken back')).toMatchObject([{ state: 'skipped', body: '' }]);
  });

  it('is sent once by several processes that all look for it', async () => {
    const names = Array.from({ length: 25 }, (_, n) => `crowd${n}@acme.example`);
    await queue({ to: names.flatMap(to), subject: 'Crowd' });
    const db = t.app.get(DataSource);
    const senders = [1, 2, 3].map(() => new MailSender(db, new ExclusiveJobs(db), t.app.get(Clock), new DeliveryCounts(), t.config));
    await Promise.all(senders.map((sender) => sender.sendDue()));
    await send();
    expect(server.received.filter(({ subject }) => subject === 'Crowd').flatMap((mail) => mail.to).sort()).toEqual(names.sort()); // prettier-ignore
  });
});

describe('who may read it is asked when it is sent', () => {
  it.each([
    ['has another role by then', `update membership set role = 'guest' where user_id = $1`, 'has no audit:read any more'],
    ['is suspended', `update membership set role = 'member', suspended_at = now() where user_id = $1`, 'no active member any more'],
    ['is removed', `delete from membership where user_id = $1`, 'no active member any more'],
  ])('who %s gets nothing', async (what, sql, reason) => {
    await queue({ to: [{ userId: people.member.id }, { userId: people.admin.id }], requires: 'audit:read', subject: what });
    await t.sql(sql, [people.member.id]);
    await send();
    expect(await rowsOf(what)).toMatchObject([
      { to_user: people.member.id, state: 'skipped', last_error: reason, body: '' },
      { to_user: people.admin.id, state: 'sent' },
    ]);
    expect(server.received.flatMap((mail) => mail.to)).not.toContain(people.member.email);
  });

  it('a person of another organization gets nothing, and an address cannot be asked for a role', async () => {
    await queue({ to: [{ userId: people.stranger.id }], subject: 'Foreign' });
    await send();
    expect(await stateOf('Foreign')).toEqual(['skipped']);
    await expect(queue({ to: to('ada@acme.example'), requires: 'audit:read' })).rejects.toThrow(TypeError);
  });
});

describe('when the server', () => {
  it('refuses an address for good, that mail has failed, and the others went', async () => {
    server.onRecipient = (address) => (address.startsWith('gone') ? reply(550, 'no such user here') : null);
    await queue({ to: ['gone@acme.example', 'here@acme.example'].flatMap(to), subject: 'Gone' });
    await send();
    expect(await rowsOf('Gone')).toMatchObject([
      { to_email: 'gone@acme.example', state: 'failed', last_error: expect.stringContaining('no such user here'), attempts: 1, body: '' },
      { to_email: 'here@acme.example', state: 'sent' },
    ]);
  });

  it('cannot take it now, it is tried again later, and later each time, until it is given up', async () => {
    let busy = true;
    server.onRecipient = (address) => (busy && address.startsWith('busy') ? reply(450, 'mailbox busy') : null);
    await queue({ to: to('busy@acme.example'), subject: 'Busy' });
    await queue({ to: to('busy2@acme.example'), subject: 'Too busy' });
    await send();
    await send();
    const due = await t.sql<{ waits: number }>(
      `select extract(epoch from next_attempt_at - now())::int as waits from mail_outbox where subject = 'Busy' and state = 'queued'`,
    );
    // Longer than sending it may take: nobody takes it meanwhile.
    expect(due[0]?.waits).toBeGreaterThan((SEND_MS + VERIFY_MS) / 1_000);
    await t.sql(`update mail_outbox set attempts = 11 where subject = 'Too busy'`);
    await send();
    expect(await rowsOf('Too busy')).toMatchObject([
      { state: 'failed', attempts: 12, last_error: expect.stringContaining('mailbox busy') },
    ]);
    busy = false;
    await send();
    expect(await rowsOf('Busy')).toMatchObject([{ state: 'sent', attempts: 4 }]);
  });

  it('goes away after it took a mail, the mail comes again with the same Message-ID', async () => {
    let cuts = 1;
    server.onMessage = () => (cuts-- > 0 ? 'cut' : null);
    await queue({ to: to('twice@acme.example'), subject: 'Twice' });
    await send();
    expect(await rowsOf('Twice')).toMatchObject([{ state: 'queued', attempts: 1 }]);
    await send();
    expect(await stateOf('Twice')).toEqual(['sent']);
    const ids = server.received.filter(({ subject }) => subject === 'Twice').map(({ messageId }) => messageId);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });

  it('is killed together with us after a mail was taken from the outbox, nothing is lost', async () => {
    await queue({ to: to('killed@acme.example'), subject: 'Killed' });
    const taken = await t.sql(`select subject from app.mail_take(now())`);
    expect(taken).toEqual([{ subject: 'Killed' }]);
    await send();
    expect(await stateOf('Killed')).toEqual(['sent']);
  });

  it('is not there, or does not let us in, all mail waits and no attempt is counted', async () => {
    await queue({ to: to('wait@acme.example'), subject: 'Wait' });
    const db = t.app.get(DataSource);
    for (const smtpUrl of ['smtp://127.0.0.1:1', server.url.replace('pinebill:', 'pinebill:hunter2-')]) {
      await t.sql(`update mail_outbox set next_attempt_at = now() - interval '1 second' where subject = 'Wait'`);
      const sender = new MailSender(db, new ExclusiveJobs(db), t.app.get(Clock), new DeliveryCounts(), {
        mail: { smtpUrl, from: 'a@b.example' },
      });
      await sender.sendDue();
    }
    const [row] = await rowsOf('Wait');
    expect(row).toMatchObject({ state: 'queued', attempts: 0, last_error: expect.stringMatching(/no such login/) });
    expect(JSON.stringify(row)).not.toContain('hunter2');
    await send();
    expect(await stateOf('Wait')).toEqual(['sent']);
  });
});

it('what is too late is not sent, and what was decided is forgotten after 30 days', async () => {
  await queue({ to: to('late@acme.example'), subject: 'Late', expiresAt: new Date(Date.now() - 1) });
  await queue({ to: to('late@acme.example'), subject: 'Never', expiresAt: new Date(Date.now() + 60_000) });
  // Of an alert: nobody else may have said it.
  await queue({
    to: to('late@acme.example'),
    subject: 'Alert',
    expiresAt: new Date(Date.now() - 1),
    dedupeKey: `notification:${newId()}:0`,
  });
  const counted = () => Object.fromEntries([...t.app.get(DeliveryCounts).all()].filter(({ kind }) => kind === 'mail').map(({ outcome, count }) => [outcome, count])); // prettier-ignore
  const { skipped = 0, failed = 0 } = counted();
  await send();
  expect(await rowsOf('Late')).toMatchObject([{ state: 'skipped', last_error: 'it was too late', body: '' }]);
  expect(await stateOf('Alert')).toEqual(['failed']);
  // As their rows say it.
  expect(counted()).toMatchObject({ skipped: skipped + 1, failed: failed + 1 });
  await t.sql(`update mail_outbox set ended_at = now() - interval '31 days' where subject in ('Late', 'Alert')`);
  await t.app.get(MailSender).tidy();
  expect([await stateOf('Late'), await stateOf('Alert'), await stateOf('Never')]).toEqual([[], [], ['sent']]);
});

describe('POST /v1/system/test-mail', () => {
  const test = (as: 'admin' | 'stranger') => t.call('/v1/system/test-mail', { as, method: 'POST' });

  it('goes to the admin who asks, and the answer is what the server says, in the activity as well', async () => {
    expect(await test('admin')).toMatchObject({ status: 200, json: { sentTo: people.admin.email } });
    expect((await server.next(people.admin.email)).raw).toContain('Subject: ');
    expect(server.received.some(({ subject }) => subject === 'A test mail from PineBill')).toBe(true);
    server.onRecipient = () => reply(553, 'we do not know you');
    const refused = await test('admin');
    expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
      502,
      'mail_not_taken',
      expect.stringContaining('we do not know you'),
    ]);
    const entries = await t.sql(`select after from activity where action = 'mail.tested' order by id`);
    expect(entries.map(({ after }) => (after as { taken: boolean }).taken)).toEqual([true, false]);
    expect((await test('stranger')).json.code).toBe('insufficient_role');
  });

  it('is beside the state of the mail on the System page', async () => {
    const { json } = await t.call('/v1/system', { as: 'admin' });
    expect(json.mail).toMatchObject({ configured: true, queued: 0, failed: 2, lastError: expect.any(String) });
    expect(json.warnings.map(({ code }: { code: string }) => code)).toContain('mail_failed');
  });
});

describe('a channel of mail', () => {
  const { path, post, channel, tell, deliveries } = channelsOf(
    () => t,
    () => '',
  );
  const mailed = async (email: string) => {
    await t.app.get(MailSender).sendDue();
    return server.next(email);
  };
  // Somebody has left above, and not all was read.
  beforeAll(async () => {
    server.received.length = 0;
    await t.sql(
      `insert into membership (id, organization_id, user_id, role, created_at) values (gen_random_uuid(), $1, $2, 'member', now())`,
      [organizations.home, people.member.id],
    );
  });

  it('goes to the people of the channel who are still admins or members, and is tested and replayed like the others', async () => {
    const { id } = await channel({ kind: 'mail', url: undefined, recipients: ['ADMIN@example.com', typeId('usr', people.member.id)] });
    expect((await t.call(path(id), { as: 'admin' })).json).toMatchObject({
      target: null,
      recipients: [{ name: 'A admin' }, { name: 'A member' }],
    });
    expect((await post(path(id, '/test'))).json).toMatchObject({ state: 'delivered' });
    for (const email of ['admin@example.com', 'member@example.com'])
      expect((await mailed(email)).subject).toContain('Test: PineBill reaches');
    await t.sql(`update membership set role = 'guest' where user_id = $1`, [people.member.id]);
    await tell([id]);
    expect((await mailed('admin@example.com')).subject).toBe('Alert, high: Burst of refused requests');
    const [sent] = await deliveries(id);
    expect(sent.state).toBe('delivered');
    expect(sent.attempts).toEqual([expect.objectContaining({ recipient: 'A admin', error: null }), expect.objectContaining({ recipient: 'A member', error: 'has no channels:read any more' })]); // prettier-ignore
    await post(path(id, `/deliveries/${sent.id}/replay`));
    expect((await mailed('admin@example.com')).subject).toBe('Alert, high: Burst of refused requests');
    await t.sql(`update membership set role = 'member' where user_id = $1`, [people.member.id]);
  });

  it('says of its channel what became of the mails, and fails when nothing took them in time', async () => {
    const { id } = await channel({ kind: 'mail', url: undefined, recipients: ['admin@example.com', 'member@example.com'] });
    const view = async () => (await t.call(path(id), { as: 'member' })).json;
    expect(await view()).toMatchObject({ blockedBy: null, deliveredAt: null, failingSince: null });
    server.onRecipient = (address) => (address.startsWith('member') ? reply(550, 'no such mailbox') : null);
    await tell([id]);
    await t.app.get(MailSender).sendDue();
    // Taken for one, refused for the other: both is so.
    const failing = await view();
    expect(failing).toMatchObject({ deliveredAt: expect.any(String), failingSince: expect.any(String), lastError: expect.stringContaining('550') }); // prettier-ignore
    expect((await deliveries(id))[0]).toMatchObject({ state: 'failed' });
    server.onRecipient = () => null;
    await tell([id]);
    await t.app.get(MailSender).sendDue();
    expect(await view()).toMatchObject({ failingSince: null, lastError: null });
    await tell([id]);
    await t.sql(
      `update mail_outbox set expires_at = now() - interval '1 second', last_error = 'connect ECONNREFUSED' where state = 'queued'`,
    );
    // However many there are: some hundreds in a transaction.
    await t.sql(
      `insert into mail_outbox select r.* from mail_outbox m, generate_series(1, 501) n,
         jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'dedupe_key', 'flood:' || n)) r
       where m.id = (select id from mail_outbox where state = 'queued' limit 1)`,
    );
    expect(await t.sql('select mail_expire(now()) as done')).toEqual([{ done: '500' }]);
    await t.app.get(MailSender).tidy();
    expect(await t.sql(`select 1 from mail_outbox where state = 'queued'`)).toEqual([]);
    expect((await deliveries(id))[0]).toMatchObject({ state: 'failed', why: 'it was too late: connect ECONNREFUSED' });
    expect(await view()).toMatchObject({ failingSince: expect.any(String), lastError: 'it was too late: connect ECONNREFUSED' });
  });

  it('that waits goes nowhere once its channel is off or deleted, or the plan has no alerts', async () => {
    const mailChannel = () => channel({ kind: 'mail', url: undefined, recipients: ['admin@example.com'] });
    const [off, deleted, planless] = [await mailChannel(), await mailChannel(), await mailChannel()];
    const outcomes = () => t.sql(`select state, last_error as why, body from mail_outbox where dedupe_key like 'notification:%' order by queued_at, last_error`); // prettier-ignore
    await t.sql('truncate mail_outbox');
    server.received.length = 0;
    for (const { id } of [off, deleted, planless]) await tell([id]);
    await post(path(off.id, '/disable'));
    expect((await deliveries(off.id))[0]).toMatchObject({ state: 'skipped', why: 'the channel was switched off' });
    expect((await t.call(path(deleted.id), { as: 'admin', method: 'DELETE' })).status).toBe(204);
    await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.home]);
    await t.app.get(MailSender).sendDue();
    expect((await t.call(path(planless.id), { as: 'admin' })).json.blockedBy).toBe('plan');
    await t.sql(`update organization set plan = 'enterprise' where id = $1`, [organizations.home]);
    const why = ['the channel was switched off', 'the channel was deleted', 'the plan has no alerts'];
    expect(new Set(await outcomes())).toEqual(new Set(why.map((one) => ({ state: 'skipped', why: one, body: '' }))));
    expect(server.received).toEqual([]);
  });
});
