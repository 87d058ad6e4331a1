/**
 * An admin invites; the link is mailed where there is a server for it, and can be handed over in any case. It works once, for 7 days. Sent again it is
 * another one, and the first is worth nothing.
 */
import { Injectable } from '@nestjs/common';
import type { Role } from '@pinebill/contract';
import { DataSource, QueryFailedError, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId, requireId } from '../platform/ids';
import { hashInvitationToken, INVITATION_MS, invitationUrl, newInvitationToken } from './invitation-token';
import { invitationMail, loadMember, lockPeople, toView, type Member } from './member';
import type { InvitedMember, InviteMember } from './organizations.dto';
import { asUser } from './sessions.service';

export type Invitation = {
  id: string;
  organization_id: string;
  email: string;
  role: Role;
  expires_at: Date;
  accepted_at: Date | null;
  revoked_at: Date | null;
};

@Injectable()
export class InvitationsService {
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
  ) {}

  async invite(actor: Actor, { email, name, role }: InviteMember, origin: string): Promise<InvitedMember> {
    const [now, token, user] = [this.clock.now(), newInvitationToken(), asUser(actor)];
    const expiresAt = new Date(now.getTime() + INVITATION_MS);
    const member: Member = {
      ...{ id: newId(), user_id: null, name, email, role, state: 'invited', second_factor: false },
      ...{ created_at: now, last_sign_in_at: null, invitation_expires_at: expiresAt },
    };
    await this.tenant.run(actor, async (tx) => {
      await lockPeople(tx, actor);
      await refuseMembers(tx, actor, email);
      await withdrawExpired(tx, actor, { email, now });
      await tx
        .query(
          `insert into invitation (id, organization_id, email, name, role, token_hash, invited_by, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [member.id, actor.organizationId, email, name, role, hashInvitationToken(token), user.id, now, expiresAt],
        )
        .catch(alreadyInvited);
      const target = { type: 'member', id: member.id, name: email } as const;
      await this.activity.record(tx, { actor, action: 'member.invited', target, after: { email, name, role } });
      await this.mail(tx, { actor: user, member, token, expiresAt });
    });
    return this.handOver(member, invitationUrl(origin, token));
  }

  async resend(actor: Actor, id: string, origin: string): Promise<InvitedMember> {
    const [now, token, user, uuid] = [this.clock.now(), newInvitationToken(), asUser(actor), requireId('mem', id)];
    const expiresAt = new Date(now.getTime() + INVITATION_MS);
    const member = await this.tenant.run(actor, async (tx) => {
      await lockPeople(tx, actor);
      const before = await loadMember(tx, actor, uuid);
      if (before.state !== 'invited')
        throw new AppError('illegal_transition', {
          detail: 'The invitation has been accepted. Who forgot their password gets a link for a new one.',
        });
      await tx.query('update invitation set token_hash = $3, expires_at = $4, invited_by = $5 where organization_id = $1 and id = $2', [
        ...[actor.organizationId, uuid, hashInvitationToken(token), expiresAt, user.id],
      ]);
      const renewed = { ...before, invitation_expires_at: expiresAt };
      await this.activity.record(tx, {
        actor,
        action: 'member.invitation_renewed',
        target: { type: 'member', id: uuid, name: before.email },
      });
      await this.mail(tx, { actor: user, member: renewed, token, expiresAt });
      return renewed;
    });
    return this.handOver(member, invitationUrl(origin, token));
  }

  private handOver(member: Member, url: string): InvitedMember {
    return Object.assign(toView(member), { invitationUrl: url, mailed: this.outbox.isConfigured });
  }

  /** The one before, if it is still waiting, would lead nowhere. */
  private async mail(
    tx: EntityManager,
    { actor, member, token, expiresAt }: { actor: UserActor; member: Member; token: string; expiresAt: Date },
  ): Promise<void> {
    if (!this.outbox.isConfigured) return;
    const { organizationId } = actor;
    const { id, email, name, role } = member;
    await this.outbox.withdraw(tx, invitationMail(id));
    const [row] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
    await this.outbox.queue(tx, {
      ...{ organizationId, to: [{ email, name }], requires: null, dedupeKey: `${invitationMail(id)}:${newId()}`, expiresAt },
      subject: `${actor.name} invites you to ${row?.name ?? 'an organization'} on PineBill`,
      text: `Hello ${name},\n\n${actor.name} (${actor.email}) invites you to ${row?.name ?? 'an organization'} as ${role === 'admin' ? 'an admin' : `a ${role}`}. Accept here, and choose a password:\n${invitationUrl(this.outbox.origin, token)}\n\nThe link works once, until ${expiresAt.toUTCString()}. If you did not expect it, you need do nothing.`,
    });
  }

  /** Whatever has become of it; throws when there never was one with this token. */
  async get(token: string): Promise<Invitation> {
    const [invitation] = await this.db.query<Invitation[]>('select * from invitation_by_hash($1)', [hashInvitationToken(token)]);
    if (!invitation) throw new AppError('resource_not_found', { detail: 'There is no such invitation. Check that the link is complete.' });
    return invitation;
  }

  /** Throws 410 when it can no longer be accepted. */
  requireOpen({ accepted_at, revoked_at, expires_at }: Pick<Invitation, 'accepted_at' | 'revoked_at' | 'expires_at'>): void {
    if (accepted_at !== null) throw new AppError('already_accepted', { detail: 'This invitation was accepted already. Sign in instead.' });
    if (revoked_at === null && expires_at > this.clock.now()) return;
    const detail = 'The invitation has expired or was withdrawn. Ask an admin of the organization for a new one.';
    throw new AppError('invitation_expired', { detail });
  }

  /** Uses it up, in the transaction of whoever joins. Of many at once one gets it. */
  async use(tx: EntityManager, { id, organization_id }: Invitation): Promise<{ role: Role; at: Date }> {
    await lockPeople(tx, { organizationId: organization_id });
    const [invitation] = await tx.query<Invitation[]>(
      'select role, accepted_at, revoked_at, expires_at from invitation where organization_id = $1 and id = $2 for update',
      [organization_id, id],
    );
    if (!invitation) throw new AppError('resource_not_found');
    this.requireOpen(invitation);
    const at = this.clock.now();
    await tx.query('update invitation set accepted_at = $3 where organization_id = $1 and id = $2', [organization_id, id, at]);
    return { role: invitation.role, at };
  }
}

async function refuseMembers(tx: EntityManager, actor: Actor, email: string): Promise<void> {
  const members = await tx.query<unknown[]>(
    'select 1 from membership m join app_user u on u.id = m.user_id where m.organization_id = $1 and lower(u.email) = lower($2)',
    [actor.organizationId, email],
  );
  if (members.length > 0) throw new AppError('email_taken', { detail: 'A member of the organization has this e-mail address already.' });
}

async function withdrawExpired(tx: EntityManager, actor: Actor, { email, now }: { email: string; now: Date }): Promise<void> {
  await tx.query(
    `update invitation set revoked_at = $3 where organization_id = $1 and lower(email) = lower($2)
       and accepted_at is null and revoked_at is null and expires_at <= $3`,
    [actor.organizationId, email, now],
  );
}

function alreadyInvited(error: unknown): never {
  if (constraintOf(error) !== 'invitation_open_email') throw error;
  const detail = 'There is an open invitation for this e-mail address. If its link is lost, withdraw it and invite again.';
  throw new AppError('email_taken', { detail, cause: error });
}

export const constraintOf = (error: unknown): string | undefined =>
  error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
