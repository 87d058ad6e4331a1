import type { EntityManager } from 'typeorm';
import { AppError } from '../platform/app-error';
import { ruleColumns, type RuleRow } from './alert-rule';

type Of = { organizationId: string };

/** With what an overview says of each. */
export type ListedRule = RuleRow & { open_alerts: string; last_fired_at: Date | null };

const listed = `select ${ruleColumns},
  (select count(*) from alert a where a.organization_id = r.organization_id and a.rule_id = r.id and a.state <> 'resolved') as open_alerts,
  (select max(a.opened_at) from alert a where a.organization_id = r.organization_id and a.rule_id = r.id) as last_fired_at
  from alert_rule r where r.organization_id = $1 and r.deleted_at is null`;

export const listRules = (tx: EntityManager, { organizationId }: Of): Promise<ListedRule[]> =>
  tx.query<ListedRule[]>(`${listed} order by lower(r.name), r.id`, [organizationId]);

/** Throws `resource_not_found`. */
export async function getRule(tx: EntityManager, { organizationId }: Of, id: string, lock: '' | 'lock' = ''): Promise<ListedRule> {
  const [row] = await tx.query<ListedRule[]>(`${listed} and r.id = $2 ${lock && 'for no key update of r'}`, [organizationId, id]);
  if (row) return row;
  throw new AppError('resource_not_found', { detail: 'The organization has no alert rule with this id, or it was deleted. Check the id.' });
}

/** Those that look at calls, and have not looked at all of them yet: the one that is furthest behind first. Without those that failed and are left alone for a while. */
export const rulesBehind = (
  tx: EntityManager,
  { organizationId }: Of,
  { head, now }: { head: number; now: Date },
): Promise<{ id: string; name: string }[]> =>
  tx.query<{ id: string; name: string }[]>(
    `select id, name from alert_rule where organization_id = $1 and kind = 'filter' and enabled and deleted_at is null and through_sequence < $2
       and (next_look_at is null or next_look_at <= $3) order by through_sequence, id`,
    [organizationId, head, now],
  );

/** It looks at what comes from this place on, and has no trouble yet. */
export async function beginAnew(
  tx: EntityManager,
  { organizationId }: Of,
  id: string,
  { minute, sequence }: { minute: number; sequence: number },
): Promise<void> {
  await tx.query('delete from alert_rule_count where organization_id = $1 and rule_id = $2', [organizationId, id]);
  await tx.query(
    `update alert_rule set counts_from = $3, through_sequence = $4, last_minute = null, rests_since = null, failures = 0, failing_since = null, last_error = null,
       next_look_at = null, missed_calls = 0, missed_at = null, held_back = 0, held_back_at = null where organization_id = $1 and id = $2`,
    [organizationId, id, minute, sequence],
  );
}

/** It is looked at again after a pause, which is longer each time. */
export async function ruleFailed(
  tx: EntityManager,
  { organizationId }: Of,
  { id, why, now, pauseMs }: { id: string; why: string; now: Date; pauseMs: (failures: number) => number },
): Promise<void> {
  const [rule] = await tx.query<{ failures: number }[]>(
    'select failures from alert_rule where organization_id = $1 and id = $2 for no key update',
    [organizationId, id],
  );
  if (!rule) return;
  await tx.query(
    `update alert_rule set failures = $3, failing_since = coalesce(failing_since, $4), last_error = $5, next_look_at = $6 where organization_id = $1 and id = $2`,
    [organizationId, id, rule.failures + 1, now, why, new Date(now.getTime() + pauseMs(rule.failures))],
  );
}

/** Null when it was changed meanwhile, so that there is nothing to do. */
export async function ruleToRun(
  tx: EntityManager,
  { organizationId }: Of,
  { id, head }: { id: string; head: number },
): Promise<RuleRow | null> {
  const [row] = await tx.query<RuleRow[]>(
    `select ${ruleColumns} from alert_rule r where r.organization_id = $1 and r.id = $2 and r.enabled and r.deleted_at is null and r.through_sequence < $3
     for no key update of r`,
    [organizationId, id, head],
  );
  return row ?? null;
}

/** Locked: whoever changes one of them waits. Also where only the escalation names it. */
export const rulesWithChannel = (tx: EntityManager, { organizationId }: Of, channelId: string): Promise<RuleRow[]> =>
  tx.query<RuleRow[]>(
    `select ${ruleColumns} from alert_rule r where r.organization_id = $1 and r.deleted_at is null
       and ($2::uuid = any(r.channel_ids) or r.escalation -> 'channelIds' ? $2::text) order by r.id for no key update of r`,
    [organizationId, channelId],
  );

export const rulesForFindings = (tx: EntityManager, { organizationId }: Of): Promise<RuleRow[]> =>
  tx.query<RuleRow[]>(
    `select ${ruleColumns} from alert_rule r where r.organization_id = $1 and r.kind = 'detector' and r.enabled and r.deleted_at is null order by r.id`,
    [organizationId],
  );
