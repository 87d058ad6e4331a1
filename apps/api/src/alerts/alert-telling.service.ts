/** Who is told of an alert, and in which words: the channels of its rule, and the admins by mail when nobody sees to it. Queued in the transaction of what they tell of. */
import { Injectable } from '@nestjs/common';
import type { NotificationData } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Notifications, Outbox, type NotificationToSend } from '../notifications';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { typeId } from '../platform/ids';
import { callsText, factsText, minutesText } from './alert-title';
import type { AlertRow } from './alerts.queries';
import { logPath } from './group-filter';

type Of = { organizationId: string };
/** `more`: so many others of the same rule opened with it, which are not told one by one. `by`: who did it; null: the product. */
type Told = { alert: AlertRow; channelIds: readonly string[]; more?: number; by?: string | null };

@Injectable()
export class AlertTelling {
  constructor(
    private readonly notifications: Notifications,
    private readonly outbox: Outbox,
  ) {}

  /** Throws `resource_not_found` when one of them is not there. */
  async requireChannels(tx: EntityManager, { organizationId }: Actor, channelIds: readonly string[]): Promise<void> {
    const wanted = new Set(channelIds);
    if (wanted.size === 0 || (await this.notifications.existing(tx, organizationId, [...wanted])).length === wanted.size) return;
    throw new AppError('resource_not_found', {
      detail: 'One of the ids is no channel of the organization, so nothing was done. Check the ids.',
    });
  }

  send(tx: EntityManager, { organizationId }: Of, event: NotificationToSend['event'], told: Told): Promise<void> {
    return this.notifications.send(tx, { organizationId, event, channelIds: told.channelIds, data: this.dataOf(told) });
  }

  async mailAdmins(tx: EntityManager, { organizationId }: Of, alert: AlertRow, waitedMinutes: number): Promise<void> {
    const admins = await tx.query<{ user_id: string }[]>(
      `select user_id from membership where organization_id = $1 and role = 'admin' and suspended_at is null`,
      [organizationId],
    );
    await this.outbox.queue(tx, {
      organizationId,
      to: admins.map(({ user_id: userId }) => ({ userId })),
      requires: 'alerts:write',
      subject: `Nobody sees to it: ${alert.title}`,
      text: [
        `The alert "${alert.title}" of severity ${alert.severity} has been open for ${minutesText(waitedMinutes)}, and nobody has acknowledged it.`,
        `It was opened by the rule "${alert.rule_name}".`,
        'Acknowledge it when you see to it; so nobody else has to wonder.',
        this.linkTo(alert),
      ].join('\n\n'),
      dedupeKey: `alert.escalated:${alert.id}`,
    });
  }

  private linkTo = ({ id }: AlertRow): string => `${this.outbox.origin}/#/alerts/${typeId('alr', id)}`;

  private dataOf({ alert, more = 0, by = null }: Told): NotificationData {
    const { rule, samples, facts } = alert;
    const rows = this.outbox.origin + logPath(alert.filter);
    const others = more === 0 ? '' : ` ${more} more of the same rule opened with it.`;
    const limit = rule.threshold === null || rule.windowMinutes === null ? null : `Fewer than ${callsText(rule.threshold)} within ${minutesText(rule.windowMinutes)}.`; // prettier-ignore
    return {
      id: typeId('alr', alert.id),
      severity: alert.severity,
      title: alert.title,
      rule: { id: typeId('rul', alert.rule_id), name: alert.rule_name },
      seen: `${facts === null ? callsText(Number(alert.count)) : factsText(facts.seen)}, from ${utc(alert.window_from)} to ${utc(alert.window_to)}.${others} Rows: ${rows}`,
      normal: facts === null ? limit : factsText(facts.normal) || null,
      link: this.linkTo(alert),
      samples: samples
        .slice(0, 5)
        .map((id) => ({ id: typeId('log', id), link: `${this.outbox.origin}/#/audit-logs?open=${typeId('log', id)}` })),
      at: alert.opened_at.toISOString(),
      by,
    };
  }
}

const utc = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
