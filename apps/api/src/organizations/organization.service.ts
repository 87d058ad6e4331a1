/** The organization itself: its name, and how much its programs may call. */
import { Injectable } from '@nestjs/common';
import { plans, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { typeId } from '../platform/ids';
import type { ChangeOrganization, Limits, OrganizationView, PlanView, Policies } from './organizations.dto';
import { asUser } from './sessions.service';

type Organization = {
  id: string;
  name: string;
  plan: PlanName;
  /** Null: what the plan says. */
  per_key_per_minute: number | null;
  per_organization_per_minute: number | null;
  require_second_factor_for_admins: boolean;
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

  plan(actor: Actor): Promise<PlanView> {
    return this.tenant.run(actor, async (tx) => {
      const organization = await load(tx, actor);
      const { retentionDays, alerts, geographicRestrictions } = plans[organization.plan];
      return { plan: organization.plan, retentionDays, limits: limitsOf(organization), alerts, geographicRestrictions };
    });
  }

  change(actor: Actor, { name, limits = {}, policies = {} }: ChangeOrganization): Promise<OrganizationView> {
    return this.tenant.run(actor, async (tx) => {
      const before = await load(tx, actor, 'for no key update');
      const after: Organization = {
        ...before,
        name: name ?? before.name,
        per_key_per_minute: limits.perKeyPerMinute === undefined ? before.per_key_per_minute : limits.perKeyPerMinute,
        per_organization_per_minute:
          limits.perOrganizationPerMinute === undefined ? before.per_organization_per_minute : limits.perOrganizationPerMinute,
        require_second_factor_for_admins: policies.requireSecondFactorForAdmins ?? before.require_second_factor_for_admins,
      };
      if (JSON.stringify(settingsOf(after)) === JSON.stringify(settingsOf(before))) return toView(before);
      if (after.require_second_factor_for_admins && !before.require_second_factor_for_admins) await refuseWithoutFactor(tx, asUser(actor));
      await tx.query(
        `update organization set name = $2, per_key_per_minute = $3, per_organization_per_minute = $4, require_second_factor_for_admins = $5
         where id = $1`,
        [
          ...[before.id, after.name, after.per_key_per_minute, after.per_organization_per_minute],
          ...[after.require_second_factor_for_admins],
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

async function load(tx: EntityManager, { organizationId }: Actor, lock: '' | 'for no key update' = ''): Promise<Organization> {
  const [row] = await tx.query<Organization[]>(
    `select id, name, plan, per_key_per_minute, per_organization_per_minute, require_second_factor_for_admins, created_at
     from organization where id = $1 ${lock}`,
    [organizationId],
  );
  if (!row) throw new AppError('resource_not_found');
  return row;
}

const limitsOf = ({ plan, per_key_per_minute, per_organization_per_minute }: Organization): Limits => ({
  perKeyPerMinute: per_key_per_minute ?? plans[plan].perKeyPerMinute,
  perOrganizationPerMinute: per_organization_per_minute ?? plans[plan].perOrganizationPerMinute,
});

/** As they were chosen: null stands for the plan's. */
const settingsOf = (organization: Organization) => ({
  name: organization.name,
  limits: { perKeyPerMinute: organization.per_key_per_minute, perOrganizationPerMinute: organization.per_organization_per_minute },
  policies: policiesOf(organization),
});

const policiesOf = (organization: Organization): Policies => ({
  requireSecondFactorForAdmins: organization.require_second_factor_for_admins,
});

/** Or the first to be locked in by it would be whoever switched it on. */
async function refuseWithoutFactor(tx: EntityManager, { id }: UserActor): Promise<void> {
  const [row] = await tx.query<{ on: boolean }[]>('select second_factor_is_on($1) as on', [id]);
  if (row?.on === true) return;
  throw new AppError('second_factor_enrolment_required', {
    detail: 'Set up a second factor of your own first: POST /v1/me/second-factor. Then require it of all admins.',
  });
}

function toView(organization: Organization): OrganizationView {
  const { id, name, plan, created_at } = organization;
  const [limits, policies] = [limitsOf(organization), policiesOf(organization)];
  return { id: typeId('org', id), name, plan, limits, policies, createdAt: created_at.toISOString() };
}
