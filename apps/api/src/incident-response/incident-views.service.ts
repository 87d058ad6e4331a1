/** The whole of an incident, as it stands at this moment. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { knownOf } from './incident-facts';
import { toIncidentView } from './incident-view';
import type { IncidentView } from './incident-view.dto';
import { countsOf, getIncident } from './incidents.queries';

@Injectable()
export class IncidentViews {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  async get(actor: Actor, uuid: string): Promise<IncidentView> {
    return this.tenant.run(actor, (tx) => this.within(tx, actor, uuid));
  }

  private async within(tx: EntityManager, actor: Actor, uuid: string): Promise<IncidentView> {
    const incident = await getIncident(tx, actor, uuid);
    const known = (await knownOf(tx, actor, [incident]))(incident);
    const counts = await countsOf(tx, actor, uuid);
    return toIncidentView({ incident, known, now: this.clock.now() }, { counts, actor });
  }
}
