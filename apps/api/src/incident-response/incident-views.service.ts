/** The whole of an incident, as it stands at this moment. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { IncidentCallers } from './incident-callers.service';
import { knownOf, type Known } from './incident-facts';
import { IncidentLive } from './incident-live.service';
import { toIncidentView, type Shown } from './incident-view';
import type { IncidentView } from './incident-view.dto';
import { countsOf, getIncident, type IncidentRow } from './incidents.queries';

@Injectable()
export class IncidentViews {
  constructor(
    private readonly tenant: Tenant,
    private readonly callers: IncidentCallers,
    private readonly live: IncidentLive,
    private readonly clock: Clock,
  ) {}

  /** For the answer to a change. */
  get(actor: Actor, uuid: string): Promise<IncidentView> {
    return this.tenant.run(actor, async (tx) => this.viewOf(tx, actor, await this.read(tx, actor, uuid)));
  }

  /** With what the log knows by now of who has moved and who still tries. Not inside a transaction: several things are asked at once. */
  async getLive(actor: Actor, uuid: string): Promise<IncidentView> {
    await this.callers.refresh(actor, uuid);
    const { known } = await this.tenant.run(actor, (tx) => this.read(tx, actor, uuid));
    const keys = known.subjects.flatMap(({ kind, reference }) => (kind === 'key' ? (known.keys.get(reference) ?? []) : []));
    const live = await this.live.of(actor, keys);
    return this.tenant.run(actor, async (tx) => this.viewOf(tx, actor, { ...(await this.read(tx, actor, uuid)), live }));
  }

  private async read(tx: EntityManager, actor: Actor, uuid: string): Promise<{ incident: IncidentRow; known: Known }> {
    const incident = await getIncident(tx, actor, uuid);
    return { incident, known: (await knownOf(tx, actor, [incident]))(incident) };
  }

  private async viewOf(tx: EntityManager, actor: Actor, shown: Omit<Shown, 'now'>): Promise<IncidentView> {
    const counts = await countsOf(tx, actor, shown.incident.id);
    return toIncidentView({ ...shown, now: this.clock.now() }, { counts, actor });
  }
}
