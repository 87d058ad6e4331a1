/** Who is told of an alert, and in which words: the channels of its rule, and the admins by mail when nobody sees to it. Queued in the transaction of what they tell of. */
import { Injectable } from '@nestjs/common';
import type { NotificationData } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Notifications, Outbox, type NotificationToSend, type SentTo } from '../notifications';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { typeId } from '../platform/ids';
import { channelsOf, type RuleContent } from './alert-rule';
import { callsText, factsText, minutesText } from './alert-title';
import type { AlertRow } from './alerts.queries';
import { logPath } from './group-filter';

type Of = { organizationId: string };
/** `news`: of others of the same rule, which are not told one by one. `by`: who did it; null: the product. */
type Told = { alert: AlertRow; channelIds: readonly string[]; news?: string; by?: string | null };
/** To whom it goes, and who is switched off. One that is gone is neither. */
export type Reached = SentTo;

@Injectable()
export class AlertTelling {
  constructor(
    private readonly notifications: Notifications,
    private readonly outbox: Outbox,
  ) {}

  /** Throws `resource_not_found` when one of them is not there, and says where it stands. `known`: what was named before may be gone. */
  async requireChannels(tx: EntityManager, { organizationId }: Actor, content: RuleContent, known: readonly string[] = []): Promise<void> {
    const wanted = channelsOf(content).filter((id) => !known.includes(id));
    const found = wanted.length === 0 ? [] : await this.notifications.existing(tx, organizationId, [...new Set(wanted)]);
    const missing = wanted.find((id) => !found.some((channel) => channel.id === id));
    if (missing === undefined) return;
    const index = content.channelIds.indexOf(missing);
    const place = index >= 0 ? `channelIds/${index}` : `escalation/channelIds/${(content.escalation?.channelIds ?? []).indexOf(missing)}`;
    throw new AppError('resource_not_found', {
      detail: `What stands at ${place} is no channel of the organization, so nothing was done. Check the id, or leave it out.`,
    });
  }

  send(tx: EntityManager, { organizationId }: Of, event: NotificationToSend['event'], told: Told): Promise<Reached> {
    return this.notifications.send(tx, { organizationId, event, channelIds: told.channelIds, data: this.dataOf(told) });
  }

  async mailAdmins(
    tx: EntityManager,
    { organizationId }: Of,
    alert: AlertRow,
    { waitedMinutes, more }: { waitedMinutes: number; more: number },
  ): Promise<void> {
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
        `It was opened by the rule "${alert.rule_name}".${more === 0 ? '' : ` ${more} more of its alerts wait as well: the inbox shows them.`}`,
        'Acknowledge it when you see to it; so nobody else has to wonder.',
        this.linkTo(alert),
      ].join('\n\n'),
      dedupeKey: `alert.escalated:${alert.id}`,
    });
  }

  private linkTo = ({ id }: AlertRow): string => `${this.outbox.origin}/#/alerts/${typeId('alr', id)}`;

  private dataOf({ alert, news = '', by = null }: Told): NotificationData {
    const { rule, samples, facts } = alert;
    const rows = this.outbox.origin + logPath(alert.filter);
    const limit = rule.threshold === null || rule.windowMinutes === null ? '' : ` So many are too many: ${callsText(rule.threshold)} within ${minutesText(rule.windowMinutes)}.`; // prettier-ignore
    return {
      id: typeId('alr', alert.id),
      severity: alert.severity,
      title: alert.title,
      rule: { id: typeId('rul', alert.rule_id), name: alert.rule_name },
      seen: `${facts === null ? callsText(Number(alert.count)) : factsText(facts.seen)}, from ${utc(alert.window_from)} to ${utc(alert.window_to)}.${limit}${news} Rows: ${rows}`,
      // The threshold of a rule is what somebody chose, and says nothing of what is normal.
      normal: facts === null ? null : factsText(facts.normal) || null,
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
