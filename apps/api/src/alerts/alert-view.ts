import { alertGroupings, type AlertGrouping } from '@pinebill/contract';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { AlertEventView, AlertView } from './alerts.dto';
import type { AlertPerson, AlertGroup } from './alert-rules.dto';
import type { AlertRow, EventRow } from './alerts.queries';
import { groupValue } from './group-filter';

const personOf = (id: string | null, name: string | null): AlertPerson => ({ id: typeIdOrNull('usr', id), name: name ?? '' });
const text = (at: Date | null): string | null => at?.toISOString() ?? null;

export const groupingOf = (name: string | null): AlertGrouping | null => alertGroupings.find((known) => known === name) ?? null;

/** `keyNames`: as keys are called now, by uuid. */
export function toAlertView(row: AlertRow, keyNames: ReadonlyMap<string, string>): AlertView {
  return {
    id: typeId('alr', row.id),
    state: row.state,
    severity: row.severity,
    title: row.title,
    rule: { id: typeId('rul', row.rule_id), name: row.rule_name, version: row.rule_version, deleted: row.channel_ids === null },
    group: groupView(row, keyNames),
    finding: row.finding_id === null || row.facts === null ? null : { id: typeId('fnd', row.finding_id), detector: row.facts.detector, subject: row.facts.subject, seen: object(row.facts.seen), normal: object(row.facts.normal) }, // prettier-ignore
    count: Number(row.count),
    threshold: row.rule.threshold,
    windowFrom: row.window_from.toISOString(),
    windowTo: row.window_to.toISOString(),
    filter: row.filter,
    samples: row.samples.map((id) => typeId('log', id)),
    openedAt: row.opened_at.toISOString(),
    tellAt: text(row.tell_at),
    escalateAt: text(row.escalate_at),
    escalatedAt: text(row.escalated_at),
    assignee: row.assignee_id === null ? null : personOf(row.assignee_id, row.assignee_name),
    acknowledgedAt: text(row.acknowledged_at),
    acknowledgedBy: row.acknowledged_at === null ? null : personOf(row.acknowledged_by, row.acknowledged_by_name),
    resolvedAt: text(row.resolved_at),
    resolvedBy: row.resolved_at === null ? null : personOf(row.resolved_by, row.resolved_by_name),
    resolution: row.resolution,
    incidentId: typeIdOrNull('inc', row.incident_id),
  };
}

const object = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null ? { ...value } : value === null || value === undefined ? null : { value };

function groupView(row: AlertRow, keyNames: ReadonlyMap<string, string>): AlertGroup | null {
  if (row.facts !== null) return { by: null, value: row.group_key, label: row.facts.subject.label };
  const by = groupingOf(row.rule.groupBy);
  return by === null || by === 'none' ? null : toGroup(by, row.group_key, keyNames);
}

export const toGroup = (by: AlertGrouping, group: string, keyNames: ReadonlyMap<string, string>): AlertGroup => {
  const value = groupValue(by, group);
  return { by, value, label: by === 'apiKeyId' ? (keyNames.get(group) ?? value) : value };
};

export const toEventView = ({ at, kind, actor_type, actor_id, actor_name, data }: EventRow): AlertEventView => ({
  at: at.toISOString(),
  kind,
  by: { id: actor_type === 'user' ? typeIdOrNull('usr', actor_id) : null, name: actor_name },
  data,
});
