/** What the people of the demo have asked for before the visitor comes, by the product's own services: an export, and one for each month. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExportsService, SchedulesService } from '../exports';
import { actorsOf } from './actors';
import type { HistoryOrganization } from './history-records';

export async function askForExports(app: NestFastifyApplication, organization: HistoryOrganization): Promise<void> {
  const actors = actorsOf(organization);
  if (!actors) return;
  await app.get(ExportsService).create(actors.member(), { format: 'csv', gzip: true, filter: { status: '4xx,5xx' } });
  await app
    .get(SchedulesService)
    .create(actors.admin(), { name: 'For the auditor', every: 'month', source: 'period', format: 'jsonl', gzip: true });
}
