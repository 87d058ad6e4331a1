/**
 * What the page of plan and retention would show after some months, by the product's own services: a hold that somebody asked for, and of the organization on the
 * smallest plan an archive of what it no longer shows, and the certificate of its purge.
 */
import { mkdirSync } from 'node:fs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { typeId } from '../platform/ids';
import { Archiver, ArchivesService } from '../archives';
import { APP_CONFIG, type AppConfig } from '../config';
import { HoldsService, Purge } from '../retention';
import { actorsOf } from './actors';
import type { HistoryOrganization } from './history-records';

const DAY_MS = 86_400_000;

type Staged = { app: NestFastifyApplication; organizations: readonly HistoryOrganization[]; signal: AbortSignal };

/** Takes a second or two, for which nobody should wait. */
export async function archiveAndPurge({ app, organizations: [home, ...others], signal }: Staged): Promise<void> {
  const { directory } = app.get<AppConfig>(APP_CONFIG).delivery;
  if (directory === null || !home) return;
  mkdirSync(directory, { recursive: true });
  const admin = actorsOf(home)?.admin();
  for (const { id } of others) if (admin) await app.get(ArchivesService).set({ ...admin, organizationId: id }, { archiveTo: 'directory' });
  await app.get(Archiver).run(signal);
  await app.get(Purge).run({ signal });
}

export async function holdRecords(app: NestFastifyApplication, home: HistoryOrganization, now: Date): Promise<void> {
  const [actors, key] = [actorsOf(home), home.keys.find(({ handle }) => handle === 'contractor')];
  if (!actors || !key) return;
  await app.get(HoldsService).create(actors.admin(), {
    reason: 'Letter of Hartley & Moss, case 2025/118: what the laptop of the contractor called',
    filter: { apiKeyId: typeId('key', key.id) },
    until: new Date(now.getTime() + 365 * DAY_MS).toISOString(),
  });
}
