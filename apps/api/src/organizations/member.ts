/** A member as it is read and shown: somebody who joined, or is invited. The invitation's id becomes the membership's, so it never changes. */
import type { Role } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { AppError } from '../platform/app-error';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { MemberState, MemberView } from './organizations.dto';

export type Member = {
  id: string;
  user_id: string | null;
  name: string;
  email: string;
  role: Role;
  state: MemberState;
  second_factor: boolean;
  created_at: Date;
  last_sign_in_at: Date | null;
  invitation_expires_at: Date | null;
};

/** $1: the organization. To be narrowed down by what is written behind it. Milliseconds: a cursor has no finer ones. */
export const membersAndInvitations = `
  select * from (
    select m.id, m.user_id, u.name, u.email, m.role, case when m.suspended_at is null then 'active' else 'suspended' end as state,
      exists (select 1 from second_factor f where f.user_id = u.id and f.confirmed_at is not null) as second_factor,
      date_trunc('milliseconds', m.created_at) as created_at, u.last_sign_in_at, null::timestamptz as invitation_expires_at
    from membership m join app_user u on u.id = m.user_id where m.organization_id = $1
    union all
    select i.id, null, i.name, i.email, i.role, 'invited', false, date_trunc('milliseconds', i.created_at), null, i.expires_at
    from invitation i where i.organization_id = $1 and i.accepted_at is null and i.revoked_at is null
  ) member`;

export function toView(member: Member): MemberView {
  return {
    id: typeId('mem', member.id),
    userId: typeIdOrNull('usr', member.user_id),
    name: member.name,
    email: member.email,
    role: member.role,
    state: member.state,
    secondFactor: member.second_factor,
    createdAt: member.created_at.toISOString(),
    lastSignInAt: member.last_sign_in_at?.toISOString() ?? null,
    invitationExpiresAt: member.invitation_expires_at?.toISOString() ?? null,
  };
}

export async function loadMember(tx: EntityManager, { organizationId }: { organizationId: string }, id: string): Promise<Member> {
  const [member] = await tx.query<Member[]>(`${membersAndInvitations} where id = $2`, [organizationId, id]);
  if (!member) throw new AppError('resource_not_found');
  return member;
}

/** What the mails of an invitation are queued under, for whoever withdraws it. */
export const invitationMail = (id: string): string => `invitation:${id}`;

/** Besides this member, who can sign in. */
export async function hasOtherAdmin(
  tx: EntityManager,
  { organizationId, memberId }: { organizationId: string; memberId: string },
): Promise<boolean> {
  const others = await tx.query<unknown[]>(
    `select 1 from membership where organization_id = $1 and id <> $2 and role = 'admin' and suspended_at is null limit 1`,
    [organizationId, memberId],
  );
  return others.length > 0;
}

/** One change of the people of an organization at a time: two admins who demote each other must not both succeed. */
export async function lockPeople(tx: EntityManager, { organizationId }: { organizationId: string }): Promise<void> {
  // Not `for update`: other tables refer to this row, and their inserts need not wait.
  await tx.query('select 1 from organization where id = $1 for no key update', [organizationId]);
}
