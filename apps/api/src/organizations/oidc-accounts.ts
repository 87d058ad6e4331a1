/**
 * Which account somebody at the OpenID provider has here. Found by issuer and subject; linked once, by an e-mail address that the provider has
 * verified; made when the settings say so. Roles come from the provider at each sign-in, in the home organization only.
 */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Role } from '@pinebill/contract';
import { DataSource, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { systemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';
import { accountByEmail, type Account } from './account';
import { constraintOf } from './invitations.service';
import { hasOtherAdmin, lockPeople } from './member';
import { OidcFailure, type OidcIdentity } from './oidc-client';
import { roleOfClaim } from './oidc-role';
import { Passwords } from './passwords';

/** Somebody who can be let in. */
export type Admitted = Account & { organization_id: string; role: Role };
type NewPerson = { email: string; name: string; role: Role; organizationId: string };

@Injectable()
export class OidcAccounts {
  // Six, one more than the house rule: an account is found, linked, made, and written into the activity here.
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly passwords: Passwords,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'oidc'>,
  ) {}

  /** Throws an OidcFailure when there is none to let in. */
  async accountOf(identity: OidcIdentity): Promise<Admitted> {
    const known = (await this.find(identity)) ?? (await this.link(identity)) ?? (await this.join(identity));
    const account = admitted(known);
    const role = await this.mappedRole(identity, account);
    return role === null || role === account.role ? account : { ...account, role: await this.changeRole(account, role) };
  }

  async find({ issuer, subject }: Pick<OidcIdentity, 'issuer' | 'subject'>): Promise<Account | null> {
    const [account] = await this.db.query<Account[]>('select * from user_by_identity($1, $2)', [issuer, subject]);
    return account ?? null;
  }

  /** Once. From then on the subject counts, whatever becomes of the address. */
  private async link(identity: OidcIdentity): Promise<Account | null> {
    if (identity.email === null) throw new OidcFailure('unverified_email');
    const account = await accountByEmail(this.db, identity.email);
    if (!account?.organization_id) return null;
    const { id: userId, email, organization_id: organizationId } = account;
    const linking = this.tenant.run({ organizationId }, async (tx) => {
      await this.insertLink(tx, identity, userId);
      const target = { type: 'user', id: userId, name: email } as const;
      const after = { issuer: identity.issuer };
      await this.activity.record(tx, { actor: systemActor('sign-in', organizationId), action: 'identity.linked', target, after });
    });
    return this.foundAfter(identity, linking);
  }

  /** Who comes back in several tabs at the same moment is written once: the others fail, and find what the first has written. */
  private async foundAfter(identity: OidcIdentity, writing: Promise<void>): Promise<Account | null> {
    const failure = await writing.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    const account = await this.find(identity);
    if (failure !== null && account === null) throw failure.error;
    return account;
  }

  private async join(identity: OidcIdentity): Promise<Account | null> {
    const { email, name } = identity;
    if (this.config.oidc?.autoJoin !== true || email === null) throw new OidcFailure('no_account');
    const role = this.roleOf(identity);
    if (role === null) throw new OidcFailure('no_role');
    const person = { email, name: name ?? email, role, organizationId: await this.home() };
    // Nobody knows this password; it can be replaced by mail.
    const passwordHash = await this.passwords.hash(randomBytes(32).toString('base64url'));
    const joining = this.tenant
      .run(person, (tx) => this.create(tx, { person, passwordHash, identity }))
      .catch((error: unknown) => {
        // An account that belongs nowhere has the address: an invitation renews it.
        throw constraintOf(error) === 'app_user_email' ? new OidcFailure('no_account', { cause: error }) : error;
      });
    return this.foundAfter(identity, joining);
  }

  private async create(
    tx: EntityManager,
    { person, passwordHash, identity }: { person: NewPerson; passwordHash: string; identity: OidcIdentity },
  ): Promise<void> {
    const { email, name, role, organizationId } = person;
    const [userId, memberId, now] = [newId(), newId(), this.clock.now()];
    await tx.query('insert into app_user (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)', [
      ...[userId, email, name, passwordHash, now],
    ]);
    await tx.query('insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $3, $4, $5)', [
      ...[memberId, organizationId, userId, role, now],
    ]);
    await this.insertLink(tx, identity, userId);
    const target = { type: 'member', id: memberId, name: email } as const;
    const after = { email, name, role, issuer: identity.issuer };
    await this.activity.record(tx, { actor: systemActor('sign-in', organizationId), action: 'member.joined', target, after });
  }

  private async insertLink(tx: EntityManager, { issuer, subject }: OidcIdentity, userId: string): Promise<void> {
    await tx
      .query('insert into identity_link (issuer, subject, user_id, created_at) values ($1, $2, $3, $4)', [
        issuer,
        subject,
        userId,
        this.clock.now(),
      ])
      .catch((error: unknown) => {
        // The address belongs to somebody else at the provider now: whose account it is must be said by a person.
        throw constraintOf(error) === 'identity_link_user' ? new OidcFailure('other_account', { cause: error }) : error;
      });
  }

  private roleOf({ groups }: OidcIdentity): Role | null {
    return roleOfClaim(groups, this.config.oidc?.roleMap ?? {});
  }

  /** Null: the provider has no say in it. Throws when it has, and no group of the person opens anything. */
  private async mappedRole(identity: OidcIdentity, { organization_id }: Admitted): Promise<Role | null> {
    if (this.config.oidc?.roleMap == null || organization_id !== (await this.home())) return null;
    const role = this.roleOf(identity);
    if (role === null) throw new OidcFailure('no_role');
    return role;
  }

  /** The last admin stays one, whatever the provider says. Answers the role that is in force. */
  private changeRole({ id, email, organization_id: organizationId }: Admitted, role: Role): Promise<Role> {
    return this.tenant.run({ organizationId }, async (tx) => {
      await lockPeople(tx, { organizationId });
      const [member] = await tx.query<{ id: string; role: Role }[]>(
        'select id, role from membership where organization_id = $1 and user_id = $2',
        [organizationId, id],
      );
      if (!member) throw new OidcFailure('no_account');
      if (member.role === 'admin' && !(await hasOtherAdmin(tx, { organizationId, memberId: member.id }))) return member.role;
      const values = [organizationId, id, role];
      await tx.query('update membership set role = $3 where organization_id = $1 and user_id = $2', values);
      // Those that were opened with the old role.
      const ended = [organizationId, id, this.clock.now()];
      await tx.query('update user_session set ended_at = $3 where organization_id = $1 and user_id = $2 and ended_at is null', ended);
      const target = { type: 'member', id: member.id, name: email } as const;
      const [before, after] = [{ role: member.role }, { role }];
      await this.activity.record(tx, {
        actor: systemActor('sign-in', organizationId),
        action: 'member.role_changed',
        target,
        before,
        after,
      });
      return role;
    });
  }

  private async home(): Promise<string> {
    const [row] = await this.db.query<{ id: string }[]>('select home_organization() as id');
    if (!row) throw new Error('There is no home organization: the first run has not happened.');
    return row.id;
  }
}

function admitted(account: Account | null): Admitted {
  if (account === null || account.organization_id === null || account.role === null) throw new OidcFailure('no_account');
  if (account.suspended_at !== null) throw new OidcFailure('suspended');
  return { ...account, organization_id: account.organization_id, role: account.role };
}
