/**
 * Goes back through the log in steps, newest first, each in a transaction of its own: what a step cannot finish in time, or would need more memory
 * for than we give it, is left out whole. So the answer is exact for the period that it names, and an organization with a huge log gets a shorter one.
 */
import type { PlaceRule } from '@pinebill/contract';
import { QueryFailedError } from 'typeorm';
import type { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { acceptedCallers } from './restrictions.queries';
import { RECENT_MS, WhatIf, type CallerSum } from './what-if';

export const PREVIEW_DAYS = 30;
const DAY_MS = 86_400_000;
/** Where the steps end, counted back from now. Small at first: somebody with a huge log gets the last hour at least. */
const STEPS_MS = [RECENT_MS, DAY_MS / 24, DAY_MS, 3 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS, 22 * DAY_MS, PREVIEW_DAYS * DAY_MS];
const STEP_TIMEOUT_MS = 6_000;
const TOGETHER_MS = 12_000;
const MAX_CALLERS = 100_000;
const STATEMENT_TIMED_OUT = '57014';

export type LookBack = {
  apiKeyId: string | null;
  rule: PlaceRule;
  current: PlaceRule;
  retentionDays: number;
  now: Date;
};
export type Found = {
  from: Date;
  to: Date;
  limitedBy: 'retention' | 'size' | null;
  /** Over the whole period. */
  whatIf: WhatIf;
  /** The last quarter of an hour, without whom today's rule refuses as well. */
  recent: WhatIf;
};

export async function lookBack(tenant: Tenant, actor: Actor, { apiKeyId, rule, current, retentionDays, now }: LookBack): Promise<Found> {
  const found: Found = { from: now, to: now, limitedBy: null, whatIf: new WhatIf(rule), recent: new WhatIf(rule, current) };
  const days = Math.min(PREVIEW_DAYS, retentionDays);
  const startedAt = performance.now();
  for (const backMs of STEPS_MS.filter((step) => step <= days * DAY_MS)) {
    const step = { organizationId: actor.organizationId, apiKeyId, from: new Date(now.getTime() - backMs), to: found.from };
    const late = performance.now() - startedAt > TOGETHER_MS;
    const sums = late ? null : await callersOf(tenant, actor, step);
    if (sums === null || found.whatIf.callers > MAX_CALLERS) return { ...found, limitedBy: 'size' };
    found.whatIf.add(sums);
    if (backMs === RECENT_MS) found.recent.add(sums);
    found.from = step.from;
  }
  return { ...found, limitedBy: days < PREVIEW_DAYS ? 'retention' : null };
}

/** Null: too many, or it would take too long. */
async function callersOf(
  tenant: Tenant,
  actor: Actor,
  step: { organizationId: string; apiKeyId: string | null; from: Date; to: Date },
): Promise<CallerSum[] | null> {
  try {
    const sums = await tenant.run(actor, async (tx) => {
      await tx.query(`set local statement_timeout = ${STEP_TIMEOUT_MS}`);
      return acceptedCallers(tx, { ...step, limit: MAX_CALLERS });
    });
    return sums.length > MAX_CALLERS ? null : sums;
  } catch (error) {
    const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
    if (code === STATEMENT_TIMED_OUT) return null;
    throw error;
  }
}
