/** What the people of the demo have asked for before the visitor comes, by the product's own services: an export, and one for each month. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExportsService, SchedulesService } from '../exports';
import type { UserActor } from '../platform/actor';
import { people } from './cast';
import type { HistoryOrganization, HistoryPerson } from './history-records';

export async function askForExports(app: NestFastifyApplication, { id, people: persons }: HistoryOrganization): Promise<void> {
  const actors = persons.map((person) => actorOf(person, id));
  const [admin, member] = [actors.find(({ role }) => role === 'admin'), actors.find(({ role }) => role === 'member')];
  if (!admin || !member) return;
  await app.get(ExportsService).create(member, { format: 'csv', gzip: true, filter: { status: '4xx,5xx' } });
  await app.get(SchedulesService).create(admin, { name: 'For the auditor', every: 'month', source: 'period', format: 'jsonl', gzip: true });
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
  requestId: null,
});
