/** Another organization beside the home one: made by an admin of home, who is its first admin. Both keep the entry of it. */
import { Injectable } from '@nestjs/common';
import type { PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';
import { load, toView } from './organization.service';
import type { FoundOrganization, OrganizationView } from './organizations.dto';
import { asUser } from './sessions.service';

@Injectable()
export class FoundingService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  found(actor: Actor, { name }: FoundOrganization): Promise<OrganizationView> {
    const user = asUser(actor);
    return this.tenant.run(actor, async (tx) => {
      const plan = await planOfHome(tx, actor);
      await refuseOwnName(tx, user, name);
      const made = { id: newId(), created_at: this.clock.now() };
      const entry = {
        action: 'organization.created',
        target: { type: 'organization', id: made.id, name },
        after: { name, plan, admin: user.email },
      } as const;
      const view = await this.tenant.across(tx, { from: actor.organizationId, to: made.id }, async () => {
        const founder = { ...user, organizationId: made.id };
        await tx.query('insert into organization (id, name, plan, created_at) values ($1, $2, $3, $4)', [
          ...[made.id, name, plan, made.created_at],
        ]);
        const memberId = await this.join(tx, founder, made.created_at);
        await this.activity.record(tx, { actor: founder, ...entry });
        const [target, after] = [{ type: 'member', id: memberId, name: user.email } as const, { email: user.email, role: 'admin' }];
        await this.activity.record(tx, { actor: founder, action: 'member.joined', target, after });
        return toView(await load(tx, founder));
      });
      await this.activity.record(tx, { actor, ...entry });
      return view;
    });
  }

  private async join(tx: EntityManager, { id, organizationId }: UserActor, at: Date): Promise<string> {
    const memberId = newId();
    await tx.query(`insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $3, 'admin', $4)`, [
      ...[memberId, organizationId, id, at],
    ]);
    return memberId;
  }
}

/** The new one starts with the plan of the installation. Throws for admins of any other organization. */
async function planOfHome(tx: EntityManager, { organizationId }: Actor): Promise<PlanName> {
  const [home] = await tx.query<{ plan: PlanName }[]>('select plan from organization where id = $1 and id = home_organization()', [
    organizationId,
  ]);
  if (home) return home.plan;
  throw new AppError('insufficient_role', {
    detail: 'New organizations are made by admins of the organization that the installation belongs to. Ask whoever runs it.',
  });
}

/** Two of one name could not be told apart in the switcher. What others call theirs is nobody's business. */
async function refuseOwnName(tx: EntityManager, { id }: UserActor, name: string): Promise<void> {
  const own = await tx.query<unknown[]>('select 1 from organizations_of_user($1) where lower(name) = lower($2)', [id, name]);
  if (own.length > 0)
    throw new AppError('name_taken', { detail: 'You belong to an organization of this name already. Choose a different name.' });
}
