/**
 * Who used the affected keys: found in the sums of use by key, and again whenever somebody looks, for what was in a journal comes later. Each line is done by
 * itself once its caller is seen with a key that took the place of the old one, after its last use of that.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { callersByKey, firstAccepted, KeyUse, ShippedLog } from '../api-keys';
import { Tenant } from '../database/tenant';
import { systemActor, type Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { retentionOf } from '../plan';
import { insertCallers, stampMoves, suspectCallers, type Move } from './incident-callers.queries';
import { typeId } from '../platform/ids';
import { IncidentEvents, type Named } from './incident-events.service';
import { knownOf, successorsOf, type Known } from './incident-facts';
import { callerRowsOf, getIncident, subjectsOf, type CallerRow, type IncidentRow } from './incidents.queries';

const DAY_MS = 86_400_000;
/** Whoever has not called for so long is not waited for. */
const LOOK_BACK_DAYS = 30;
const MOST_OF_KEY = 200;
/** Of a successor's records, for the first use by a caller. */
const MOST_READ = 20_000;

@Injectable()
export class IncidentCallers {
  constructor(
    private readonly tenant: Tenant,
    private readonly use: KeyUse,
    private readonly log: ShippedLog,
    private readonly events: IncidentEvents,
    private readonly clock: Clock,
  ) {}

  /** Of an open incident, before somebody reads it. */
  async refresh(actor: Actor, incidentId: string): Promise<void> {
    const mayHaveNews = await this.tenant.run(actor, async (tx) => {
      const { closed_at } = await getIncident(tx, actor, incidentId);
      return closed_at === null && (await subjectsOf(tx, actor, [incidentId])).some(({ kind }) => kind === 'key');
    });
    if (mayHaveNews) {
      // What rests in a journal is a reason to wait for nobody.
      await this.log.catchUp();
      await this.use.catchUp(actor.organizationId);
    }
    await this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, incidentId);
      if (incident.closed_at === null) await this.refreshWithin(tx, actor, incident);
    });
  }

  async refreshWithin(tx: EntityManager, actor: Actor, incident: IncidentRow): Promise<void> {
    await this.stampBlocks(tx, actor, incident);
    await this.find(tx, actor, incident.id);
    await this.stampMoved(tx, actor, incident);
  }

  /** Adds who is new. */
  async find(tx: EntityManager, actor: Actor, incidentId: string): Promise<void> {
    const { organizationId } = actor;
    const now = this.clock.now();
    const services = await tx.query<{ id: string; service: string | null; opened_at: Date }[]>(
      `select k.id, k.service, i.opened_at from incident_subject s join api_key k on k.organization_id = s.organization_id and k.id::text = s.reference
         join incident i on i.organization_id = s.organization_id and i.id = s.incident_id
       where s.organization_id = $1 and s.incident_id = $2 and s.kind = 'key'`,
      [organizationId, incidentId],
    );
    const [first] = services;
    if (!first) return;
    const { begins } = await retentionOf(tx, organizationId, now);
    const lookBack = first.opened_at.getTime() - LOOK_BACK_DAYS * DAY_MS;
    const period = { from: new Date(Math.max(begins.getTime(), lookBack)), to: new Date(now.getTime() + DAY_MS) };
    const found = await callersByKey(tx, { organizationId, ids: services.map(({ id }) => id), ...period, mostAccepted: MOST_OF_KEY });
    const serviceOf = new Map(services.map(({ id, service }) => [id, service]));
    const callers = found.map((caller) => ({ ...caller, service: serviceOf.get(caller.keyId) ?? null }));
    await insertCallers(tx, { organizationId, incidentId, now }, callers);
  }

  /** An address that the incident is about since now. Whoever calls from it is waited for no longer; an admin can say otherwise. */
  async suspect(tx: EntityManager, actor: Actor, incident: Named, networks: readonly string[]): Promise<void> {
    const { organizationId } = actor;
    const suspected = await suspectCallers(tx, { organizationId, incidentId: incident.id }, networks);
    const told = suspected.map(({ id, label }) => ({
      incident,
      kind: 'serviceSuspected' as const,
      data: { id: typeId('cal', id), label },
    }));
    await this.events.recordAll(tx, systemActor('incident-response', organizationId), told);
  }

  /** What was blocked elsewhere is stamped when it is first seen. */
  private async stampBlocks(tx: EntityManager, actor: Actor, { id }: IncidentRow): Promise<void> {
    const blocked = (await subjectsOf(tx, actor, [id])).filter(
      (one) => one.kind === 'address' && one.shut_out && one.contained_at === null,
    );
    if (blocked.length === 0) return;
    await tx.query(
      `update incident_subject set contained_at = $4, contained_how = 'block'
       where organization_id = $1 and incident_id = $2 and kind = 'address' and reference = any($3) and contained_at is null`,
      [actor.organizationId, id, blocked.map(({ reference }) => reference), this.clock.now()],
    );
  }

  private async stampMoved(tx: EntityManager, actor: Actor, incident: IncidentRow): Promise<void> {
    const waiting = (await callerRowsOf(tx, actor, [incident.id])).filter((one) => one.moved_at === null && one.network !== null);
    if (waiting.length === 0) return;
    const known = (await knownOf(tx, actor, [incident]))(incident);
    const moves = await this.movesOf(tx, actor, { waiting, known });
    const stamped = await stampMoves(tx, actor, moves);
    for (const move of moves.filter(({ callerId }) => stamped.includes(callerId))) {
      const label = waiting.find(({ id }) => id === move.callerId)?.label;
      // Nobody did it here: it was seen in the log.
      const system = systemActor('incident-response', actor.organizationId);
      await this.events.record(tx, system, incident, { kind: 'serviceMoved', data: { label, to: nameOfKey(known, move.to) }, at: move.at });
    }
  }

  private async movesOf(
    tx: EntityManager,
    actor: Actor,
    { waiting, known }: { waiting: readonly CallerRow[]; known: Known },
  ): Promise<Move[]> {
    const successors = new Map(known.subjects.filter(({ kind }) => kind === 'key').map((one) => [one.reference, successorsOf(one, known)]));
    const ids = [...new Set([...successors.values()].flat().map(({ id }) => id))];
    if (ids.length === 0) return [];
    const oldest = Math.min(...[...successors.values()].flat().map(({ created_at }) => created_at.getTime()));
    const period = { from: new Date(oldest), to: new Date(this.clock.now().getTime() + DAY_MS) };
    const uses = await callersByKey(tx, { organizationId: actor.organizationId, ids, ...period, callers: waiting });
    const moves = waiting.flatMap((line) => {
      const next = successors.get(line.api_key_id ?? '') ?? [];
      const use = uses.find(
        ({ keyId, network, agent, lastAcceptedAt: at }) =>
          network === line.network &&
          agent === line.agent &&
          next.some(({ id }) => id === keyId) &&
          at !== null &&
          at > (line.last_old_at ?? new Date(0)),
      );
      return use?.lastAcceptedAt ? [{ line, use, after: line.last_old_at ?? new Date(oldest - 1), lastAt: use.lastAcceptedAt }] : [];
    });
    // Whenever somebody looks: the moment is that of the first use, which the log knows.
    const callers = moves.map(({ use: { keyId, network, agent }, after }) => ({ keyId, network, agent, after }));
    const firsts = await firstAccepted(tx, { organizationId: actor.organizationId, callers, most: MOST_READ });
    return moves.map(({ line, use, lastAt }, at) => ({ callerId: line.id, at: firsts[at] ?? lastAt, to: use.keyId }));
  }
}

const nameOfKey = ({ descendants }: Known, id: string): string | undefined =>
  [...descendants.values()].flat().find((key) => key.id === id)?.name;
