/** How a drill went, for those who want the next one to go better. */
import { Injectable } from '@nestjs/common';
import { datesOf, keyState, livingKeys } from '../../api-keys';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Clock } from '../../platform/clock';
import { requireId, typeId } from '../../platform/ids';
import { knownOf, statusesOf } from '../incident-facts';
import { getIncident } from '../incidents.queries';
import { drillKeyOf } from './drill-keys.service';
import { timingOf, type StepTiming } from './drill-timing';
import type { DrillReport } from './drill.dto';

@Injectable()
export class DrillReports {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  get(actor: Actor, id: string): Promise<DrillReport> {
    const uuid = requireId('inc', id);
    return this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid);
      if (!incident.drill) throw new AppError('resource_not_found', { detail: 'The incident is no drill. Read the incident itself.' });
      const now = this.clock.now();
      const keyId = drillKeyOf(incident);
      const [key] = keyId === null ? [] : await livingKeys(tx, actor.organizationId, [keyId]);
      const known = (await knownOf(tx, actor, [incident]))(incident);
      const steps = timingOf(statusesOf(incident, known, now), { openedAt: incident.opened_at, now: incident.closed_at ?? now });
      return {
        incidentId: typeId('inc', incident.id),
        apiKey: key
          ? {
              ...{ id: typeId('key', key.id), name: key.name, state: keyState(datesOf(key), now) },
              expiresAt: key.expires_at?.toISOString() ?? null,
            }
          : null,
        openedAt: incident.opened_at.toISOString(),
        closedAt: incident.closed_at?.toISOString() ?? null,
        steps: steps.map((one) => ({ ...one, at: one.at?.toISOString() ?? null })),
        withinTargets: verdictOn(steps, incident.closed_at !== null),
      };
    });
  }
}

const verdictOn = (steps: readonly StepTiming[], isOver: boolean): boolean | null =>
  steps.some(({ withinTarget }) => withinTarget === false) ? false : isOver ? true : null;
