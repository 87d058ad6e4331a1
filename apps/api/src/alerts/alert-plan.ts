/** Alerts are in the enterprise plan. What was made before a change of plan can be read and taken away; nothing fires and nobody is told until it is back. */
import { planNames, plans, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';

export const plansWithAlerts: readonly PlanName[] = planNames.filter((name) => plans[name].alerts);

async function planOf(tx: EntityManager, { organizationId }: Pick<Actor, 'organizationId'>): Promise<PlanName> {
  const [row] = await tx.query<{ plan: PlanName }[]>('select plan from organization where id = $1', [organizationId]);
  if (!row) throw new AppError('resource_not_found');
  return row.plan;
}

export const hasAlerts = async (tx: EntityManager, actor: Pick<Actor, 'organizationId'>): Promise<boolean> =>
  plans[await planOf(tx, actor)].alerts;

/** Throws `plan_required`. */
export async function requireAlerts(tx: EntityManager, actor: Actor): Promise<void> {
  if (await hasAlerts(tx, actor)) return;
  throw new AppError('plan_required', {
    detail: 'Alert rules need the enterprise plan. Findings are on every plan: look at them instead, or change the plan.',
  });
}
