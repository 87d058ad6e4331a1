/**
 * A new password by a link. It ends every session and opens none: whoever has a second factor on still needs it to sign in. An admin makes a link for
 * somebody who gets no mail, but not for a person who belongs elsewhere too: the password opens what is there as well.
 */
import { Injectable } from '@nestjs/common';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import { systemActor, type Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { requireId } from '../platform/ids';
import type { EntityManager } from 'typeorm';
import { loadMember, type Member } from './member';
import { PasswordLinks, resetUrl, type NewLink } from './password-links.service';
import type { PasswordResetLink } from './password-resets.dto';
import { Passwords } from './passwords';
import { lockPerson } from './person-lock';
import { asUser } from './sessions.service';

type From = { ip: string | null; requestId: string | null };
type Joined = Member & { user_id: string };

@Injectable()
export class PasswordResetsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly outbox: Outbox,
    private readonly links: PasswordLinks,
    private readonly passwords: Passwords,
    private readonly clock: Clock,
  ) {}

  async complete(token: string, password: string, from: From): Promise<void> {
    const { organization_id: organizationId, user_id: userId, email } = await this.links.get(token);
    // Hashed before the transaction: a connection is not kept waiting for it.
    const hash = await this.passwords.hash(password);
    const actor = { ...systemActor('password reset', organizationId), ...from };
    await this.tenant.run(actor, async (tx) => {
      // The person before the links, as a password changed in the settings locks them: two links of one person at once wait for each other here.
      await lockPerson(tx, userId);
      await this.links.use(tx, token);
      await replacePassword(tx, { userId, hash, at: this.clock.now() });
      await this.activity.record(tx, { actor, action: 'password.reset', target: { type: 'user', id: userId, name: email } });
      if (this.outbox.isConfigured) await this.tellOfIt(tx, { organizationId, userId, email }, from);
    });
    await this.passwords.forgive({ email, ip: from.ip });
  }

  /** With a server for mail the link goes to the person alone; without one the admin hands it over. */
  async makeFor(actor: Actor, id: string, origin: string): Promise<PasswordResetLink> {
    const [admin, uuid] = [asUser(actor), requireId('mem', id)];
    return this.tenant.run(actor, async (tx) => {
      const member = await requireResettable(tx, await loadMember(tx, actor, uuid), admin.id);
      const link = await this.links.make(tx, { organizationId: actor.organizationId, userId: member.user_id, madeBy: admin.id });
      const mailed = this.outbox.isConfigured;
      const target = { type: 'member', id: uuid, name: member.email } as const;
      await this.activity.record(tx, { actor, action: 'password.reset_link_made', target, after: { mailed } });
      if (mailed) await this.mail(tx, { member, link, admin });
      return { resetUrl: mailed ? null : resetUrl(origin, link.token), mailed, expiresAt: link.expiresAt.toISOString() };
    });
  }

  private async mail(
    tx: EntityManager,
    { member, link, admin }: { member: Joined; link: NewLink; admin: { name: string; organizationId: string } },
  ): Promise<void> {
    await this.outbox.queue(tx, {
      ...{ organizationId: admin.organizationId, to: [{ userId: member.user_id }], requires: null, expiresAt: link.expiresAt },
      subject: 'Choose a new password',
      text: `Hello ${member.name},\n\n${admin.name} made a link with which you choose a new password for your PineBill account ${member.email}:\n${resetUrl(this.outbox.origin, link.token)}\n\nIt works once, within an hour.`,
    });
  }

  private async tellOfIt(
    tx: EntityManager,
    { organizationId, userId, email }: { organizationId: string; userId: string; email: string },
    { ip }: From,
  ): Promise<void> {
    await this.outbox.queue(tx, {
      ...{ organizationId, to: [{ userId }], requires: null },
      subject: 'Your password was changed',
      text: `The password of your PineBill account ${email} was replaced by a link, from the address ${ip ?? 'unknown'}. All your sessions have ended.\n\nIf it was not you, tell an admin of your organization at once, so that they suspend the account.`,
    });
  }
}

/** Ends every session: whoever knew the old password is out. */
async function replacePassword(tx: EntityManager, { userId, hash, at }: { userId: string; hash: string; at: Date }): Promise<void> {
  const [, changed] = await tx.query<[unknown[], number]>(
    'update app_user set password_hash = $2, must_change_password = false where id = $1',
    [userId, hash],
  );
  // Removed from the organization that the link is of.
  if (changed === 0)
    throw new AppError('reset_link_over', { detail: 'The account is no longer one of this organization. Ask for a new link.' });
  await tx.query('select session_end_for_user($1, null, $2)', [userId, at]);
}

async function requireResettable(tx: EntityManager, member: Member, adminId: string): Promise<Joined> {
  const { user_id } = member;
  if (user_id === null) throw cannot('The invitation has not been accepted: there is no password yet. Send the invitation again instead.');
  if (member.state === 'suspended') throw cannot('The member is suspended and cannot sign in. Reinstate them first.');
  if (user_id === adminId) throw cannot('This is your own account. Change your password in the settings.');
  const [row] = await tx.query<{ count: string }[]>('select memberships_of_user($1) as count', [user_id]);
  if (Number(row?.count) !== 1)
    throw cannot(
      'This person belongs to another organization as well, so no admin can make the link. They can ask for it on the sign-in page.',
    );
  return { ...member, user_id };
}

const cannot = (detail: string): AppError => new AppError('illegal_transition', { detail });
