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

/** Those that look at calls, and have not looked at all of them yet. */
export const rulesBehind = (tx: EntityManager, { organizationId }: Of, head: number): Promise<{ id: string; name: string }[]> =>
  tx.query<{ id: string; name: string }[]>(
    `select id, name from alert_rule where organization_id = $1 and kind = 'filter' and enabled and deleted_at is null and through_sequence < $2 order by id`,
    [organizationId, head],
  );

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

export const rulesForFindings = (tx: EntityManager, { organizationId }: Of): Promise<RuleRow[]> =>
  tx.query<RuleRow[]>(
    `select ${ruleColumns} from alert_rule r where r.organization_id = $1 and r.kind = 'detector' and r.enabled and r.deleted_at is null order by r.id`,
    [organizationId],
  );
