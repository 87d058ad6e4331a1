/** What of the log a reader may see, for everything that reads it: lists, exports. */
import { plans, type PlanName } from '@pinebill/contract';
import type { RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';

const DAY_MS = 86_400_000;

/** How far back, and whether the records of nobody are left out. */
export type LogView = { retentionDays: number; begins: Date; anonymousHidden: boolean };

/**
 * Whatever belongs to nobody is recorded with the home organization. Alone on the installation, its members may read it; beside others it is
 * everybody's noise, which only the admins of home look through.
 */
export async function logViewOf(tx: EntityManager, actor: Actor, now: Date): Promise<LogView> {
  const [row] = await tx.query<{ plan: PlanName; is_home: boolean; organizations: string }[]>(
    'select plan, is_home, count_organizations() as organizations from organization where id = $1',
    [actor.organizationId],
  );
  if (!row) throw new AppError('resource_not_found');
  const { retentionDays } = plans[row.plan];
  const trusted = actor.type === 'system' || (actor.type === 'user' && actor.role === 'admin');
  return {
    retentionDays,
    begins: new Date(now.getTime() - retentionDays * DAY_MS),
    anonymousHidden: row.is_home && Number(row.organizations) > 1 && !trusted,
  };
}

export const withoutAnonymous = (filter: RecordFilter): RecordFilter => ({
  ...filter,
  conditions: [...filter.conditions, { field: 'actorType', negated: true, anyOf: [{ kind: 'exact', value: 'anonymous' }] }],
});
