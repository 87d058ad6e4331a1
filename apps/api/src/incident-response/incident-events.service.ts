/** What happens to an incident is said twice in the transaction in which it happens: to the incident's own timeline, and to the activity log. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';

export const eventKinds = [
  'opened', 'looked', 'changed', 'assigned', 'contained', 'replaced', 'serviceAdded', 'serviceChanged', 'serviceRemoved', 'serviceMoved', 'serviceSuspected', 'scoped',
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

  async record(tx: EntityManager, actor: Actor, incident: Named, happened: Happened): Promise<void> {
    await this.recordAll(tx, actor, [{ ...happened, incident }]);
  }

  /** Several at once, in this order. */
  async recordAll(tx: EntityManager, actor: Actor, all: readonly (Happened & { incident: Named })[]): Promise<void> {
    if (all.length === 0) return;
    const { organizationId, type, id, name, requestId } = actor;
    const now = this.clock.now();
    await tx.query(
      `insert into incident_event (organization_id, actor_type, actor_id, actor_name, request_id, id, incident_id, at, kind, data)
       select $1, $2, $3, $4, $5, e.id, e.incident_id, e.at, e.kind, e.data
       from unnest($6::uuid[], $7::uuid[], $8::timestamptz[], $9::text[], $10::jsonb[]) e (id, incident_id, at, kind, data)`,
      [
        ...[organizationId, type, id, name, requestId, all.map(() => newId()), all.map(({ incident }) => incident.id)],
        ...[all.map(({ at }) => at ?? now), all.map(({ kind }) => kind), all.map(({ data = {} }) => JSON.stringify(data))],
      ],
    );
    const entries = all.map(({ kind, incident, before = null, data = {} }) => ({
      ...{ action: actionOf(kind), before, after: data },
      target: { type: 'incident' as const, id: incident.id, name: nameOfIncident(incident) },
    }));
    await this.activity.recordAll(tx, actor, entries);
  }
}
