/** Incidents: opened, listed, read, described. What is done about one is in the services beside this one. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf } from '../platform/cursor';
import { requireId } from '../platform/ids';
import { readQuery } from '../platform/query';
import { applied, requirePossible, storeDescription } from './describing';
import { IncidentEvents } from './incident-events.service';
import { knownOf } from './incident-facts';
import { IncidentMails } from './incident-mails.service';
import { IncidentOpenings } from './incident-openings.service';
import { toSummary } from './incident-view';
import type { IncidentPage, IncidentView } from './incident-view.dto';
import { IncidentViews } from './incident-views.service';
import { listParameters, pageOfIncidents, readIncidentList } from './incidents-list';
import type { ChangeIncident, OpenIncident } from './incidents.dto';
import { getIncident } from './incidents.queries';
import type { Opening } from './opening';
import { requireRoomFor } from './writing-limits';

@Injectable()
export class Incidents {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly openings: IncidentOpenings,
    private readonly views: IncidentViews,
    private readonly events: IncidentEvents,
    private readonly mails: IncidentMails,
  ) {}

  async open(actor: Actor, body: OpenIncident): Promise<IncidentView> {
    const { title, note } = body;
    // Null is left out.
    const opening: Opening = {
      ...{ title, note, severity: body.severity ?? undefined, addresses: body.addresses ?? [], drill: body.drill ?? undefined },
      apiKeyIds: (body.apiKeyIds ?? []).map((id) => requireId('key', id)),
      logIds: (body.logIds ?? []).map((id) => requireId('log', id)),
      userIds: (body.userIds ?? []).map((id) => requireId('usr', id)),
    };
    const { id } = await this.tenant.run(actor, async (tx) => {
      await requireRoomFor(tx, actor, 'incidents', this.clock.now());
      return this.openWithin(tx, actor, opening);
    });
    return this.views.get(actor, id);
  }

  /** In a transaction of the caller's, whose change it explains: what the leak intake revokes and the incident about it are there together or not at all. */
  openWithin(tx: EntityManager, actor: Actor, opening: Opening): Promise<{ id: string; number: number }> {
    return this.openings.open(tx, actor, opening);
  }

  list(actor: Actor, parameters: unknown): Promise<IncidentPage> {
    const asked = readIncidentList(readQuery(parameters, listParameters), actor);
    const after = asked.cursor === null ? null : decodeCursor(asked.cursor, asked.binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await pageOfIncidents(tx, actor, { ...asked, after });
      const known = await knownOf(tx, actor, rows);
      const now = this.clock.now();
      return pageOf(rows, asked.limit, {
        binding: asked.binding,
        at: (row) => ({ at: row.opened_at, id: row.id }),
        view: (incident) => toSummary({ incident, known: known(incident), now }),
      });
    });
  }

  /** An admin's first look is stamped: it is what the organization waited for. Whoever is not told what it says has not looked. */
  async get(actor: Actor, id: string, { isLook }: { isLook: boolean }): Promise<IncidentView> {
    const uuid = requireId('inc', id);
    if (isLook && actor.type === 'user' && actor.role === 'admin') await this.look(actor, uuid);
    return this.views.getLive(actor, uuid);
  }

  private look(actor: Actor, uuid: string): Promise<void> {
    return this.tenant.run(actor, async (tx) => {
      if ((await getIncident(tx, actor, uuid)).looked_at !== null) return;
      const incident = await getIncident(tx, actor, uuid, 'lock');
      if (incident.looked_at !== null) return;
      await tx.query('update incident set looked_at = $3, looked_by = $4, looked_by_name = $5 where organization_id = $1 and id = $2', [
        ...[actor.organizationId, uuid, this.clock.now(), actor.id, actor.name],
      ]);
      await this.events.record(tx, actor, incident, { kind: 'looked' });
    });
  }

  async change(actor: Actor, id: string, body: ChangeIncident): Promise<IncidentView> {
    const uuid = requireId('inc', id);
    await this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('change', incident);
      const change = await applied(tx, actor, incident, body);
      if (change === null) return;
      await storeDescription(tx, actor, change.incident, this.clock.now());
      await this.events.record(tx, actor, change.incident, { kind: 'changed', before: change.before, data: change.after });
      const assignee = change.incident.assignee_id;
      if (assignee !== null && assignee !== incident.assignee_id && assignee !== actor.id)
        await this.mails.assigned(tx, actor, change.incident, assignee);
    });
    return this.views.get(actor, uuid);
  }
}
