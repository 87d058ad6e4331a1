/** Who is told of an alert, and in which words: the channels of its rule, and the admins by mail when nobody sees to it. Queued in the transaction of what they tell of. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Outbox } from '../notifications';
import type { Actor } from '../platform/actor';
import { typeId } from '../platform/ids';
import type { AlertRow } from './alerts.queries';
import { logPath } from './group-filter';

export type AlertEvent = 'alert.opened' | 'alert.acknowledged' | 'alert.resolved' | 'alert.escalated';
type Of = { organizationId: string };
type Told = { channelIds: readonly string[]; more?: number };

@Injectable()
export class AlertTelling {
  constructor(private readonly outbox: Outbox) {}

  /** Throws `resource_not_found` when one of them is not there. */
  requireChannels(_tx: EntityManager, _actor: Actor, _channelIds: readonly string[]): Promise<void> {
    return Promise.resolve();
  }

  /** `more`: so many others of the same rule opened with it, which are not told one by one. */
  async send(_tx: EntityManager, _of: Of, event: AlertEvent, { alert, channelIds, more = 0 }: Told & { alert: AlertRow }): Promise<void> {
    if (channelIds.length === 0) return;
    this.dataOf(alert, { event, more });
    return Promise.resolve();
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
        `The alert "${alert.title}" of severity ${alert.severity} has been open for ${waitedMinutes} minutes, and nobody has acknowledged it.`,
        `It was opened by the rule "${alert.rule_name}".`,
        'Acknowledge it when you see to it; so nobody else has to wonder.',
        this.linkTo(alert),
      ].join('\n\n'),
      dedupeKey: `alert.escalated:${alert.id}`,
    });
  }

  private linkTo = ({ id }: AlertRow): string => `${this.outbox.origin}/#/alerts/${typeId('alr', id)}`;

  /** For people and for machines; never a secret. */
  private dataOf(alert: AlertRow, { event, more }: { event: AlertEvent; more: number }): Record<string, unknown> {
    const { rule, samples } = alert;
    return {
      id: typeId('alr', alert.id),
      event,
      state: alert.state,
      severity: alert.severity,
      title: alert.title,
      rule: { id: typeId('rul', alert.rule_id), name: alert.rule_name, version: alert.rule_version },
      findingId: alert.finding_id === null ? null : typeId('fnd', alert.finding_id),
      seen: { count: Number(alert.count), from: alert.window_from.toISOString(), to: alert.window_to.toISOString(), more },
      normal: rule.kind === 'filter' ? { fewerThan: rule.threshold, withinMinutes: rule.windowMinutes } : (alert.facts?.normal ?? null),
      openedAt: alert.opened_at.toISOString(),
      url: this.linkTo(alert),
      rowsUrl: this.outbox.origin + logPath(alert.filter),
      samples: samples.map((id) => `${this.outbox.origin}/#/audit-logs?open=${typeId('log', id)}`),
    };
  }
}
