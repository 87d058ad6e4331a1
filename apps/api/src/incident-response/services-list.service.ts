/** The list of services of an incident: who is waited for, who has moved, and who is still refused with the old key. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { callersByKey, type CallerUse } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { retentionOf } from '../plan';
import { newId, requireId, typeId, typeIdOrNull } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import { requirePossible } from './describing';
import type { AddService, ChangeService } from './handling.dto';
import type { IncidentService, IncidentServices } from './handling-view.dto';
import { IncidentCallers } from './incident-callers.service';
import { IncidentEvents } from './incident-events.service';
import { knownOf, stoppedAt, type Known } from './incident-facts';
import { toService, type ShownCaller } from './service-view';
import { getIncident, type CallerRow, type IncidentRow } from './incidents.queries';

const DAY_MS = 86_400_000;

@Injectable()
export class ServicesList {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly callers: IncidentCallers,
    private readonly events: IncidentEvents,
  ) {}

  async list(actor: Actor, id: string): Promise<IncidentServices> {
    const uuid = requireId('inc', id);
    await this.callers.refresh(actor, uuid);
    return this.tenant.run(actor, async (tx) => {
      const shown = await this.shown(tx, actor, await getIncident(tx, actor, uuid));
      return { data: shown.map(toService).sort(waitingFirst) };
    });
  }

  async add(actor: Actor, id: string, { label, service = null, comment = null }: AddService): Promise<IncidentService> {
    const [uuid, callerId] = [requireId('inc', id), newId()];
    return this.changed(actor, { uuid, callerId }, async (tx, incident) => {
      await tx.query(
        `insert into incident_caller (organization_id, id, incident_id, label, service, source, added_at, added_by, comment, changed_by, changed_by_name)
         values ($1, $2, $3, $4, $5, 'person', $6, $7, $8, $7, $9)`,
        [actor.organizationId, callerId, uuid, label.trim(), service, this.clock.now(), actor.id, comment, actor.name],
      );
      await this.events.record(tx, actor, incident, { kind: 'serviceAdded', data: { id: typeId('cal', callerId), label, service } });
    });
  }

  change(actor: Actor, id: string, callerId: string, body: ChangeService): Promise<IncidentService> {
    const ids = { uuid: requireId('inc', id), callerId: requireId('cal', callerId) };
    return this.changed(actor, ids, async (tx, incident) => {
      const old = await this.line(tx, actor, incident, ids.callerId);
      const row = changedLine(old, body, this.clock.now());
      await tx.query(
        `update incident_caller set comment = $4, done_at = $5, not_needed_at = $6, not_needed_because = $7, suspect = $8, changed_by = $9, changed_by_name = $10
         where organization_id = $1 and incident_id = $2 and id = $3`,
        [
          ...[
            actor.organizationId,
            ids.uuid,
            ids.callerId,
            row.comment,
            row.done_at,
            row.not_needed_at,
            row.not_needed_because,
            row.suspect,
          ],
          ...[actor.id, actor.name],
        ],
      );
      await this.events.record(tx, actor, incident, { kind: 'serviceChanged', before: told(old), data: told(row) });
    });
  }

  async remove(actor: Actor, id: string, callerId: string): Promise<void> {
    const [uuid, lineId] = [requireId('inc', id), requireId('cal', callerId)];
    await this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('changeServices', incident);
      const line = await this.line(tx, actor, incident, lineId);
      // It stays behind: the system would find it once more.
      await tx.query(
        'update incident_caller set removed_at = $4, removed_by = $5 where organization_id = $1 and incident_id = $2 and id = $3',
        [...[actor.organizationId, uuid, lineId, this.clock.now(), actor.id]],
      );
      await this.events.record(tx, actor, incident, { kind: 'serviceRemoved', data: told(line) });
    });
  }

  private changed(
    actor: Actor,
    { uuid, callerId }: { uuid: string; callerId: string },
    work: (tx: EntityManager, incident: IncidentRow) => Promise<void>,
  ): Promise<IncidentService> {
    return this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('changeServices', incident);
      await work(tx, incident);
      const line = (await this.shown(tx, actor, incident)).find(({ row }) => row.id === callerId);
      return toService(line ?? missing());
    });
  }

  private async line(tx: EntityManager, actor: Actor, incident: IncidentRow, callerId: string): Promise<CallerRow> {
    const known = (await knownOf(tx, actor, [incident]))(incident);
    return known.callers.find(({ id, removed_at }) => id === callerId && removed_at === null) ?? missing();
  }

  private async shown(tx: EntityManager, actor: Actor, incident: IncidentRow): Promise<ShownCaller[]> {
    const known = (await knownOf(tx, actor, [incident]))(incident);
    const refused = await this.refusedOf(tx, actor, known);
    return known.callers
      .filter(({ removed_at }) => removed_at === null)
      .map((row) => ({
        row,
        key: row.api_key_id === null ? null : (known.keys.get(row.api_key_id) ?? null),
        next: [...known.descendants.values()].flat().find(({ id }) => id === row.moved_to) ?? null,
        refused:
          refused.find(({ keyId, network, agent }) => keyId === row.api_key_id && network === row.network && agent === row.agent) ?? null,
      }));
  }

  /** With keys that were stopped, in whole days. */
  private async refusedOf(
    tx: EntityManager,
    { organizationId }: Actor,
    { keys, callers }: Known,
  ): Promise<(CallerUse & { keyId: string })[]> {
    const now = this.clock.now();
    const stopped = [...keys.values()].flatMap((key) => stoppedAt(key, now) ?? []);
    if (stopped.length === 0) return [];
    const { begins } = await retentionOf(tx, organizationId, now);
    const from = new Date(Math.max(begins.getTime(), Math.min(...stopped.map((at) => at.getTime()))));
    return callersByKey(tx, { organizationId, ids: [...keys.keys()], from, to: new Date(now.getTime() + DAY_MS), callers });
  }
}

function missing(): never {
  throw new AppError('resource_not_found', { detail: 'The incident has no service with this id. Check the id.' });
}

const ranks = { waiting: 0, moved: 1, done: 1, notNeeded: 2, suspect: 3 } as const;
const waitingFirst = (a: IncidentService, b: IncidentService): number => ranks[a.state] - ranks[b.state];

function changedLine(old: CallerRow, { comment, done, notNeeded, suspect }: ChangeService, now: Date): CallerRow {
  if (done !== undefined && old.source === 'system')
    throw invalidFields([
      { pointer: '/done', rule: 'source', expected: 'is only of a line that a person added: of this one the log says it' },
    ]);
  return {
    ...old,
    comment: comment === undefined ? old.comment : comment,
    suspect: suspect ?? old.suspect,
    ...(done === undefined ? {} : { done_at: done ? (old.done_at ?? now) : null }),
    ...(notNeeded === undefined ? {} : notNeededNow(old, notNeeded, now)),
  };
}

const notNeededNow = (old: CallerRow, because: string | null, now: Date): Pick<CallerRow, 'not_needed_at' | 'not_needed_because'> => ({
  not_needed_at: because === null ? null : (old.not_needed_at ?? now),
  not_needed_because: because?.trim() ?? null,
});

const told = ({ id, label, comment, done_at, not_needed_because, suspect, api_key_id }: CallerRow): Record<string, unknown> => ({
  ...{ id: typeId('cal', id), label, comment, doneAt: done_at?.toISOString() ?? null, notNeeded: not_needed_because, suspect },
  apiKeyId: typeIdOrNull('key', api_key_id),
});
