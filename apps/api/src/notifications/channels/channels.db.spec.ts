/** Channels over HTTP and what is delivered to real receivers of ours: signed, once and again, past dead ones, and through the death of a sender. */
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { parseId, typeId } from '../../platform/ids';
import { channelsOf } from '../../testing/channels';
import { startMailServer, type MailServer } from '../../testing/mail-server';
import { anotherProcess, organizations, people, startTestApp, type TestApp } from '../../testing/test-app';
import { ok, startWebhookReceiver, type Received, type WebhookReceiver } from '../../testing/webhook-receiver';
import { MailSender } from '../mail-sender.jobs';
import { NotificationSender } from './notification-sender.jobs';

let receiver: WebhookReceiver;
let received: Received[];
let mail: MailServer;
let t: TestApp;
let at: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  ({ received, url: at } = receiver);
  mail = await startMailServer();
  t = await startTestApp(__filename, { outbound: receiver.outbound, mail: { smtpUrl: mail.url, from: 'audit@example.com' } });
});
afterAll(async () => {
  await t.close();
  await receiver.close();
  await mail.close();
});
beforeEach(async () => {
  receiver.respond = ok;
  await t.sql('delete from channel');
  received.length = 0;
});

const { path, post, channel, data, tell, look, until, deliveries, first, due } = channelsOf(
  () => t,
  () => at,
);
async function mailed(email: string): Promise<{ subject: string; text: string }> {
  const { next } = mail;
  const found = next(email);
  await t.app.get(MailSender).sendDue();
  return found;
}
const activity = async (action: string) => (await t.call(`/v1/activity?action=${action}`, { as: 'admin' })).json.data;

describe('a channel', () => {
  it('shows its secret once, and where it leads masked; neither lies open in the database', async () => {
    const made = await channel({ name: 'On call', url: 'https://hooks.example.com/services/T0/abcdefghijkl' });
    expect(made).toMatchObject({ kind: 'webhook', target: 'https://hooks.example.com/…ijkl', enabled: true, secret: expect.stringMatching(/^whsec_/) }); // prettier-ignore
    const { json } = await t.call(path(made.id), { as: 'member' });
    expect(json).toMatchObject({ name: 'On call', target: 'https://hooks.example.com/…ijkl', createdBy: { name: 'A admin' } });
    const kept = JSON.stringify([json, await t.sql('select * from channel'), await activity('channel.created')]);
    expect(kept).not.toContain('abcdefghijkl');
    expect(kept).not.toContain(made.secret.slice(6));
    expect((await t.call(path(made.id), { as: 'stranger' })).status).toBe(404);
    expect((await t.call('/v1/channels', { as: 'guest' })).status).toBe(403);
  });

  it.each([
    [{ kind: 'webhook', url: 'https://10.0.0.1/x' }, '/url'],
    [{ kind: 'webhook', url: 'https://[::ffff:127.0.0.1]/x' }, '/url'],
    [{ kind: 'webhook', url: 'https://a:b@hooks.example.com/' }, '/url'],
    [{ kind: 'webhook', url: 'https://hooks.example.com:22/' }, '/url'],
    [{ kind: 'slack' }, '/url'],
    [{ kind: 'teams', url: 'https://a.example/', recipients: ['admin@example.com'] }, '/recipients'],
    [{ kind: 'pagerDuty' }, '/routingKey'],
    [{ kind: 'webhook', url: 'https://a.example/', routingKey: 'R0EXAMPLER0EXAMPLE1234' }, '/routingKey'],
    [{ kind: 'mail' }, '/recipients'],
    [{ kind: 'mail', recipients: ['guest@example.com'] }, '/recipients/0'],
    [{ kind: 'mail', recipients: [typeId('usr', people.stranger.id)] }, '/recipients/0'],
  ])('of %j is refused at %s', async (fields, pointer) => {
    const { status, json } = await post('/v1/channels', { name: 'x', ...fields });
    expect([status, json.issues?.[0]?.pointer]).toEqual([400, pointer]);
  });

  it('is changed by what is sent, has a name of its own, and is deleted with its log', async () => {
    const [one, other] = [
      await channel({ name: 'One' }),
      await channel({ kind: 'pagerDuty', url: undefined, routingKey: 'R0EXAMPLER0EXAMPLE1234', name: 'Other' }),
    ];
    const patch = (id: string, body: object) => t.call(path(id), { as: 'admin', method: 'PATCH', body });
    expect((await patch(one.id, { name: 'other' })).json.code).toBe('name_taken');
    expect((await patch(one.id, { name: 'Renamed' })).json).toMatchObject({ name: 'Renamed', target: `${at}/…efgh` });
    expect(
      (await patch(other.id, { url: 'https://events.eu.pagerduty.com/v2/enqueue', routingKey: 'R0EXAMPLER0EXAMPLE5678' })).json.target,
    ).toBe('events.eu.pagerduty.com …5678');
    // The key that is sealed would be sent there.
    expect((await patch(other.id, { url: 'https://thief.example/' })).json.issues[0].pointer).toBe('/routingKey');
    expect((await patch(other.id, { recipients: ['admin@example.com'] })).status).toBe(400);
    await tell([one.id]);
    await first(one.id, 'delivered');
    expect((await t.call(path(one.id), { as: 'admin', method: 'DELETE' })).status).toBe(204);
    expect(await t.sql('select 1 from notification union all select 1 from delivery_attempt')).toEqual([]);
    expect((await t.call(path(one.id), { as: 'admin' })).status).toBe(404);
  });
});

describe('a notification', () => {
  it('arrives signed, with the time and the id that the log shows; of a transaction that is undone there is none', async () => {
    const { id, secret } = await channel();
    await expect(tell([id], data(), () => { throw new Error('undone'); })).rejects.toThrow('undone'); // prettier-ignore
    const what = data();
    await tell([id], what);
    const delivery = await first(id, 'delivered');
    expect(received).toHaveLength(1);
    const [{ headers, body }] = received as [Received];
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
      ...{ type: 'alert.opened', timestamp: delivery.createdAt },
      data: { ...what, organization: 'Home' },
    });
    expect(headers['webhook-id']).toBe(delivery.id);
    expect(delivery.attempts).toEqual([expect.objectContaining({ number: 1, status: 204, error: null })]);
  });

  it('is signed with both secrets for as long as was asked, and then with the new one', async () => {
    const { id, secret } = await channel();
    const rotated = (await post(path(id, '/rotate-secret'), { overlapSeconds: 3_600 })).json;
    expect(rotated.secret).not.toBe(secret);
    const verified = async (): Promise<boolean[]> => {
      received.length = 0;
      await post(path(id, '/test'));
      const [{ headers, body }] = received as [Received];
      return [rotated.secret, secret].map((one: string) => {
        try {
          return Boolean(new Webhook(one).verify(body, headers as Record<string, string>));
        } catch {
          return false;
        }
      });
    };
    expect(await verified()).toEqual([true, true]);
    await t.sql(`update channel set previous_until = now() - interval '1 second'`);
    expect(await verified()).toEqual([true, false]);
  });

  it('is tried again with the same id and words, then has failed; what is answered is kept without secrets', async () => {
    const { id } = await channel();
    receiver.respond = (_, response) => void response.writeHead(503, { 'retry-after': '120' }).end(`no to ${at}/hook-abcdefgh`);
    await tell([id]);
    const waiting = await until(async () => (await deliveries(id)).find((one: { attempts: object[]; why: string | null }) => one.attempts.length === 1 && one.why !== null)); // prettier-ignore
    expect(waiting).toMatchObject({ state: 'queued', why: 'it answered 503', attempts: [{ status: 503, answer: 'no to ***' }] });
    const paused = new Date(waiting.nextAttemptAt).getTime() - new Date(waiting.attempts[0].at).getTime();
    expect(paused).toBeGreaterThanOrEqual(120_000);
    for (let attempt = 2; attempt <= 9; attempt++) {
      await due();
      await until(async () => (await deliveries(id))[0].attempts.length === attempt);
    }
    expect(await first(id, 'failed')).toMatchObject({ nextAttemptAt: null, attempts: { length: 9 } });
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([waiting.id]));
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    // It all went fast here: nothing says that the receiver is gone for good.
    expect((await t.call(path(id), { as: 'admin' })).json).toMatchObject({
      enabled: true,
      failingSince: expect.any(String),
      lastError: 'it answered 503',
    });
    receiver.respond = ok;
    expect((await post(path(id, `/deliveries/${waiting.id}/replay`))).status).toBe(202);
    expect(await first(id, 'delivered')).toMatchObject({ id: waiting.id, attempts: { length: 10 } });
    expect(received.at(-1)?.headers['webhook-id']).toBe(waiting.id);
    expect((await t.call(path(id), { as: 'admin' })).json).toMatchObject({ failingSince: null, lastError: null });
  });

  it('whose sender is killed before it has noted the answer down is sent by another one, with the same id; the late word of the first changes nothing', async () => {
    const { id } = await channel();
    const other = await anotherProcess(t, { outbound: receiver.outbound });
    try {
      let held: ServerResponse | null = null;
      receiver.respond = (_, response) => (held === null ? void (held = response) : ok(received[0]!, response));
      await tell([id]);
      await until(() => held !== null);
      expect(await t.sql('select state from notification where taken_until > now()')).toEqual([{ state: 'queued' }]);
      // The lease of whoever is dead is over; and of eight others, who died in it as well. None of them counts as an attempt that has failed.
      const leaseEnds = () =>
        t.sql(`update notification set taken_until = now() - interval '1 second', next_attempt_at = now() - interval '1 second'`);
      for (let times = 0; times < 8; times++) {
        await leaseEnds();
        await t.sql(`select 1 from notification_take(now(), interval '60 seconds', 4, 8, false)`);
      }
      expect(await t.sql('select attempts, tries from notification')).toEqual([{ attempts: 1, tries: 9 }]);
      await leaseEnds();
      await until(async () => {
        await other.app.get(NotificationSender).look();
        return received.length === 2;
      });
      await first(id, 'delivered');
      (held as unknown as ServerResponse).writeHead(500).end();
      await until(async () => (await deliveries(id))[0].attempts.length === 2);
      expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([
        typeId('ntf', (await oneRow()).id),
        typeId('ntf', (await oneRow()).id),
      ]);
      expect((await deliveries(id))[0]).toMatchObject({ state: 'delivered' });
      await due();
      await look();
      expect(received).toHaveLength(2);
    } finally {
      await other.close();
    }
  });
  const oneRow = async () => (await t.sql<{ id: string; state: string }>('select id, state from notification'))[0]!;

  it('is not held up by a receiver that never answers, which has few places and keeps them', async () => {
    const [slow, quick] = [await channel({ url: `${at}/slow-abcdefgh` }), await channel({ url: `${at}/quick-abcdefgh` })];
    const held: ServerResponse[] = [];
    receiver.respond = (one, response) => (one.path.startsWith('/slow') ? void held.push(response) : ok(one, response));
    for (let n = 0; n < 30; n++) await tell([slow.id]);
    await until(() => held.length === 4);
    for (let n = 0; n < 20; n++) await tell([quick.id]);
    await until(async () => (await deliveries(quick.id)).filter((one: { state: string }) => one.state === 'delivered').length === 20);
    expect(held).toHaveLength(4);
    receiver.respond = ok;
    for (const response of held) response.end();
    await until(async () => (await t.sql(`select 1 from notification where state <> 'delivered'`)).length === 0);
  });
});

describe('places', () => {
  it('are shared out among organizations: one whose many receivers are slow does not keep another one waiting', async () => {
    const held: ServerResponse[] = [];
    receiver.respond = (one, response) => (one.path.startsWith('/slow') ? void held.push(response) : ok(one, response));
    const slow = await Promise.all(Array.from({ length: 7 }, () => channel({ url: `${at}/slow-abcdefgh` })));
    const ids = slow.map(({ id }) => id);
    for (let n = 0; n < 5; n++) await tell(ids);
    await until(() => held.length === 8);
    await t.sql(`update organization set plan = 'enterprise' where id = $1`, [organizations.other]);
    const { json: theirs } = await t.call('/v1/channels', { as: 'stranger', body: { name: 'Theirs', kind: 'webhook', url: `${at}/quick-abcdefgh` } }); // prettier-ignore
    await tell([theirs.id], data(), undefined, organizations.other);
    await until(() => received.some(({ path: where }) => where.startsWith('/quick')));
    expect(held).toHaveLength(8);
    receiver.respond = ok;
    for (const response of held) response.end();
    await until(async () => (await t.sql(`select 1 from notification where state = 'queued'`)).length === 0);
  });

  it('are not hidden by channels that fail, however many of them are due', async () => {
    const { id } = await channel();
    await t.sql(
      `with dead as (
         insert into channel (organization_id, id, name, kind, target, target_shown, secret, created_at, created_by_name, changed_at, failing_since)
         select organization_id, gen_random_uuid(), 'Dead ' || n, kind, target, target_shown, secret, created_at, '', changed_at, created_at
         from channel, generate_series(1, 201) n returning organization_id, id)
       insert into notification (organization_id, id, channel_id, event, data, created_at, next_attempt_at)
       select organization_id, gen_random_uuid(), id, 'test', '{}', now() - interval '1 day', now() - interval '1 hour' from dead`,
    );
    await t.sql(
      `insert into notification (organization_id, id, channel_id, event, data, created_at, next_attempt_at)
       select organization_id, gen_random_uuid(), id, 'test', '{}', now(), now() - interval '1 second' from channel where id = $1`,
      [parseId('chn', id)],
    );
    const rows = await t.sql<{ channel_id: string }>(`select * from notification_take(now(), interval '1 minute', 4, 8, true)`);
    expect(rows.map((row) => row.channel_id)).toEqual([parseId('chn', id)]);
  });
});

it('PagerDuty is not paged for what is resolved: neither late, nor on request, nor past what is on its way', async () => {
  const { id } = await channel({ kind: 'pagerDuty', routingKey: 'R0EXAMPLER0EXAMPLE1234' });
  const actions = () => received.map(({ json }) => (json as unknown as { event_action: string }).event_action);
  let held: ServerResponse | null = null;
  receiver.respond = (_, response) => void (held = response);
  const what = data();
  await tell([id], what);
  await until(() => held !== null);
  await tell([id], what, undefined, organizations.home, 'alert.resolved');
  await look();
  // It would overtake what is on its way.
  expect(actions()).toEqual(['trigger']);
  receiver.respond = ok;
  (held as unknown as ServerResponse).writeHead(503).end();
  await until(() => received.length === 2);
  await due();
  const late = await first(id, 'skipped');
  expect([late.event, late.why]).toEqual(['alert.opened', 'the alert was resolved meanwhile']);
  expect((await post(path(id, `/deliveries/${late.id}/replay`))).json).toMatchObject({ code: 'illegal_transition', detail: expect.stringContaining('resolved since') }); // prettier-ignore
  await first(id, 'delivered');
  expect(actions()).toEqual(['trigger', 'resolve']);
});

describe('a channel that does not work', () => {
  it('is switched off when nothing went through for a day; admins are told, what waits is skipped, and it can be switched on and replayed', async () => {
    const { id } = await channel({ name: 'Dead' });
    receiver.respond = (_, response) => void response.writeHead(500).end();
    await tell([id]);
    await until(async () => (await deliveries(id))[0]?.attempts.length === 1);
    await tell([id]);
    await until(async () => (await deliveries(id))[0]?.attempts.length === 1);
    await t.sql(`update channel set failing_since = now() - interval '23 hours'`);
    await t.sql(
      `update notification set attempts = 8, next_attempt_at = now() - interval '1 second' where id = (select id from notification order by id limit 1)`,
    );
    const off = await until(async () => {
      const { json } = await t.call(path(id), { as: 'member' });
      return !json.enabled && json;
    });
    expect(off).toMatchObject({ disabledWhy: 'failing', lastError: 'it answered 500' });
    expect((await deliveries(id)).map(({ state }: { state: string }) => state)).toEqual(['skipped', 'failed']);
    expect((await mailed('admin@example.com')).text).toContain('The channel Dead is switched off');
    expect((await activity('channel.disabled'))[0]).toMatchObject({ actor: { type: 'system' }, after: { why: 'failing' } });
    await tell([id]);
    const missed = (await deliveries(id))[0];
    expect(missed).toMatchObject({ state: 'skipped', why: 'the channel was switched off' });
    const replay = () => post(path(id, `/deliveries/${missed.id}/replay`));
    expect((await replay()).json.code).toBe('illegal_transition');
    receiver.respond = ok;
    expect((await post(path(id, '/enable'))).json).toMatchObject({ enabled: true, failingSince: null });
    expect((await replay()).status).toBe(202);
    expect((await first(id, 'delivered')).id).toBe(missed.id);
  });

  it('is switched off at once by 410 Gone', async () => {
    const { id } = await channel();
    receiver.respond = (_, response) => void response.writeHead(410).end();
    await tell([id]);
    await until(async () => !(await t.call(path(id), { as: 'admin' })).json.enabled);
    expect((await t.call(path(id), { as: 'admin' })).json.disabledWhy).toBe('gone');
    expect((await mailed('admin@example.com')).text).toContain('410 Gone');
  });

  it('says at once what a test comes to, and is tested while it is off', async () => {
    const { id } = await channel();
    await post(path(id, '/disable'));
    expect((await post(path(id, '/test'))).json).toMatchObject({ event: 'test', state: 'delivered', attempts: [{ status: 204 }] });
    receiver.respond = (_, response) => void response.writeHead(302, { location: 'https://elsewhere.example/' }).end('moved');
    expect((await post(path(id, '/test'))).json).toMatchObject({
      state: 'failed',
      nextAttemptAt: null,
      attempts: [{ status: 302, answer: 'moved' }],
    });
    const dead = await channel({ url: 'https://127.0.0.1/' });
    expect((await post(path(dead.id, '/test'))).json).toMatchObject({
      state: 'failed',
      attempts: [{ status: null, error: expect.any(String) }],
    });
    await look();
    expect((await t.call(path(dead.id), { as: 'admin' })).json).toMatchObject({ enabled: true, failingSince: null });
  });
});

it('is for plans with alerts: on another one what there is can be read, switched off and deleted, and nothing is sent', async () => {
  const { id } = await channel();
  await tell([id]);
  const sent = await first(id, 'delivered');
  await tell([id]);
  await t.sql(`update organization set plan = 'starter'`);
  try {
    const refused = [
      await post('/v1/channels', { name: 'x', kind: 'webhook', url: 'https://a.example/' }),
      await t.call(path(id), { as: 'admin', method: 'PATCH', body: { name: 'x' } }),
      ...(await Promise.all(['/test', '/rotate-secret', '/enable', `/deliveries/${sent.id}/replay`].map((rest) => post(path(id, rest))))),
    ];
    expect(refused.map(({ status, json }) => [status, json.code])).toEqual(Array(6).fill([403, 'plan_required']));
    const before = (await deliveries(id)).length;
    await tell([id]);
    expect(await deliveries(id)).toHaveLength(before);
    // What was queued before is not sent either, unless it was on its way already.
    await until(async () => (await deliveries(id)).every(({ state }: { state: string }) => state !== 'queued'));
    expect((await post(path(id, '/disable'))).json.enabled).toBe(false);
    expect((await t.call(path(id), { as: 'admin', method: 'DELETE' })).status).toBe(204);
  } finally {
    await t.sql(`update organization set plan = 'enterprise'`);
  }
});

it('is counted for whoever runs PineBill, by kind and not by organization', async () => {
  const { id } = await channel();
  await tell([id]);
  await first(id, 'delivered');
  receiver.respond = (_, response) => void response.writeHead(503).end();
  await tell([id]);
  await until(async () => (await deliveries(id))[0].attempts.length === 1);
  const { body: text } = await t.app.inject('/metrics');
  const value = (series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  expect(value('pinebill_deliveries_total{kind="webhook",outcome="sent"}')).toBeGreaterThan(0);
  expect(value('pinebill_deliveries_total{kind="webhook",outcome="retried"}')).toBeGreaterThan(0);
  expect(value('pinebill_deliveries_total{kind="mail",outcome="sent"}')).toBeGreaterThan(0);
  expect(value('pinebill_deliveries_waiting{kind="webhook"}')).toBe(1);
  expect(value('pinebill_deliveries_oldest_waiting_seconds{kind="webhook"}')).toBeGreaterThan(0);
});

it('forgets after 30 days what has ended', async () => {
  const { id } = await channel();
  await tell([id]);
  await first(id, 'delivered');
  await tell([id]);
  await first(id, 'delivered');
  await t.sql(`update notification set created_at = now() - interval '31 days' where id = (select min(id::text)::uuid from notification)`);
  await t.app.get(NotificationSender).tidy();
  expect(await deliveries(id)).toHaveLength(1);
});
