/** The inbox: alerts are acknowledged, given to somebody, resolved, and become incidents. */
import { Injectable } from '@nestjs/common';
import type { AlertState } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { AuditLogsService, logViewOf } from '../audit-logs';
import { Tenant } from '../database/tenant';
import { getFinding } from '../detections';
import { Incidents } from '../incident-response';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf } from '../platform/cursor';
import { parseId, requireId, typeId } from '../platform/ids';
import { readQuery } from '../platform/query';
import { invalidFields } from '../platform/validation';
import { samplesOf } from './alert-openings.service';
import { AlertTelling } from './alert-telling.service';
import { toAlertView, toEventView, groupingOf } from './alert-view';
import { alertParameters, pageOfAlerts, readAlertList } from './alerts-list';
import type { AlertDetail, AlertPage, AssignAlert, ResolveAlert } from './alerts.dto';
import { addEvent, eventsOf, getAlert, isAboutStranger, noSuchAlert, type AlertFacts, type AlertRow } from './alerts.queries';
import { linkAlerts } from './finding-alerts.service';

@Injectable()
export class AlertInbox {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly telling: AlertTelling,
    private readonly incidents: Incidents,
    private readonly logs: AuditLogsService,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<AlertPage> {
    const asked = readAlertList(readQuery(parameters, alertParameters), actor);
    const after = asked.cursor === null ? null : decodeCursor(asked.cursor, asked.binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await pageOfAlerts(tx, actor, { ...asked, after, hidesStrangers: await this.hidesStrangers(tx, actor) });
      const names = await keyNamesOf(tx, actor, rows);
      return pageOf(rows, asked.limit, {
        binding: asked.binding,
        at: (row) => ({ at: row.opened_at, id: row.id }),
        view: (row) => toAlertView(row, names),
      });
    });
  }

  get(actor: Actor, id: string): Promise<AlertDetail> {
    return this.tenant.run(actor, (tx) => this.detail(tx, actor, requireId('alr', id)));
  }

  /** Nobody is told any more, and it is not escalated. Twice is once. */
  acknowledge(actor: Actor, id: string): Promise<AlertDetail> {
    return this.change(actor, id, async (tx, alert) => {
      if (alert.state === 'acknowledged') return;
      refuseResolved(alert);
      const now = this.clock.now();
      await tx.query(
        `update alert set state = 'acknowledged', acknowledged_at = $3, acknowledged_by = $4, acknowledged_by_name = $5, tell_at = null, escalate_at = null
         where organization_id = $1 and id = $2`,
        [actor.organizationId, alert.id, now, actor.id, actor.name],
      );
      await addEvent(tx, actor, alert.id, { kind: 'acknowledged', at: now });
      await this.record(tx, actor, alert, { action: 'alert.acknowledged', before: alert.state, after: 'acknowledged' });
      await this.tellOthers(tx, actor, alert, 'alert.acknowledged');
    });
  }

  resolve(actor: Actor, id: string, { resolution }: ResolveAlert): Promise<AlertDetail> {
    return this.change(actor, id, async (tx, alert) => {
      refuseResolved(alert);
      const [now, said] = [this.clock.now(), resolution?.trim() ?? null];
      await tx.query(
        `update alert set state = 'resolved', resolved_at = $3, resolved_by = $4, resolved_by_name = $5, resolution = $6, tell_at = null, escalate_at = null
         where organization_id = $1 and id = $2`,
        [actor.organizationId, alert.id, now, actor.id, actor.name, said],
      );
      await addEvent(tx, actor, alert.id, { kind: 'resolved', at: now, data: { resolution: said } });
      await this.record(tx, actor, alert, { action: 'alert.resolved', before: alert.state, after: 'resolved', resolution: said });
      await this.tellOthers(tx, actor, alert, 'alert.resolved');
    });
  }

  assign(actor: Actor, id: string, { assigneeId }: AssignAlert): Promise<AlertDetail> {
    return this.change(actor, id, async (tx, alert) => {
      refuseResolved(alert);
      const assignee = assigneeId === null ? null : await readerOf(tx, actor, assigneeId);
      if (assignee?.id === (alert.assignee_id ?? undefined)) return;
      await tx.query('update alert set assignee_id = $3 where organization_id = $1 and id = $2', [
        actor.organizationId,
        alert.id,
        assignee?.id ?? null,
      ]);
      const names = { before: alert.assignee_name, after: assignee?.name ?? null };
      await addEvent(tx, actor, alert.id, { kind: 'assigned', at: this.clock.now(), data: { name: names.after } });
      await this.activity.record(tx, {
        ...{ actor, action: 'alert.assigned', target: targetOf(alert) },
        ...{ before: { assignee: names.before }, after: { assignee: names.after } },
      });
    });
  }

  /** With what the alert is about and some of its rows. An alert has one incident, and it is that of its finding. */
  openIncident(actor: Actor, id: string): Promise<AlertDetail> {
    const uuid = requireId('alr', id);
    return this.tenant.run(actor, async (tx) => {
      const { finding_id: findingId } = await getAlert(tx, actor, uuid);
      // The finding first, as detection locks them.
      const finding = findingId === null ? null : await getFinding(tx, actor, findingId, 'lock');
      const alert = await getAlert(tx, actor, uuid, 'lock');
      const known = alert.incident_id ?? finding?.incident_id ?? null;
      if (known !== null)
        throw new AppError('illegal_transition', {
          detail: `The incident ${typeId('inc', known)} was opened from this ${alert.incident_id === null ? 'finding' : 'alert'} already. Go on there.`,
        });
      const incident = await this.incidents.openWithin(tx, actor, {
        ...{ title: alert.title, severity: alert.severity, ...(await subjectsOf(tx, actor, alert)) },
        logIds: await this.evidenceOf(tx, actor, alert),
        from: { kind: 'alert', references: [alert.id] },
      });
      const [at, data] = [this.clock.now(), { incidentId: typeId('inc', incident.id), number: incident.number }];
      await tx.query('update alert set incident_id = $3 where organization_id = $1 and id = $2', [actor.organizationId, uuid, incident.id]);
      await addEvent(tx, actor, uuid, { kind: 'incidentOpened', at, data });
      await this.activity.record(tx, { actor, action: 'alert.incident_opened', target: targetOf(alert), after: data });
      if (findingId !== null) {
        await tx.query('update finding set incident_id = $3 where organization_id = $1 and id = $2', [actor.organizationId, findingId, incident.id]); // prettier-ignore
        await linkAlerts(tx, actor, { findingId, incident, at });
      }
      return this.detail(tx, actor, uuid);
    });
  }

  /** What retention has taken, or is not for this reader, is no evidence. One of a flood has none of its own yet. */
  private async evidenceOf(tx: EntityManager, actor: Actor, { samples, filter }: AlertRow): Promise<string[]> {
    const ids = samples.length > 0 ? samples : await samplesOf(tx, actor, filter);
    return (await this.logs.shownOf(tx, actor, ids)).map(({ shown }) => requireId('log', shown.id));
  }

  private change(actor: Actor, id: string, work: (tx: EntityManager, alert: AlertRow) => Promise<void>): Promise<AlertDetail> {
    const uuid = requireId('alr', id);
    return this.tenant.run(actor, async (tx) => {
      await work(tx, await getAlert(tx, actor, uuid, 'lock'));
      return this.detail(tx, actor, uuid);
    });
  }

  private async detail(tx: EntityManager, actor: Actor, uuid: string): Promise<AlertDetail> {
    const row = await getAlert(tx, actor, uuid);
    if (isAboutStranger(row) && (await this.hidesStrangers(tx, actor))) throw noSuchAlert();
    return Object.assign(toAlertView(row, await keyNamesOf(tx, actor, [row])), {
      events: (await eventsOf(tx, actor, uuid)).map(toEventView),
    });
  }

  /** Callers who are nobody's are kept from this reader, as their requests are. */
  private async hidesStrangers(tx: EntityManager, actor: Actor): Promise<boolean> {
    return (await logViewOf(tx, actor, this.clock.now())).hidesAnonymousFrom(actor);
  }

  private record(
    tx: EntityManager,
    actor: Actor,
    alert: AlertRow,
    { action, before, after, ...more }: { action: string; before: AlertState; after: AlertState; resolution?: string | null },
  ): Promise<void> {
    return this.activity.record(tx, {
      actor,
      action,
      target: targetOf(alert),
      before: { state: before },
      after: { state: after, ...more },
    });
  }

  /** Those who were told that it is open. */
  private async tellOthers(
    tx: EntityManager,
    actor: Actor,
    alert: AlertRow,
    event: 'alert.acknowledged' | 'alert.resolved',
  ): Promise<void> {
    if (alert.told_channels.length === 0) return;
    await this.telling.send(tx, actor, event, {
      alert: await getAlert(tx, actor, alert.id),
      channelIds: alert.told_channels,
      by: actor.name,
    });
  }
}

const targetOf = ({ id, title }: AlertRow) => ({ type: 'alert', id, name: title }) as const;

function refuseResolved({ state }: AlertRow): void {
  if (state === 'resolved')
    throw new AppError('illegal_transition', { detail: 'The alert is resolved. When it happens again, the rule opens another one.' });
}

/** Whoever may read alerts. */
async function readerOf(tx: EntityManager, { organizationId }: Actor, id: string): Promise<{ id: string; name: string }> {
  const uuid = parseId('usr', id);
  const [row] =
    uuid === null
      ? []
      : await tx.query<{ id: string; name: string }[]>(
          `select u.id, u.name from membership m join app_user u on u.id = m.user_id
           where m.organization_id = $1 and m.user_id = $2 and m.role in ('admin', 'member') and m.suspended_at is null`,
          [organizationId, uuid],
        );
  if (row) return row;
  throw invalidFields([{ pointer: '/assigneeId', rule: 'member', expected: 'is an admin or member of the organization' }]);
}

async function keyNamesOf(tx: EntityManager, { organizationId }: Actor, rows: readonly AlertRow[]): Promise<ReadonlyMap<string, string>> {
  const ids = rows.filter(({ rule }) => rule.groupBy === 'apiKeyId').map(({ group_key }) => group_key);
  if (ids.length === 0) return new Map();
  const found = await tx.query<{ id: string; name: string }[]>('select id, name from api_key where organization_id = $1 and id = any($2::uuid[])', [organizationId, ids]); // prettier-ignore
  return new Map(found.map(({ id, name }) => [id, name]));
}

type Subjects = { apiKeyIds?: string[]; addresses?: string[]; userIds?: string[] };

async function subjectsOf(tx: EntityManager, actor: Actor, alert: AlertRow): Promise<Subjects> {
  if (alert.facts !== null) return subjectsOfFinding(alert.facts);
  const by = groupingOf(alert.rule.groupBy);
  if (by === 'ip') return { addresses: [alert.group_key] };
  // A key that is gone is not named.
  return by === 'apiKeyId' ? { apiKeyIds: [...(await keyNamesOf(tx, actor, [alert])).keys()] } : {};
}

function subjectsOfFinding({ subject: { kind, id } }: AlertFacts): Subjects {
  if (kind === 'address' || kind === 'network') return { addresses: [id] };
  const person = kind === 'person' ? parseId('usr', id) : null;
  if (person !== null) return { userIds: [person] };
  const key = kind === 'key' ? parseId('key', id) : null;
  return key === null ? {} : { apiKeyIds: [key] };
}
