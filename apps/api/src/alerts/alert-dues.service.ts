/**
 * What is due by the clock: alerts that opened, now or in quiet hours, are told, and those that nobody acknowledges are escalated, once. What is due of one rule at one
 * time is one piece of news: of more than three the first one is told, and how many more there are; and it is escalated in one message. Whoever rules fire for by the
 * thousand writes no thousand mails.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { typeId } from '../platform/ids';
import { hasAlerts } from './alert-plan';
import { AlertTelling, type Reached } from './alert-telling.service';
import { addEvent, getAlert, type AlertEventKind, type AlertRow } from './alerts.queries';
import { MOST_TOLD_APART } from './bounds';

/** Of one rule, at a time. It has no more open ones, unless they are of before there was a bound. */
const AT_ONCE = 1_000;
const MINUTE_MS = 60_000;

type Due = { id: string; state: string; tell_at: Date | null; escalate_at: Date | null };

@Injectable()
export class AlertDues {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly telling: AlertTelling,
  ) {}

  /** Each rule in a transaction of its own. */
  async tell(actor: SystemActor): Promise<void> {
    const rules = await this.tenant.run(actor, async (tx) => {
      if (!(await hasAlerts(tx, actor))) return [];
      return tx.query<{ rule_id: string }[]>(`select distinct rule_id from alert where ${isDue} order by 1`, [actor.organizationId, this.clock.now()]); // prettier-ignore
    });
    for (const { rule_id: ruleId } of rules) await this.tenant.run(actor, (tx) => this.ofRule(tx, actor, ruleId));
  }

  private async ofRule(tx: EntityManager, actor: SystemActor, ruleId: string): Promise<void> {
    const now = this.clock.now();
    const rows = await tx.query<Due[]>(
      `select id, state, tell_at, escalate_at from alert where ${isDue} and rule_id = $3 order by opened_at, minute, id limit ${AT_ONCE} for no key update skip locked`,
      [actor.organizationId, now, ruleId],
    );
    const open = rows.filter(({ state }) => state === 'open');
    const untold = open.filter(({ tell_at: at }) => at !== null && at <= now).map(({ id }) => id);
    const waiting = open.filter(({ id }) => !untold.includes(id)).map(({ id }) => id);
    await tx.query('update alert set tell_at = null, escalate_at = null where organization_id = $1 and id = any($2::uuid[])', [
      actor.organizationId,
      rows.map(({ id }) => id),
    ]);
    if (untold.length > 0) await this.toldNow(tx, actor, untold, now);
    if (waiting.length > 0) await this.escalate(tx, actor, waiting, now);
  }

  /** Told, and from now on somebody has to acknowledge them. */
  private async toldNow(tx: EntityManager, actor: SystemActor, ids: readonly string[], now: Date): Promise<void> {
    const apart = ids.length > MOST_TOLD_APART ? ids.slice(0, 1) : ids;
    const more = ids.length - apart.length;
    const first = await getAlert(tx, actor, ids[0] ?? '');
    const escalateAt = first.escalation === null ? null : new Date(now.getTime() + first.escalation.afterMinutes * MINUTE_MS);
    await tx.query('update alert set told_at = $3, escalate_at = $4 where organization_id = $1 and id = any($2::uuid[])', [
      ...[actor.organizationId, ids, now, escalateAt],
    ]);
    const channelIds = first.channel_ids ?? [];
    if (channelIds.length === 0) return;
    const news = more === 0 ? '' : ` ${more} more of the same rule opened with it.`;
    for (const id of apart) {
      const alert = await getAlert(tx, actor, id);
      const reached = await this.telling.send(tx, actor, 'alert.opened', { alert, channelIds, news });
      await this.heard(tx, actor, alert, { kind: reached.told.length > 0 ? 'told' : 'notTold', at: now, reached, data: { more } });
      if (reached.told.length > 0) await this.with(tx, actor, ids.slice(apart.length), { kind: 'told', at: now, lead: alert });
    }
  }

  private async escalate(tx: EntityManager, actor: SystemActor, ids: readonly string[], now: Date): Promise<void> {
    const lead = { ...(await getAlert(tx, actor, ids[0] ?? '')), escalated_at: now };
    // The rule is gone, or does not escalate any more.
    if (lead.escalation === null) return;
    const { channelIds, mailAdmins } = lead.escalation;
    await tx.query('update alert set escalated_at = $3 where organization_id = $1 and id = any($2::uuid[])', [
      ...[actor.organizationId, ids, now],
    ]);
    const [waited, more] = [Math.round((now.getTime() - (lead.told_at ?? lead.opened_at).getTime()) / MINUTE_MS), ids.length - 1];
    const news = more === 0 ? '' : ` ${more} more of the same rule wait as well.`;
    const all = [...new Set([...(lead.channel_ids ?? []), ...channelIds])];
    const reached = await this.telling.send(tx, actor, 'alert.escalated', { alert: lead, channelIds: all, news });
    if (mailAdmins) await this.telling.mailAdmins(tx, actor, lead, { waitedMinutes: waited, more });
    await this.heard(tx, actor, lead, { kind: 'escalated', at: now, reached, data: { mailAdmins, afterMinutes: waited, more } });
    await this.with(tx, actor, ids.slice(1), { kind: 'escalated', at: now, lead });
  }

  /** By itself: whoever heard of it hears how it goes on. */
  private async heard(
    tx: EntityManager,
    actor: SystemActor,
    { id }: AlertRow,
    { kind, at, reached: { told, off }, data }: { kind: AlertEventKind; at: Date; reached: Reached; data: Record<string, unknown> },
  ): Promise<void> {
    await tx.query(
      `update alert set told_channels = array(select distinct u from unnest(told_channels || $3::uuid[]) u) where organization_id = $1 and id = $2`,
      [actor.organizationId, id, told.map((channel) => channel.id)],
    );
    const names = { channelIds: told.map((channel) => typeId('chn', channel.id)), channels: told.map(({ name }) => name) };
    await addEvent(tx, actor, id, { kind, at, data: { ...names, ...(off.length > 0 && { off: off.map(({ name }) => name) }), ...data } });
  }

  /** What was told of another one says that there are more: these. */
  private async with(
    tx: EntityManager,
    actor: SystemActor,
    ids: readonly string[],
    { kind, at, lead }: { kind: AlertEventKind; at: Date; lead: AlertRow },
  ): Promise<void> {
    for (const id of ids) await addEvent(tx, actor, id, { kind, at, data: { togetherWith: typeId('alr', lead.id) } });
  }
}

/** $1 the organization, $2 now. */
const isDue = 'organization_id = $1 and least(tell_at, escalate_at) <= $2 and (tell_at is not null or escalate_at is not null)';
