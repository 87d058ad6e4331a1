import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { requireId, typeId } from '../../platform/ids';
import { LogViews } from '../log-views';
import { shownRecord } from '../shown-record';
import { isFailure, LogHelpService } from './log-help.service';
import { failuresAround } from './same-failures';
import { supportBundle } from './support-bundle';

@Injectable()
export class SupportBundleService {
  constructor(
    private readonly tenant: Tenant,
    private readonly views: LogViews,
    private readonly logHelp: LogHelpService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  open(actor: Actor, id: string): Promise<StreamableFile> {
    const uuid = requireId('log', id);
    return this.tenant.run(actor, async (tx) => {
      const view = await this.views.of(tx, actor);
      const { record } = await shownRecord(tx, { actor, id: uuid, view });
      const around = { tx, actor, view, record };
      const failures = isFailure(record) ? await failuresAround(around) : [record];
      const help = await this.logHelp.of({ ...around, failures });
      const bundle = supportBundle({ record, help, failures, madeAt: view.now, recordingMode: this.config.audit.mode });
      return new StreamableFile(Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`), {
        type: 'application/json',
        disposition: `attachment; filename="support-${typeId('req', record.id)}.json"`,
      });
    });
  }
}
