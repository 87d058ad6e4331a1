/** The plan of an organization: what it includes, how much of it is used, what another one would change, and the change itself. */
import { Inject, Injectable } from '@nestjs/common';
import { planNames, plans, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { limitsOf } from '../organizations';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { GRACE_DAYS, keptAfterChange, retentionAt, type KeptRow, type Retention } from '../plan';
import { typeId } from '../platform/ids';
import { limitUsage, type LimitUsage } from '../rate-limits';
import type { ChangePlan, HiddenRecords, LimitUse, OtherPlan, PlanPreview, PlanUsage, PlanView, PreviewPlan } from './plan.dto';
import { consequencesOf } from './plan-consequences';
import { planDifference, type OwnLimits } from './plan-differences';
import { byDay, monthsOf, peakOfDay, peakOfOneKey, requestsBetween } from './plan-figures';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Pages ask again every few seconds for what changes by the second; the figures of the log do not. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 1_000;

type Row = KeptRow & { id: string; name: string; per_key_per_minute: number | null; per_organization_per_minute: number | null };

@Injectable()
export class PlanService {
  private readonly remembered = new Map<string, { plan: PlanName; until: number; usage: PlanUsage }>();

  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'planLocked'>,
  ) {}

  get(actor: Actor): Promise<PlanView> {
    return this.tenant.run(actor, async (tx) => this.view(tx, await load(tx, actor)));
  }

  preview(actor: Actor, { plan }: PreviewPlan): Promise<PlanPreview> {
    return this.tenant.run(actor, async (tx) => this.previewOf(tx, await load(tx, actor), plan));
  }

  change(actor: Actor, { plan, confirm }: ChangePlan): Promise<PlanView> {
    if (this.config.planLocked)
      throw new AppError('plan_locked', {
        detail: 'Whoever runs PineBill sets the plan (PINEBILL_PLAN_LOCKED). Ask them to change it.',
      });
    return this.tenant.run(actor, async (tx) => {
      const before = await load(tx, actor, 'for no key update');
      if (plan === before.plan) return this.view(tx, before);
      const { losses } = planDifference(before.plan, plan, ownOf(before));
      if (losses.length > 0 && confirm !== true) throw unconfirmed(losses);
      const kept = keptAfterChange(before, plan, this.clock.now());
      const after: Row = { ...before, ...kept, plan };
      await tx.query('update organization set plan = $2, kept_days = $3, retention_shrunk_at = $4 where id = $1', [
        ...[before.id, plan, kept.kept_days, kept.retention_shrunk_at],
      ]);
      await this.activity.record(tx, {
        actor,
        action: 'organization.plan_changed',
        target: { type: 'organization', id: before.id, name: before.name },
        before: { plan: before.plan, retentionDays: plans[before.plan].retentionDays },
        after: { plan, retentionDays: plans[plan].retentionDays },
      });
      return this.view(tx, after);
    });
  }

  private async view(tx: EntityManager, row: Row): Promise<PlanView> {
    const retention = retentionAt(row, this.clock.now());
    const limits = limitsOf(row);
    const { alerts, geographicRestrictions } = plans[row.plan];
    return {
      ...{ plan: row.plan, retentionDays: retention.days, limits },
      use: toUse(await limitUsage(tx, row.id, limits.perOrganizationPerMinute)),
      ...{ alerts, geographicRestrictions, locked: this.config.planLocked },
      grace: retention.graceEndsAt && { keptDays: retention.keptDays, endsAt: retention.graceEndsAt.toISOString() },
      usage: await this.usageOf(tx, row, retention),
      otherPlans: planNames.filter((name) => name !== row.plan).map((name) => otherPlan(row, name)),
    };
  }

  private async usageOf(tx: EntityManager, { id, plan }: Row, { begins }: Retention): Promise<PlanUsage> {
    const now = this.clock.now();
    const known = this.knownUsage(id, plan, now);
    if (known) return known;
    const from = wholeMinute(begins);
    const days = await byDay(tx, id, from, new Date(now.getTime() + MINUTE_MS));
    const months = await monthsOf(tx, days);
    const { firstAt } = await requestsBetween(tx, id, from, new Date(now.getTime() + MINUTE_MS));
    const peak = await peakOfDay(tx, id, now);
    const [keys] = await tx.query<{ count: number }[]>(
      `select count(*)::integer as count from api_key where organization_id = $1 and revoked_at is null
         and (expires_at is null or expires_at > $2) and (rotated_out_at is null or rotated_out_at > $2)`,
      [id, now],
    );
    const usage: PlanUsage = {
      asOf: now.toISOString(),
      keys: keys?.count ?? 0,
      requests: days.reduce((sum, { requests }) => sum + requests, 0),
      peakPerMinute: peak && { requests: peak.requests, at: peak.at.toISOString() },
      oldestRecordAt: firstAt?.toISOString() ?? null,
      storedBytes: months.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
      months,
    };
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(id, { plan, until: now.getTime() + REMEMBERED_MS, usage });
    return usage;
  }

  private knownUsage(id: string, plan: PlanName, now: Date): PlanUsage | null {
    const known = this.remembered.get(id);
    const left = known?.plan === plan ? known.until - now.getTime() : 0;
    return known && left > 0 && left <= REMEMBERED_MS ? known.usage : null;
  }

  private async previewOf(tx: EntityManager, row: Row, to: PlanName): Promise<PlanPreview> {
    const now = this.clock.now();
    const [before, after] = [retentionAt(row, now), retentionAt({ ...row, ...keptAfterChange(row, to, now), plan: to }, now)];
    const difference = planDifference(row.plan, to, ownOf(row));
    const hidden = async (from: Date, until: Date): Promise<HiddenRecords | null> => {
      if (from >= until) return null;
      const { requests, firstAt } = await requestsBetween(tx, row.id, wholeMinute(from), until);
      return { records: requests, from: firstAt?.toISOString() ?? null, to: until.toISOString() };
    };
    const hides = await hidden(before.begins, after.begins);
    const kept = after.begins > before.purgedBefore ? after.begins : before.purgedBefore;
    const peaks = { organization: (await peakOfDay(tx, row.id, now))?.requests ?? 0, key: await peakOfOneKey(tx, row.id, now) };
    return {
      ...{ from: row.plan, to, takesAway: difference.losses.length > 0, ...difference, hides },
      bringsBack: await hidden(kept, before.begins),
      purgedNotBefore: hides && new Date(now.getTime() + GRACE_DAYS * DAY_MS).toISOString(),
      consequences: await consequencesOf(tx, {
        ...{
          organizationId: row.id,
          from: row.plan,
          to,
          own: ownOf(row),
          begins: after.begins,
          purgedBefore: before.purgedBefore,
          now,
          peaks,
        },
      }),
    };
  }
}

async function load(tx: EntityManager, { organizationId }: Actor, lock: '' | 'for no key update' = ''): Promise<Row> {
  const [row] = await tx.query<Row[]>(
    `select id, name, plan, kept_days, retention_shrunk_at, per_key_per_minute, per_organization_per_minute
     from organization where id = $1 ${lock}`,
    [organizationId],
  );
  if (!row) throw new AppError('resource_not_found');
  return row;
}

/** The first one that the plan shows all of. */
const wholeMinute = (at: Date): Date => new Date(Math.ceil(at.getTime() / MINUTE_MS) * MINUTE_MS);
const ownOf = (row: Row): OwnLimits => ({ perKeyPerMinute: row.per_key_per_minute, perOrganizationPerMinute: row.per_organization_per_minute }); // prettier-ignore

function otherPlan(row: Row, plan: PlanName): OtherPlan {
  const { retentionDays, alerts, geographicRestrictions } = plans[plan];
  return {
    plan,
    retentionDays,
    limits: limitsOf({ ...row, plan }),
    alerts,
    geographicRestrictions,
    ...planDifference(row.plan, plan, ownOf(row)),
  };
}

const unconfirmed = (losses: readonly string[]): AppError =>
  new AppError('plan_change_unconfirmed', {
    detail: `${losses.join(' ')} POST /v1/plan/preview tells what that means here. Send \`"confirm": true\` when it is meant.`,
  });

const toUse = ({ remaining, usedLastMinute, keysAtLimit }: LimitUsage): LimitUse => ({
  remaining,
  usedLastMinute,
  keysAtLimit: keysAtLimit.map(({ id, name, lastLimitedAt }) => ({
    id: typeId('key', id),
    name,
    lastLimitedAt: lastLimitedAt.toISOString(),
  })),
});
