import type { AlertSeverity, AlertState } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { BodyFilter } from '../audit-logs';
import { newId } from '../platform/ids';
import { AppError } from '../platform/app-error';
import type { Actor } from '../platform/actor';
import type { Escalation, toContentView } from './alert-rule';

type Of = { organizationId: string };
export type KeptRule = ReturnType<typeof toContentView>;

/** What a finding said when it opened the alert. */
export type AlertFacts = {
  detector: string;
  subject: { kind: string; id: string; label: string };
  seen: unknown;
  normal: unknown;
  threshold: unknown;
};
export type AlertRow = {
  id: string;
  rule_id: string;
  rule_name: string;
  rule_version: number;
  rule: KeptRule;
  state: AlertState;
  severity: AlertSeverity;
  title: string;
  group_key: string;
  finding_id: string | null;
  facts: AlertFacts | null;
  window_from: Date;
  window_to: Date;
  minute: number;
  count: string;
  filter: BodyFilter;
  samples: string[];
  opened_at: Date;
  tell_at: Date | null;
  told_at: Date | null;
  /** Those that heard of it by itself. */
  told_channels: string[];
  escalate_at: Date | null;
  escalated_at: Date | null;
  assignee_id: string | null;
  assignee_name: string | null;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
  acknowledged_by_name: string | null;
  resolved_at: Date | null;
  resolved_by: string | null;
  resolved_by_name: string | null;
  resolution: string | null;
  incident_id: string | null;
  /** As the rule is now; null when it was deleted. */
  channel_ids: string[] | null;
  escalation: Escalation | null;
};

export const selectAlerts = `select a.id, a.rule_id, a.rule_name, a.rule_version, a.rule, a.state, a.severity, a.title, a.group_key, a.finding_id, a.facts, a.window_from, a.window_to,
  a.minute, a.count, a.filter, a.samples, a.opened_at, a.tell_at, a.told_at, a.told_channels, a.escalate_at, a.escalated_at, a.assignee_id,
  (select u.name from app_user u where u.id = a.assignee_id) as assignee_name, a.acknowledged_at, a.acknowledged_by, a.acknowledged_by_name, a.resolved_at,
  a.resolved_by, a.resolved_by_name, a.resolution, a.incident_id, r.channel_ids, r.escalation
  from alert a left join alert_rule r on r.organization_id = a.organization_id and r.id = a.rule_id and r.deleted_at is null
  where a.organization_id = $1`;

/** About callers who may be nobody's, and the same as SQL. */
export const isAboutStranger = ({ rule, facts }: AlertRow): boolean =>
  facts === null ? rule.groupBy === 'ip' : strangers.includes(facts.subject.kind);
const strangers = ['address', 'network', 'keyFingerprint'];
export const aboutStrangers = `(case when a.facts is null then a.rule ->> 'groupBy' is not distinct from 'ip' else a.facts -> 'subject' ->> 'kind' in (${strangers.map((kind) => `'${kind}'`).join(', ')}) end)`;

export const noSuchAlert = (): AppError =>
  new AppError('resource_not_found', { detail: 'The organization has no alert with this id. Check the id.' });

/** Throws `resource_not_found`. */
export async function getAlert(tx: EntityManager, { organizationId }: Of, id: string, lock: '' | 'lock' = ''): Promise<AlertRow> {
  const [row] = await tx.query<AlertRow[]>(`${selectAlerts} and a.id = $2 ${lock && 'for no key update of a'}`, [organizationId, id]);
  if (row) return row;
  throw noSuchAlert();
}

export type AlertEventKind = 'opened' | 'told' | 'notTold' | 'acknowledged' | 'assigned' | 'escalated' | 'resolved' | 'incidentOpened';
export type EventRow = {
  id: string;
  at: Date;
  kind: AlertEventKind;
  actor_type: string;
  actor_id: string | null;
  actor_name: string;
  data: Record<string, unknown>;
};

export async function addEvent(
  tx: EntityManager,
  actor: Actor,
  alertId: string,
  { kind, at, data = {} }: { kind: AlertEventKind; at: Date; data?: Record<string, unknown> },
): Promise<void> {
  await tx.query(
    `insert into alert_event (organization_id, id, alert_id, at, kind, actor_type, actor_id, actor_name, data) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [actor.organizationId, newId(), alertId, at, kind, actor.type, actor.id, actor.name, JSON.stringify(data)],
  );
}

export const eventsOf = (tx: EntityManager, { organizationId }: Of, alertId: string): Promise<EventRow[]> =>
  tx.query<EventRow[]>(
    `select id, at, kind, actor_type, actor_id, actor_name, data from alert_event where organization_id = $1 and alert_id = $2 order by at, id`,
    [organizationId, alertId],
  );
