/**
 * What is to be told to the channels of an organization, put down in the transaction of what it tells of: nothing is told that did not happen, and
 * nothing happens whose telling is lost. It leaves a moment later (notification-sender.jobs.ts; mail by the outbox of mail), at least once, with the
 * same id however often.
 */
import { Injectable } from '@nestjs/common';
import type { ChannelKind, NotificationData, NotificationEvent } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock';
import { newId, typeId } from '../../platform/ids';
import { Outbox } from '../outbox.service';
import { hasAlerts } from './channel-rows';
import { mailOf } from './payloads';

export type NotificationToSend = {
  organizationId: string;
  event: Exclude<NotificationEvent, 'test'>;
  /** Uuids. One that does not exist any more is passed over. */
  channelIds: readonly string[];
  data: NotificationData;
};
/** To whom it goes, and who is switched off: of those that exist. */
export type SentTo = { told: { id: string; name: string }[]; off: { id: string; name: string }[] };
type Channel = { id: string; name: string; kind: ChannelKind; user_ids: string[] | null; disabled_at: Date | null };
type Made = { organizationId: string; id: string; event: NotificationEvent; data: NotificationData; createdAt: Date };

@Injectable()
export class Notifications {
  constructor(
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** One for each channel. On a plan without alerts nothing; to one that is switched off nothing goes, but it is there to be replayed. */
  async send(tx: EntityManager, { organizationId, event, channelIds, data }: NotificationToSend): Promise<SentTo> {
    if (channelIds.length === 0 || !(await hasAlerts(tx, organizationId))) return { told: [], off: [] };
    const channels = await tx.query<Channel[]>(
      'select id, name, kind, user_ids, disabled_at from channel where organization_id = $1 and id = any($2::uuid[]) order by lower(name) for key share',
      [organizationId, [...new Set(channelIds)]],
    );
    for (const channel of channels) {
      const made = { organizationId, id: newId(), event, data, createdAt: this.clock.now() };
      const mailKey = channel.kind === 'mail' && channel.disabled_at === null ? await this.mail(tx, made, channel.user_ids ?? []) : null;
      await tx.query(
        `insert into notification (organization_id, id, channel_id, event, data, created_at, state, mail_key, next_attempt_at, ended_at, last_error)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $6, $9, $10)`,
        [
          ...[organizationId, made.id, channel.id, event, JSON.stringify(data), made.createdAt],
          ...(channel.disabled_at === null
            ? ['queued', mailKey, null, null]
            : ['skipped', null, made.createdAt, 'the channel was switched off']),
        ],
      );
    }
    const named = (isOff: boolean) => channels.filter((one) => (one.disabled_at !== null) === isOff).map(({ id, name }) => ({ id, name }));
    return { told: named(false), off: named(true) };
  }

  /** Under what the outbox of mail knows it; `turn` tells a replay from what was sent before. */
  async mail(tx: EntityManager, { organizationId, id, event, data, createdAt }: Made, users: readonly string[], turn = 0): Promise<string> {
    const [organization] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
    const told = { id: typeId('ntf', id), event, data, createdAt, organization: organization?.name ?? '' };
    const dedupeKey = `notification:${id}:${turn}`;
    await this.outbox.queue(tx, {
      organizationId,
      to: users.map((userId) => ({ userId })),
      requires: 'channels:read',
      dedupeKey,
      ...mailOf(told),
    });
    return dedupeKey;
  }

  /** For whoever stores ids of channels: those of them that exist. */
  async existing(tx: EntityManager, organizationId: string, channelIds: readonly string[]): Promise<{ id: string; name: string }[]> {
    return tx.query<{ id: string; name: string }[]>(
      'select id, name from channel where organization_id = $1 and id = any($2::uuid[]) order by lower(name)',
      [organizationId, [...channelIds]],
    );
  }
}
