/** One attempt at one notification: what is sent, what came of it, and what that means for the channel. */
import { Injectable } from '@nestjs/common';
import type { ChannelKind, NotificationData, NotificationEvent } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../../activity';
import { Tenant } from '../../database/tenant';
import { systemActor } from '../../platform/actor';
import { Clock } from '../../platform/clock';
import { DeliveryCounts } from '../../platform/delivery-counts';
import { typeId } from '../../platform/ids';
import { Outbound, type OutboundAnswer } from '../../platform/outbound/outbound';
import { Outbox } from '../outbox.service';
import { answerText } from './answer-text';
import { nextAttemptAt } from './back-off';
import { ChannelSecrets } from './channel-secrets.service';
import { secretsOf } from './channel-target';
import { skipQueued } from './channels.service';
import { isTargetKind } from './kinds';
import { pagerDuty, payloadOf } from './payloads';
import { webhookHeaders } from './standard-webhook';

/** Nothing went through for so long, and one has come to its end: then it is switched off. Less than all the pauses between attempts together. */
const LASTING_MS = 20 * 3_600_000;
const GONE = 410;

export type Taken = {
  organization_id: string;
  id: string;
  channel_id: string;
  event: NotificationEvent;
  data: NotificationData;
  created_at: Date;
  /** Since it was queued, this one included; `tries`: ever. */
  attempts: number;
  tries: number;
  organization_name: string;
  kind: ChannelKind;
  name: string;
  target: Buffer | null;
  secret: Buffer | null;
  previous_secret: Buffer | null;
  previous_until: Date | null;
};
export type Ended = {
  at: Date;
  durationMs: number;
  status: number | null;
  error: string | null;
  answer: string;
  retryAfter: string | null;
};

@Injectable()
export class Attempts {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly outbox: Outbox,
    private readonly outbound: Outbound,
    private readonly secrets: ChannelSecrets,
    private readonly clock: Clock,
    private readonly counts: DeliveryCounts,
  ) {}

  async send(taken: Taken): Promise<Ended> {
    const at = this.clock.now();
    const failed = (error: string): Ended => ({ at, durationMs: 0, status: null, error, answer: '', retryAfter: null });
    const opened = await this.secrets.open({ ...taken, id: taken.channel_id }, at);
    if (!isTargetKind(taken.kind) || opened === null)
      return failed('where it leads cannot be read any more: PINEBILL_SECRET is another one than when it was entered. Enter it again.');
    const { target, secrets } = opened;
    const told = {
      id: typeId('ntf', taken.id),
      event: taken.event,
      organization: taken.organization_name,
      createdAt: taken.created_at,
      data: taken.data,
    };
    const body = JSON.stringify(payloadOf(taken.kind, told, target.routingKey));
    const headers = taken.kind === 'webhook' ? webhookHeaders({ id: told.id, at, body }, secrets) : { 'content-type': 'application/json' };
    const answer = await this.outbound.post({ url: target.url, headers, body });
    const hidden = secretsOf(target, [...secrets, ...Object.values(headers).filter((value) => value.startsWith('v1,'))]);
    const ended = endedOf(answer, at, hidden);
    // Nobody is to be paged by a test for longer than it takes.
    if (taken.kind === 'pagerDuty' && taken.event === 'test' && ended.error === null)
      await this.outbound.post({ url: target.url, headers, body: JSON.stringify(pagerDuty(told, target.routingKey ?? '', 'resolve')) });
    return ended;
  }

  /** `once`: a test, which says how it went and is not tried again. */
  async keep(taken: Taken, ended: Ended, { once = false } = {}): Promise<void> {
    const { organization_id: organizationId, id, channel_id: channelId, tries } = taken;
    await this.tenant.run({ organizationId }, async (tx) => {
      const [channel] = await tx.query<{ failing_since: Date | null; disabled_at: Date | null }[]>(
        'select failing_since, disabled_at from channel where organization_id = $1 and id = $2 for no key update',
        [organizationId, channelId],
      );
      // Deleted meanwhile, with all of it.
      if (!channel) return;
      await tx.query(
        `insert into delivery_attempt (organization_id, notification_id, number, at, duration_ms, status, error, answer)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
        [organizationId, id, tries, ended.at, ended.durationMs, ended.status, ended.error, ended.answer],
      );
      if (ended.error === null) await this.delivered(tx, taken);
      else if (once) await this.failTest(tx, taken, ended.error);
      else await this.failed(tx, taken, ended, channel.failing_since ?? ended.at);
    });
  }

  async skip({ organization_id: organizationId, id, kind }: Taken, why: string): Promise<void> {
    this.counts.add(kind, 'skipped');
    await this.tenant.run({ organizationId }, (tx) =>
      tx.query(
        `update notification set state = 'skipped', last_error = $3, ended_at = $4, taken_until = null where organization_id = $1 and id = $2 and state = 'queued'`,
        [organizationId, id, why, this.clock.now()],
      ),
    );
  }

  /** Also by whoever was thought dead: it has arrived. */
  private async delivered(tx: EntityManager, { organization_id, id, channel_id, kind }: Taken): Promise<void> {
    const now = this.clock.now();
    this.counts.add(kind, 'sent');
    await tx.query(
      `update notification set state = 'delivered', ended_at = $3, last_error = null, taken_until = null where organization_id = $1 and id = $2`,
      [organization_id, id, now],
    );
    await tx.query('update channel set delivered_at = $3, failing_since = null, last_error = null where organization_id = $1 and id = $2', [
      organization_id,
      channel_id,
      now,
    ]);
  }

  private async failTest(tx: EntityManager, { organization_id, id, kind }: Taken, error: string): Promise<void> {
    this.counts.add(kind, 'failed');
    await tx.query('update notification set ended_at = $3, last_error = $4 where organization_id = $1 and id = $2', [
      ...[organization_id, id, this.clock.now(), error],
    ]);
  }

  private async fail(tx: EntityManager, { organization_id, id, tries }: Taken, error: string): Promise<void> {
    await tx.query(
      `update notification set state = 'failed', ended_at = $4, last_error = $5, taken_until = null
       where organization_id = $1 and id = $2 and tries = $3 and state = 'queued'`,
      [organization_id, id, tries, this.clock.now(), error],
    );
  }

  private async failed(tx: EntityManager, taken: Taken, { at, status, error, retryAfter }: Ended, failingSince: Date): Promise<void> {
    const { organization_id, id, channel_id, tries, attempts } = taken;
    await tx.query('update channel set failing_since = $3, last_error = $4 where organization_id = $1 and id = $2', [
      ...[organization_id, channel_id, failingSince, error],
    ]);
    const next = status === GONE ? null : nextAttemptAt(attempts, { now: this.clock.now(), retryAfter });
    this.counts.add(taken.kind, next === null ? 'failed' : 'retried');
    if (next === null) await this.fail(tx, taken, error ?? '');
    else
      await tx.query(
        `update notification set next_attempt_at = $4, last_error = $5, taken_until = null
         where organization_id = $1 and id = $2 and tries = $3 and state = 'queued'`,
        [organization_id, id, tries, next, error],
      );
    if (status === GONE) await this.switchOff(tx, taken, 'gone');
    else if (next === null && at.getTime() - failingSince.getTime() >= LASTING_MS) await this.switchOff(tx, taken, 'failing');
  }

  private async switchOff(
    tx: EntityManager,
    { organization_id: organizationId, channel_id: id, name }: Taken,
    why: 'gone' | 'failing',
  ): Promise<void> {
    const now = this.clock.now();
    const [, changed] = await tx.query<[unknown, number]>(
      'update channel set disabled_at = $3, disabled_why = $4 where organization_id = $1 and id = $2 and disabled_at is null',
      [organizationId, id, now, why],
    );
    if (changed === 0) return;
    await skipQueued(tx, organizationId, id, now);
    const actor = systemActor('channels', organizationId);
    await this.activity.record(tx, { actor, action: 'channel.disabled', target: { type: 'channel', id, name }, after: { why } });
    const admins = await tx.query<{ userId: string }[]>(
      `select user_id as "userId" from membership where organization_id = $1 and role = 'admin' and suspended_at is null`,
      [organizationId],
    );
    const because = why === 'gone' ? 'Its receiver answered 410 Gone, which asks for nothing more.' : 'Nothing has gone through for a day.';
    await this.outbox.queue(tx, {
      ...{ organizationId, to: admins, requires: 'channels:write', dedupeKey: `channel.disabled:${id}:${now.getTime()}` },
      subject: `The channel ${name} is switched off`,
      text: [
        `The channel ${name} is switched off: alerts do not reach it any more.`,
        `${because} Correct it, send a test, and switch it on again; what was missed can be replayed one by one.`,
        `${this.outbox.origin}/#/channels/${typeId('chn', id)}`,
      ].join('\n\n'),
    });
  }
}

function endedOf(answer: OutboundAnswer, at: Date, secrets: readonly string[]): Ended {
  const { durationMs } = answer;
  if (answer.kind === 'failed')
    return { at, durationMs, status: null, error: answerText(answer.error, secrets), answer: '', retryAfter: null };
  const { status, retryAfter, body } = answer;
  return { at, durationMs, status, error: errorOf(status), answer: answerText(body, secrets), retryAfter };
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `it answered ${status}: redirects are not followed. Enter where it leads.`;
  return `it answered ${status}`;
}
