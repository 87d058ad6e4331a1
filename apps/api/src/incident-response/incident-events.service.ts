/** What happens to an incident is said twice in the transaction in which it happens: to the incident's own timeline, and to the activity log. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';

export const eventKinds = [
  'opened', 'looked', 'changed', 'assigned', 'contained', 'replaced', 'serviceAdded', 'serviceChanged', 'serviceRemoved', 'serviceMoved', 'scoped',
  'notNeeded', 'neededAfterAll', 'noteAdded', 'followUpAdded', 'followUpChanged', 'evidenceAdded', 'closed', 'reopened', 'holdReleased', 'exported',
  'leakReported',
] as const; // prettier-ignore
export type EventKind = (typeof eventKinds)[number];

/** `opened` is `incident.opened` in the activity log, `noteAdded` is `incident.note_added`. */
const actionOf = (kind: EventKind): string => `incident.${kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;

export type Happened = {
  kind: EventKind;
  /** For people and programs: ids as they leave, names as they were. The same in both places. */
  data?: Record<string, unknown>;
  before?: Record<string, unknown>;
  at?: Date;
};

export type Named = { id: string; number: number; title: string };
export const nameOfIncident = ({ number, title }: Pick<Named, 'number' | 'title'>): string => `#${number} ${title}`;

@Injectable()
export class IncidentEvents {
  constructor(
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  async record(tx: EntityManager, actor: Actor, incident: Named, { kind, data = {}, before, at }: Happened): Promise<void> {
    const { organizationId, type, id, name, requestId } = actor;
    await tx.query(
      `insert into incident_event (organization_id, id, incident_id, at, kind, actor_type, actor_id, actor_name, data, request_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [organizationId, newId(), incident.id, at ?? this.clock.now(), kind, type, id, name, JSON.stringify(data), requestId],
    );
    const target = { type: 'incident', id: incident.id, name: nameOfIncident(incident) } as const;
    await this.activity.record(tx, { actor, action: actionOf(kind), target, before: before ?? null, after: data });
  }
}
