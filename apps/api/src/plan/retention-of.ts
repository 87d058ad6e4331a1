/**
 * What the plan of an organization shows of its log, and what is kept of it: the one place where both are decided. Every read begins at `begins`. What lies before
 * is deleted, but not at once: after a change to a plan with a shorter retention the longer one is kept for a week, so that a mistake can be taken back.
 */
import { plans, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { AppError } from '../platform/app-error';

const DAY_MS = 86_400_000;
/** After retention was shortened nothing is purged for so long that was shown before. */
export const GRACE_DAYS = 7;

/** `kept_days`: what is kept at least, as it was before retention became shorter; null: nothing else than the plan says. */
export type KeptRow = { plan: PlanName; kept_days: number | null; retention_shrunk_at: Date | null };

export type Retention = {
  plan: PlanName;
  /** Shown. */
  days: number;
  begins: Date;
  /** Kept: as many as are shown, or more until the grace is over. */
  keptDays: number;
  /** What began before may be purged, if nothing holds it. */
  purgedBefore: Date;
  /** Until when the longer retention is kept; null: there is no grace. */
  graceEndsAt: Date | null;
};

export function retentionAt({ plan, kept_days, retention_shrunk_at }: KeptRow, now: Date): Retention {
  const days = plans[plan].retentionDays;
  const ends = retention_shrunk_at && new Date(retention_shrunk_at.getTime() + GRACE_DAYS * DAY_MS);
  const inGrace = kept_days !== null && kept_days > days && ends !== null && ends > now;
  const keptDays = inGrace ? kept_days : days;
  return {
    ...{ plan, days, begins: daysBefore(now, days), keptDays, purgedBefore: daysBefore(now, keptDays) },
    graceEndsAt: inGrace ? ends : null,
  };
}

/** The two columns after the plan has changed at `now`. Shortened twice within a week, the longest is kept for a week from the second time on. */
export function keptAfterChange(before: KeptRow, to: PlanName, now: Date): Pick<KeptRow, 'kept_days' | 'retention_shrunk_at'> {
  const { days, keptDays, graceEndsAt } = retentionAt(before, now);
  const next = plans[to].retentionDays;
  if (next >= keptDays) return { kept_days: null, retention_shrunk_at: null };
  const shrunkAt = next < days || graceEndsAt === null ? now : before.retention_shrunk_at;
  return { kept_days: keptDays, retention_shrunk_at: shrunkAt };
}

const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * DAY_MS);

/** Inside the organization's transaction. */
export async function retentionOf(tx: Pick<EntityManager, 'query'>, organizationId: string, now: Date): Promise<Retention> {
  const [row] = await tx.query<KeptRow[]>('select plan, kept_days, retention_shrunk_at from organization where id = $1', [organizationId]);
  if (!row) throw new AppError('resource_not_found');
  return retentionAt(row, now);
}

/**
 * Whoever makes something that holds records says so before, in its own transaction: each step of the purge takes the same lock, so it has either gone before, or
 * finds what holds. In the order in which everybody locks, so that nobody waits for whoever waits for them: the organization (`lockPeople` takes it too), then an
 * incident, then its keys and people. So this comes before any of them.
 */
export async function holdPurgeOff(tx: Pick<EntityManager, 'query'>, organizationId: string): Promise<void> {
  await tx.query('select from organization where id = $1 for no key update', [organizationId]);
}
