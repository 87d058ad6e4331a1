/** The people of the demo as the product's services know them. */
import { newId } from '../platform/ids';
import type { UserActor } from '../platform/actor';
import { people } from './cast';
import type { HistoryOrganization, HistoryPerson } from './history-records';

/** Null in an organization without an admin and a member. Each use of one is a request of its own. */
export function actorsOf({ id, people: persons }: HistoryOrganization): { admin: () => UserActor; member: () => UserActor } | null {
  const [admin, member] = [persons.find(({ role }) => role === 'admin'), persons.find(({ role }) => role === 'member')];
  return admin && member ? { admin: () => actorOf(admin, id), member: () => actorOf(member, id) } : null;
}

const actorOf = ({ id, name, role }: HistoryPerson, organizationId: string): UserActor => ({
  type: 'user',
  id,
  name,
  role: role as UserActor['role'],
  email: people.find((person) => person.name === name)?.email ?? '',
  organizationId,
  sessionId: id,
  mustChangePassword: false,
  mustEnrolSecondFactor: false,
  ip: null,
  requestId: newId(),
});
