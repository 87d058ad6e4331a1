/** What stands before every change of a rule: the plan, and the programs that are calling at this moment. Asked inside the change's transaction. */
import { Injectable } from '@nestjs/common';
import type { PlaceRule, PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { requirePlanFor, sameRule } from './place-rules';
import { acceptedCallers } from './restrictions.queries';
import { RECENT_MS, WhatIf } from './what-if';

/** Distinct callers of a quarter of an hour; with more, whether somebody is locked out is told by these. */
const MAX_CALLERS = 100_000;

export type PlaceChange = {
  /** uuid; null: the rule of the organization. */
  apiKeyId: string | null;
  before: PlaceRule;
  after: PlaceRule;
  /** Whoever makes the change knows that it locks somebody out. */
  confirmed: boolean;
};

@Injectable()
export class PlaceChanges {
  constructor(private readonly clock: Clock) {}

  /** Throws `plan_required`. */
  async requirePlan(tx: EntityManager, actor: Actor, { before, after }: Pick<PlaceChange, 'before' | 'after'>): Promise<void> {
    if (sameRule(before, after)) return;
    const [row] = await tx.query<{ plan: PlanName }[]>('select plan from organization where id = $1', [actor.organizationId]);
    if (!row) throw new AppError('resource_not_found');
    requirePlanFor(row.plan, before, after);
  }

  /** Throws `plan_required`, and `would_lock_out` when a caller of the last 15 minutes would be refused that is let in today. */
  async admit(tx: EntityManager, actor: Actor, change: PlaceChange): Promise<void> {
    const { apiKeyId, before, after, confirmed } = change;
    if (sameRule(before, after)) return;
    await this.requirePlan(tx, actor, change);
    if (confirmed) return;
    const to = new Date(this.clock.now().getTime() + 1);
    const from = new Date(to.getTime() - RECENT_MS);
    const whatIf = new WhatIf(after, before);
    whatIf.add(await acceptedCallers(tx, { organizationId: actor.organizationId, apiKeyId, from, to, limit: MAX_CALLERS }));
    if (whatIf.refused === 0) return;
    const [callers, requests] = [whatIf.callers, whatIf.refused];
    throw new AppError('would_lock_out', {
      detail: `${callers === 1 ? '1 caller' : `${callers} callers`} with ${requests === 1 ? '1 request' : `${requests} requests`} in the last 15 minutes would be refused from now on. Widen the rule, or send "confirm": true if that is meant.`,
      extensions: { callers, requests },
    });
  }
}
