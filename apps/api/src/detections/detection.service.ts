/** How far the log of an organization was looked at, and whether what its people do at the console is looked at too. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import type { ChangeDetection, DetectionView } from './detection.dto';
import { detectionCoverage, keepSetting, settingOf, waitingOf } from './detection-state.queries';

@Injectable()
export class DetectionService {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly activity: Activity,
  ) {}

  get(actor: Actor): Promise<DetectionView> {
    return this.tenant.run(actor, (tx) => viewOf(tx, actor));
  }

  /** From the next step on; what was looked at before stays as it was looked at. */
  change(actor: Actor, { includesPeople }: ChangeDetection): Promise<DetectionView> {
    return this.tenant.run(actor, async (tx) => {
      const before = await settingOf(tx, actor.organizationId);
      if (before.includesPeople !== includesPeople) {
        await keepSetting(tx, actor.organizationId, { includesPeople, by: actor.name, at: this.clock.now() });
        const target = { type: 'organization', id: actor.organizationId, name: 'Detection' } as const;
        await this.activity.record(tx, { actor, action: 'detection.changed', target, before, after: { includesPeople } });
      }
      return viewOf(tx, actor);
    });
  }
}

async function viewOf(tx: EntityManager, { organizationId }: Actor): Promise<DetectionView> {
  const { since, until } = await detectionCoverage(tx, organizationId);
  const { waiting, oldestWaitingAt, failures, failedAt } = await waitingOf(tx, organizationId);
  const { includesPeople } = await settingOf(tx, organizationId);
  const text = (at: Date | null): string | null => at?.toISOString() ?? null;
  return {
    ...{ since: text(since), until: text(until), waiting, oldestWaitingAt: text(oldestWaitingAt) },
    ...{ failures, lastFailedAt: text(failedAt), includesPeople },
  };
}
