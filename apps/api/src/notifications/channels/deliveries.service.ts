/** The log of what was delivered to a channel; again, on request; and a test, whose result comes with the answer. */
import { Inject, Injectable } from '@nestjs/common';
import type { NotificationData } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../../activity';
import { APP_CONFIG, type AppConfig } from '../../config';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Clock } from '../../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../../platform/cursor';
import { newId, requireId, typeId } from '../../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../../platform/query';
import { withFooter } from '../mail-text';
import { Outbox } from '../outbox.service';
import { SmtpServer } from '../smtp';
import { Attempts, type Ended, type Taken } from './attempt.service';
import { oneChannel, requireAlerts, type ChannelRow } from './channel-rows';
import type { DeliveryPage, DeliveryView } from './channels.dto';
import { deliveryColumns, toDeliveryViews, type DeliveryRow } from './delivery-rows';
import { Notifications } from './notifications.service';
import { mailOf } from './payloads';

/** Somebody waits for it. */
const TEST_MAIL_MS = 15_000;
const MOST_TOLD = 200;

type Test = { channel: ChannelRow; taken: Taken };

@Injectable()
export class DeliveriesService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly attempts: Attempts,
    private readonly notifications: Notifications,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mail'>,
  ) {}

  list(actor: Actor, text: string, parameters: unknown): Promise<DeliveryPage> {
    const [channel, query] = [requireId('chn', text), readQuery(parameters, ['limit', 'cursor', 'order'])];
    const { organizationId } = actor;
    const [limit, order] = [readLimit(query), readOrder(query)];
    const binding: CursorBinding = { list: 'channel-deliveries', organizationId, order, filter: { channel } };
    const cursor = readText(query, 'cursor');
    return this.tenant.run(actor, async (tx) => {
      await oneChannel(tx, actor, channel);
      const after = cursor === null ? null : decodeCursor(cursor, binding);
      const rows = await tx.query<DeliveryRow[]>(
        `select ${deliveryColumns} from notification where organization_id = $1 and channel_id = $2
           and ($3::timestamptz is null or (created_at, id) ${order === 'desc' ? '<' : '>'} ($3, $4::uuid))
         order by created_at ${order}, id ${order} limit $5`,
        [organizationId, channel, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      const views = new Map((await toDeliveryViews(tx, organizationId, rows)).map((view, index) => [rows[index]?.id, view]));
      return pageOf(rows, limit, {
        binding,
        at: ({ created_at: at, id }) => ({ at, id }),
        view: ({ id }) => views.get(id) as DeliveryView,
      });
    });
  }

  /** The same notification, with its id, from the first pause on. */
  replay(actor: Actor, text: string, deliveryId: string): Promise<DeliveryView> {
    const [channelId, id, now] = [requireId('chn', text), requireId('ntf', deliveryId), this.clock.now()];
    return this.tenant.run(actor, async (tx) => {
      const channel = await oneChannel(tx, actor, channelId, 'for update');
      const row = await oneDelivery(tx, actor, channelId, id);
      await requireAlerts(tx, actor);
      requireReplayable(channel, row, now);
      if (channel.kind === 'pagerDuty' && row.event !== 'alert.resolved') await requireUnresolved(tx, actor, row);
      const mailKey = channel.kind === 'mail' ? await this.mailAgain(tx, actor, channel, row) : null;
      await tx.query(
        `update notification set state = 'queued', attempts = 0, next_attempt_at = $3, taken_until = null, ended_at = null, last_error = null, mail_key = $4
         where organization_id = $1 and id = $2`,
        [actor.organizationId, id, now, mailKey],
      );
      await this.activity.record(tx, {
        ...{ actor, action: 'channel.delivery_replayed', target: { type: 'channel', id: channelId, name: channel.name } },
        after: { delivery: typeId('ntf', id), event: row.event },
      });
      const [view] = await toDeliveryViews(tx, actor.organizationId, [await oneDelivery(tx, actor, channelId, id)]);
      return view as DeliveryView;
    });
  }

  /** Past the queue, and whether the channel is on or off. */
  async test(actor: Actor, text: string): Promise<DeliveryView> {
    const id = requireId('chn', text);
    const test = await this.tenant.run(actor, (tx) => this.begin(tx, actor, id));
    const ended = test.channel.kind === 'mail' ? await this.mailNow(actor, test) : await this.attempts.send(test.taken);
    await this.attempts.keep(test.taken, ended, { once: true });
    return this.tenant.run(actor, async (tx) => {
      const [view] = await toDeliveryViews(tx, actor.organizationId, [await oneDelivery(tx, actor, id, test.taken.id)]);
      return view as DeliveryView;
    });
  }

  /** Written down before it is sent, as failed: what is left of it after a kill is not tried again. */
  private async begin(tx: EntityManager, actor: Actor, id: string): Promise<Test> {
    const [{ organizationId }, now, notificationId] = [actor, this.clock.now(), newId()];
    const channel = await oneChannel(tx, actor, id);
    await requireAlerts(tx, actor);
    if (channel.kind === 'mail' && this.config.mail === null)
      throw new AppError('mail_not_configured', {
        detail: 'No mail is sent: PINEBILL_SMTP_URL is not set. Whoever runs PineBill sets it.',
      });
    const [organization] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
    const data = testData(channel, { id: notificationId, by: actor.name, link: this.outbox.origin, now });
    await tx.query(
      `insert into notification (organization_id, id, channel_id, event, data, created_at, state, attempts, tries, next_attempt_at, ended_at, last_error)
       values ($1, $2, $3, 'test', $4, $5, 'failed', 1, 1, $5, $5, 'the test came to no end')`,
      [organizationId, notificationId, id, JSON.stringify(data), now],
    );
    await this.activity.record(tx, { actor, action: 'channel.tested', target: { type: 'channel', id, name: channel.name } });
    const of = { organization_id: organizationId, id: notificationId, channel_id: id, organization_name: organization?.name ?? '' };
    return { channel, taken: { ...channel, ...of, event: 'test', data, created_at: now, attempts: 1, tries: 1 } };
  }

  /** To all of them; one that is not taken is said by name. */
  private async mailNow(actor: Actor, { channel, taken }: Test): Promise<Ended> {
    const [at, startedAt] = [this.clock.now(), performance.now()];
    const people = await this.tenant.run(actor, (tx) =>
      tx.query<{ name: string; email: string }[]>(
        `select u.name, u.email from membership m join app_user u on u.id = m.user_id
         where m.organization_id = $1 and m.user_id = any($2::uuid[]) and m.suspended_at is null and m.role in ('admin', 'member')`,
        [actor.organizationId, channel.user_ids ?? []],
      ),
    );
    const { mail } = this.config;
    const told = {
      id: typeId('ntf', taken.id),
      event: taken.event,
      organization: taken.organization_name,
      createdAt: at,
      data: taken.data,
    };
    const { subject, text } = mailOf(told);
    const failures = await Promise.all(
      people.map(async (to, index) => {
        const message = { id: `${taken.id}.${index}`, to, subject, text: withFooter(text, taken.organization_name), at };
        const failure = mail === null ? null : await new SmtpServer(mail, TEST_MAIL_MS).send(message);
        return failure === null ? [] : [`${to.name}: ${failure.error}`];
      }),
    );
    const error =
      people.length === 0 ? 'nobody of its recipients is an admin or a member any more' : failures.flat().join('; ').slice(0, MOST_TOLD);
    const answer = error === '' ? `Taken for ${people.map(({ name }) => name).join(', ')}`.slice(0, MOST_TOLD) : '';
    return {
      at,
      durationMs: Math.round(performance.now() - startedAt),
      status: null,
      error: error === '' ? null : error,
      answer,
      retryAfter: null,
    };
  }

  private async mailAgain(tx: EntityManager, { organizationId }: Actor, channel: ChannelRow, row: DeliveryRow): Promise<string> {
    if (row.mail_key !== null) await this.outbox.withdraw(tx, row.mail_key);
    const turn = Number(row.mail_key?.split(':')[2] ?? -1) + 1;
    const made = { organizationId, id: row.id, event: row.event, data: row.data, createdAt: row.created_at };
    return this.notifications.mail(tx, made, channel.user_ids ?? [], turn);
  }
}

async function oneDelivery(tx: EntityManager, { organizationId }: Actor, channelId: string, id: string): Promise<DeliveryRow> {
  const [row] = await tx.query<DeliveryRow[]>(
    `select ${deliveryColumns} from notification where organization_id = $1 and channel_id = $2 and id = $3`,
    [organizationId, channelId, id],
  );
  if (!row) throw new AppError('resource_not_found', { detail: 'The channel has no delivery with this id. They are kept for 30 days.' });
  return row;
}

function requireReplayable(channel: ChannelRow, row: DeliveryRow, now: Date): void {
  if (channel.disabled_at !== null)
    throw new AppError('illegal_transition', { detail: 'The channel is switched off. Switch it on, then replay.' });
  if (row.event === 'test') throw new AppError('illegal_transition', { detail: 'A test is not replayed. Send another one.' });
  if (row.state === 'queued' && row.taken_until !== null && row.taken_until > now)
    throw new AppError('illegal_transition', { detail: 'It is being sent right now. Look again in a moment.' });
}

/** PagerDuty would page for it anew, and nothing would resolve that. */
async function requireUnresolved(tx: EntityManager, { organizationId }: Actor, { id, data }: DeliveryRow): Promise<void> {
  const [resolved] = await tx.query<unknown[]>(
    `select 1 from notification one join notification later on later.organization_id = one.organization_id and later.channel_id = one.channel_id
       and later.event = 'alert.resolved' and later.created_at >= one.created_at and later.data ->> 'id' = $3
     where one.organization_id = $1 and one.id = $2 limit 1`,
    [organizationId, id, data.id],
  );
  if (resolved !== undefined)
    throw new AppError('illegal_transition', {
      detail: 'The alert was resolved since. PagerDuty would page for it again, and nothing would resolve that.',
    });
}

const testData = ({ name }: ChannelRow, { id, by, link, now }: { id: string; by: string; link: string; now: Date }): NotificationData => ({
  id: typeId('ntf', id),
  severity: 'low',
  title: `PineBill reaches the channel ${name}`,
  rule: null,
  seen: `${by} has sent this test. Nothing has happened, and nothing has to be done.`,
  normal: null,
  link: `${link}/#/channels`,
  samples: [],
  at: now.toISOString(),
  by: null,
});
