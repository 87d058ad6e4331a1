/**
 * The story of an incident from what was written down when it happened: its own events, what was done to its keys elsewhere (the activity log), and its oldest
 * and newest evidence. Nothing in it can be changed by hand.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLogsService } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { requireId } from '../platform/ids';
import type { IncidentTimeline, TimelineEntry } from './handling-view.dto';
import { getIncident, type IncidentRow } from './incidents.queries';
import { timelineOf } from './timeline.queries';

@Injectable()
export class Timelines {
  constructor(
    private readonly tenant: Tenant,
    private readonly logs: AuditLogsService,
  ) {}

  of(actor: Actor, id: string): Promise<IncidentTimeline> {
    const uuid = requireId('inc', id);
    return this.tenant.run(actor, async (tx) => ({ data: await this.within(tx, actor, await getIncident(tx, actor, uuid)) }));
  }

  /** In a transaction of the caller's. */
  async within(tx: EntityManager, actor: Actor, incident: IncidentRow): Promise<TimelineEntry[]> {
    return timelineOf(tx, actor, { incident, hidesAnonymous: await this.logs.hidesAnonymousFrom(tx, actor) });
  }
}
