/** Who belongs to the organization and as what. There is always an admin who can sign in. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId } from '../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import { hasOtherAdmin, invitationMail, loadMember as load, lockPeople, membersAndInvitations, toView, type Member } from './member';
import type { ChangeMember, MemberPage, MemberView } from './organizations.dto';
import { SecondFactors } from './second-factors';

/** Somebody who joined. */
type Joined = Member & { user_id: string };

@Injectable()
export class MembersService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly factors: SecondFactors,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<MemberPage> {
    const query = readQuery(parameters, ['limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'members', organizationId: actor.organizationId, order, filter: {} };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<Member[]>(
        `${membersAndInvitations}
         where $2::timestamptz is null or (created_at, id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid)
         order by created_at ${order}, id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.created_at, id: row.id }), view: toView });
    });
  }

  change(actor: Actor, id: string, change: ChangeMember): Promise<MemberView> {
    const uuid = requireId('mem', id);
    return this.tenant.run(actor, async (tx) => {
      const member = await lockMember(tx, actor, uuid);
      if (!hasJoined(member)) return this.changeInvitation(tx, actor, { member, change });
      await this.changeRole(tx, actor, { member, role: change.role });
      await this.changeSuspension(tx, actor, { member, suspended: change.suspended });
      return toView(await load(tx, actor, uuid));
    });
  }

  async remove(actor: Actor, id: string): Promise<void> {
    const uuid = requireId('mem', id);
    await this.tenant.run(actor, async (tx) => {
      const member = await lockMember(tx, actor, uuid);
      if (hasJoined(member)) {
        await keepAnAdmin(tx, actor, member);
        await tx.query('delete from membership where organization_id = $1 and id = $2', [actor.organizationId, uuid]);
      } else {
        const values = [actor.organizationId, uuid, this.clock.now()];
        await tx.query('update invitation set revoked_at = $3 where organization_id = $1 and id = $2', values);
        await this.outbox.withdraw(tx, invitationMail(uuid));
      }
      const before = { email: member.email, role: member.role, state: member.state };
      const after = hasJoined(member) ? { sessionsEnded: await this.endSessions(tx, actor, member) } : null;
      await this.activity.record(tx, { actor, action: 'member.removed', target: targetOf(member), before, after });
    });
  }

  /** Of a person who belongs here only: what protects other organizations too is not one admin's to take away. */
  async resetSecondFactor(actor: Actor, id: string): Promise<void> {
    const uuid = requireId('mem', id);
    await this.tenant.run(actor, async (tx) => {
      const member = await lockMember(tx, actor, uuid);
      if (!hasJoined(member)) return;
      const [row] = await tx.query<{ count: string }[]>('select count_memberships($1) as count', [member.user_id]);
      if (Number(row?.count) > 1) throw elsewhere();
      if (!(await this.factors.remove(tx, member.user_id))) return;
      await this.endSessions(tx, actor, member);
      await this.activity.record(tx, { actor, action: 'member.second_factor_reset', target: targetOf(member) });
    });
  }

  /**
   * Signs a person out everywhere in this organization, in a transaction of the caller's; of whoever does it, everywhere else. Returns how many sessions ended.
   * Locks the people of the organization: before anything that locks one person.
   */
  async endSessionsWithin(tx: EntityManager, actor: Actor, userId: string): Promise<number> {
    await lockPeople(tx, actor);
    const [row] = await tx.query<{ id: string }[]>('select id from membership where organization_id = $1 and user_id = $2', [
      ...[actor.organizationId, userId],
    ]);
    if (!row) throw new AppError('resource_not_found', { detail: 'Nobody of the organization has this id. Check the id.' });
    const member = await load(tx, actor, row.id);
    if (!hasJoined(member)) return 0;
    const sessionsEnded = await this.endSessions(tx, actor, member, actor.type === 'user' ? actor.sessionId : null);
    if (sessionsEnded > 0)
      await this.activity.record(tx, { actor, action: 'member.signed_out', target: targetOf(member), after: { sessionsEnded } });
    return sessionsEnded;
  }

  private async changeRole(
    tx: EntityManager,
    actor: Actor,
    { member, role }: { member: Joined; role: ChangeMember['role'] },
  ): Promise<void> {
    if (role === undefined || role === member.role) return;
    await keepAnAdmin(tx, actor, member);
    await tx.query('update membership set role = $3 where organization_id = $1 and id = $2', [actor.organizationId, member.id, role]);
    const [before, after] = [{ role: member.role }, { role, sessionsEnded: await this.endSessions(tx, actor, member) }];
    await this.activity.record(tx, { actor, action: 'member.role_changed', target: targetOf(member), before, after });
  }

  private async changeSuspension(
    tx: EntityManager,
    actor: Actor,
    { member, suspended }: { member: Joined; suspended: ChangeMember['suspended'] },
  ): Promise<void> {
    if (suspended === undefined || suspended === (member.state === 'suspended')) return;
    if (suspended) await keepAnAdmin(tx, actor, await load(tx, actor, member.id));
    const values = [actor.organizationId, member.id, suspended ? this.clock.now() : null];
    await tx.query('update membership set suspended_at = $3 where organization_id = $1 and id = $2', values);
    const sessionsEnded = await this.endSessions(tx, actor, member);
    const action = suspended ? 'member.suspended' : 'member.reinstated';
    const [before, after] = [{ suspended: !suspended }, { suspended, ...(suspended ? { sessionsEnded } : {}) }];
    await this.activity.record(tx, { actor, action, target: targetOf(member), before, after });
  }

  private async changeInvitation(
    tx: EntityManager,
    actor: Actor,
    { member, change: { role, suspended } }: { member: Member; change: ChangeMember },
  ): Promise<MemberView> {
    if (suspended === true) {
      throw new AppError('illegal_transition', { detail: 'The invitation has not been accepted. Withdraw it instead of suspending it.' });
    }
    if (role === undefined || role === member.role) return toView(member);
    await tx.query('update invitation set role = $3 where organization_id = $1 and id = $2', [actor.organizationId, member.id, role]);
    const [before, after] = [{ role: member.role }, { role }];
    await this.activity.record(tx, { actor, action: 'member.role_changed', target: targetOf(member), before, after });
    return toView({ ...member, role });
  }

  /** Those that work in this organization. What the person does elsewhere is none of its business. */
  private async endSessions(tx: EntityManager, actor: Actor, { user_id }: Joined, spared: string | null = null): Promise<number> {
    const values = [actor.organizationId, user_id, this.clock.now(), spared];
    const [, ended] = await tx.query<[unknown[], number]>(
      'update user_session set ended_at = $3 where organization_id = $1 and user_id = $2 and ended_at is null and id is distinct from $4',
      values,
    );
    return ended;
  }
}

const elsewhere = (): AppError =>
  new AppError('illegal_transition', {
    detail: 'This person belongs to other organizations too. A recovery code lets them in; without one, ask whoever runs PineBill.',
  });

const hasJoined = (member: Member): member is Joined => member.user_id !== null;
const targetOf = ({ id, email }: Member) => ({ type: 'member', id, name: email }) as const;

async function lockMember(tx: EntityManager, actor: Actor, id: string): Promise<Member> {
  await lockPeople(tx, actor);
  return load(tx, actor, id);
}

/** Before an admin stops being one. */
async function keepAnAdmin(tx: EntityManager, actor: Actor, { id, role, state }: Member): Promise<void> {
  if (role !== 'admin' || state !== 'active') return;
  if (!(await hasOtherAdmin(tx, { organizationId: actor.organizationId, memberId: id })))
    throw new AppError('last_admin', { detail: 'This is the only admin who can sign in. Make somebody else an admin first.' });
}
