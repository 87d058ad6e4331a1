/**
 * Somebody accepts an invitation. Who has no account gets one. Who has one proves it with its password, so that a link in the wrong hands
 * does not join in another's name. An account that belongs nowhere any more opens nothing, so it may be given a new password.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { AppError } from '../platform/app-error';
import { newId } from '../platform/ids';
import { accountByEmail, type Account } from './account';
import { constraintOf, InvitationsService, type Invitation } from './invitations.service';
import type { AcceptInvitation, SessionView } from './organizations.dto';
import { Passwords } from './passwords';
import { lockPerson } from './person-lock';
import type { Exchange } from './session-cookie';
import { SessionsService, type OpenedSession } from './sessions.service';
import { SignInService } from './sign-in.service';

type Joiner = Pick<Account, 'id' | 'name' | 'email' | 'must_change_password'> & {
  /** What is to be written of the account; `replacing`: the hash it has now. Null: it stays as it is. */
  password: { hash: string; replacing: string | null } | null;
  /** The hash that was proved. */
  proved: string | null;
};

@Injectable()
export class JoiningService {
  // Seven, two more than the house rule: joining is where invitation, account, membership and session meet.
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly invitations: InvitationsService,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly signIn: SignInService,
    private readonly activity: Activity,
  ) {}

  async accept(token: string, body: AcceptInvitation, exchange: Exchange): Promise<SessionView> {
    const invitation = await this.invitations.get(token);
    this.sessions.attribute(exchange.request, invitation.organization_id);
    this.invitations.requireOpen(invitation);
    const joiner = await this.joinerOf(invitation, body, exchange);
    const opened = await this.tenant.run({ organizationId: invitation.organization_id }, (tx) =>
      this.join(tx, { invitation, joiner }, exchange),
    );
    return this.sessions.handOver(opened, exchange);
  }

  private async joinerOf({ email }: Invitation, { name, ...proof }: AcceptInvitation, exchange: Exchange): Promise<Joiner> {
    const account = await accountByEmail(this.db, email);
    if (account?.organization_id) {
      await this.signIn.prove({ ...account, organization_id: account.organization_id }, proof, exchange);
      return { ...account, password: null, proved: account.password_hash };
    }
    const { password } = proof;
    const hash = await this.passwords.hash(password);
    return {
      ...{ id: account?.id ?? newId(), name, email, must_change_password: false },
      password: { hash, replacing: account?.password_hash ?? null },
      proved: null,
    };
  }

  private async join(
    tx: EntityManager,
    { invitation, joiner }: { invitation: Invitation; joiner: Joiner },
    exchange: Exchange,
  ): Promise<OpenedSession> {
    const { role, at } = await this.invitations.use(tx, invitation);
    const { id: memberId, organization_id: organizationId } = invitation;
    const { id, name, email, must_change_password: mustChangePassword } = joiner;
    try {
      if (joiner.password?.replacing === null) await createAccount(tx, joiner, at);
      await tx.query('insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $3, $4, $5)', [
        ...[memberId, organizationId, id, role, at],
      ]);
      // The account is visible now, as one of this organization.
      if (joiner.password?.replacing) await renewAccount(tx, joiner);
      if (joiner.proved !== null && (await lockPerson(tx, id)) !== joiner.proved) throw changedMeanwhile();
    } catch (error) {
      throw taken(error);
    }
    const opened = await this.sessions.open(tx, { id, name, email, role, organizationId, mustChangePassword }, exchange);
    const target = { type: 'member', id: memberId, name: email } as const;
    await this.activity.record(tx, { actor: opened.actor, action: 'member.joined', target, after: { email, name, role } });
    return opened;
  }
}

async function createAccount(tx: EntityManager, { id, email, name, password }: Joiner, at: Date): Promise<void> {
  await tx.query('insert into app_user (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)', [
    ...[id, email, name, password?.hash, at],
  ]);
}

async function renewAccount(tx: EntityManager, { id, name, password }: Joiner): Promise<void> {
  // Compared with the hash that was read: in between it may have joined elsewhere, and then its password is its own again.
  const [, changed] = await tx.query<[unknown[], number]>(
    'update app_user set name = $2, password_hash = $3, must_change_password = false where id = $1 and password_hash = $4',
    [id, name, password?.hash, password?.replacing],
  );
  // It belonged to whoever had the account before it belonged nowhere.
  await tx.query('delete from recovery_code where user_id = $1', [id]);
  await tx.query('delete from second_factor where user_id = $1', [id]);
  await tx.query('delete from identity_link where user_id = $1', [id]);
  if (changed === 0) throw changedMeanwhile();
}

const changedMeanwhile = (): AppError =>
  new AppError('email_taken', { detail: 'The account has changed in the meantime. Open the link again.' });

function taken(error: unknown): unknown {
  const constraint = constraintOf(error);
  if (constraint !== 'app_user_email' && constraint !== 'membership_pkey') return error;
  const detail = 'There is an account with this e-mail address already, or it belongs to the organization already. Open the link again.';
  return new AppError('email_taken', { detail, cause: error });
}
