/** The organization itself: its name, how much its programs may call, and how long its keys may go on unchanged. */
import { Injectable } from '@nestjs/common';
import { plans, type LeakPolicy, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { typeId } from '../platform/ids';
import type { ChangeOrganization, ChangePolicies, Limits, OrganizationView, Policies } from './organizations.dto';
import { asUser } from './sessions.service';

type Organization = {
  id: string;
  name: string;
  plan: PlanName;
  /** Null: what the plan says. */
  per_key_per_minute: number | null;
  per_organization_per_minute: number | null;
  rotation_days: number;
  idle_days: number;
  expiring_days: number;
  require_second_factor_for_admins: boolean;
  leak_policy: LeakPolicy;
  created_at: Date;
};

@Injectable()
export class OrganizationService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
  ) {}

  get(actor: Actor): Promise<OrganizationView> {
    return this.tenant.run(actor, async (tx) => toView(await load(tx, actor)));
  }

  change(actor: Actor, body: ChangeOrganization): Promise<OrganizationView> {
    return this.tenant.run(actor, async (tx) => {
      const before = await load(tx, actor, 'for no key update');
      const after = changed(before, body);
      if (JSON.stringify(settingsOf(after)) === JSON.stringify(settingsOf(before))) return toView(before);
      if (after.require_second_factor_for_admins && !before.require_second_factor_for_admins) await refuseWithoutFactor(tx, asUser(actor));
      await tx.query(
        `update organization set name = $2, per_key_per_minute = $3, per_organization_per_minute = $4,
           rotation_days = $5, idle_days = $6, expiring_days = $7, require_second_factor_for_admins = $8, leak_policy = $9 where id = $1`,
        [
          ...[before.id, after.name, after.per_key_per_minute, after.per_organization_per_minute],
          ...[after.rotation_days, after.idle_days, after.expiring_days, after.require_second_factor_for_admins],
          after.leak_policy,
        ],
      );
      const target = { type: 'organization', id: before.id, name: after.name } as const;
      await this.activity.record(tx, {
        actor,
        action: 'organization.updated',
        target,
        before: settingsOf(before),
        after: settingsOf(after),
      });
      return toView(after);
    });
  }
}

const changed = (before: Organization, { name, limits = {}, policies = {} }: ChangeOrganization): Organization => ({
  ...before,
  name: name ?? before.name,
  per_key_per_minute: limits.perKeyPerMinute === undefined ? before.per_key_per_minute : limits.perKeyPerMinute,
  per_organization_per_minute:
    limits.perOrganizationPerMinute === undefined ? before.per_organization_per_minute : limits.perOrganizationPerMinute,
  ...changedPolicies(before, policies),
});

const changedPolicies = (before: Organization, policies: ChangePolicies) => ({
  rotation_days: policies.rotationDays ?? before.rotation_days,
  idle_days: policies.idleDays ?? before.idle_days,
  expiring_days: policies.expiringDays ?? before.expiring_days,
  require_second_factor_for_admins: policies.requireSecondFactorForAdmins ?? before.require_second_factor_for_admins,
  leak_policy: policies.leakedKeys ?? before.leak_policy,
});

export async function load(tx: EntityManager, { organizationId }: Actor, lock: '' | 'for no key update' = ''): Promise<Organization> {
  const [row] = await tx.query<Organization[]>(
    `select id, name, plan, per_key_per_minute, per_organization_per_minute, rotation_days, idle_days, expiring_days,
       require_second_factor_for_admins, leak_policy, created_at
     from organization where id = $1 ${lock}`,
    [organizationId],
  );
  if (!row) throw new AppError('resource_not_found');
  return row;
}

export const limitsOf = ({
  plan,
  per_key_per_minute,
  per_organization_per_minute,
}: Pick<Organization, 'plan' | 'per_key_per_minute' | 'per_organization_per_minute'>): Limits => ({
  perKeyPerMinute: per_key_per_minute ?? plans[plan].perKeyPerMinute,
  perOrganizationPerMinute: per_organization_per_minute ?? plans[plan].perOrganizationPerMinute,
});

const policiesOf = (organization: Organization): Policies => ({
  rotationDays: organization.rotation_days,
  idleDays: organization.idle_days,
  expiringDays: organization.expiring_days,
  requireSecondFactorForAdmins: organization.require_second_factor_for_admins,
  leakedKeys: organization.leak_policy,
});

/** As they were chosen: null stands for the plan's. */
const settingsOf = (organization: Organization) => ({
  name: organization.name,
  limits: { perKeyPerMinute: organization.per_key_per_minute, perOrganizationPerMinute: organization.per_organization_per_minute },
  policies: policiesOf(organization),
});

/** Or the first to be locked in by it would be whoever switched it on. */
async function refuseWithoutFactor(tx: EntityManager, { id }: UserActor): Promise<void> {
  const [row] = await tx.query<{ on: boolean }[]>('select second_factor_is_on($1) as on', [id]);
  if (row?.on === true) return;
  throw new AppError('second_factor_enrolment_required', {
    detail: 'Set up a second factor of your own first: POST /v1/me/second-factor. Then require it of all admins.',
  });
}

export function toView(organization: Organization): OrganizationView {
  const { id, name, plan, created_at } = organization;
  const [limits, policies] = [limitsOf(organization), policiesOf(organization)];
  return { id: typeId('org', id), name, plan, limits, policies, createdAt: created_at.toISOString() };
}
