/** What is due by the clock: alerts that opened in quiet hours are told, and those that nobody acknowledges are escalated, once. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { typeId } from '../platform/ids';
import { AlertOpenings } from './alert-openings.service';
import { hasAlerts } from './alert-plan';
import { AlertTelling } from './alert-telling.service';
import type { Escalation } from './alert-rule';
import { addEvent, getAlert, type AlertRow } from './alerts.queries';

const AT_ONCE = 200;
const MINUTE_MS = 60_000;

@Injectable()
export class AlertDues {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly openings: AlertOpenings,
    private readonly telling: AlertTelling,
  ) {}

  async tell(actor: SystemActor): Promise<void> {
    await this.tenant.run(actor, async (tx) => {
      if (!(await hasAlerts(tx, actor))) return;
      const now = this.clock.now();
      const rows = await tx.query<{ id: string }[]>(
        `select id from alert where organization_id = $1 and least(tell_at, escalate_at) <= $2 and (tell_at is not null or escalate_at is not null)
         order by least(tell_at, escalate_at), id limit ${AT_ONCE} for no key update skip locked`,
        [actor.organizationId, now],
      );
      for (const { id } of rows) await this.doDue(tx, actor, { id, now });
    });
  }

  private async doDue(tx: EntityManager, actor: SystemActor, { id, now }: { id: string; now: Date }): Promise<void> {
    const alert = await getAlert(tx, actor, id);
    if (alert.state !== 'open') return this.settle(tx, actor, id);
    if (alert.tell_at !== null && alert.tell_at <= now)
      return this.openings.toldNow(tx, actor, { id, isTold: true, more: 0, escalation: alert.escalation?.afterMinutes ?? null });
    // The rule is gone, or does not escalate any more.
    return alert.escalation === null ? this.settle(tx, actor, id) : this.escalate(tx, actor, alert, { now, escalation: alert.escalation });
  }

  private async escalate(
    tx: EntityManager,
    actor: SystemActor,
    alert: AlertRow,
    { now, escalation: { channelIds, mailAdmins } }: { now: Date; escalation: Escalation },
  ): Promise<void> {
    await tx.query('update alert set escalate_at = null, escalated_at = $3 where organization_id = $1 and id = $2', [
      actor.organizationId,
      alert.id,
      now,
    ]);
    const escalated = { ...alert, escalated_at: now };
    const told = [...new Set([...(alert.channel_ids ?? []), ...channelIds])];
    if (told.length > 0) await this.telling.send(tx, actor, 'alert.escalated', { alert: escalated, channelIds: told });
    const waited = Math.round((now.getTime() - (alert.told_at ?? alert.opened_at).getTime()) / MINUTE_MS);
    if (mailAdmins) await this.telling.mailAdmins(tx, actor, escalated, waited);
    const data = { channelIds: told.map((channel) => typeId('chn', channel)), mailAdmins, afterMinutes: waited };
    await addEvent(tx, actor, alert.id, { kind: 'escalated', at: now, data });
  }

  private async settle(tx: EntityManager, { organizationId }: SystemActor, id: string): Promise<void> {
    await tx.query('update alert set tell_at = null, escalate_at = null where organization_id = $1 and id = $2', [organizationId, id]);
  }
}
