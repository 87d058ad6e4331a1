/** What is normal of two keys: approved of one, waiting for somebody to read it of the other. By the product's own service, from the history that was written. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BaselinesService } from '../detections';
import { typeId } from '../platform/ids';
import { actorsOf } from './actors';
import type { HistoryOrganization } from './history-records';

export async function describeUsage(app: NestFastifyApplication, home: HistoryOrganization): Promise<void> {
  const actors = actorsOf(home);
  const baselines = app.get(BaselinesService);
  for (const handle of ['warehouse', 'portal']) {
    const key = home.keys.find((one) => one.handle === handle);
    if (!actors || !key) continue;
    const { id } = await baselines.draft(actors.admin(), { apiKeyId: typeId('key', key.id) });
    if (handle === 'warehouse') await baselines.approve(actors.admin(), id);
  }
}
