/** The end of an incident: what does not apply is said, what is missing is asked for, and what happened is stamped. And its beginning anew. */
import { Injectable } from '@nestjs/common';
import { waivableSteps, type WaivableStep } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId, requireId } from '../platform/ids';
import { requirePossible, storeDescription } from './describing';
import { DrillKeys } from './drill/drill-keys.service';
import type { CloseIncident } from './handling.dto';
import { missingOf, type StepStatus } from './incident';
import { IncidentCallers } from './incident-callers.service';
import { IncidentEvents } from './incident-events.service';
import { knownOf, statusesOf } from './incident-facts';
import type { IncidentView } from './incident-view.dto';
import { IncidentViews } from './incident-views.service';
import { getIncident, type IncidentRow } from './incidents.queries';
import { factsOfStep, type StepFacts } from './step-facts';

type Action = Parameters<typeof requirePossible>[0];

@Injectable()
export class Closing {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly callers: IncidentCallers,
    private readonly events: IncidentEvents,
    private readonly views: IncidentViews,
    private readonly drillKeys: DrillKeys,
  ) {}

  waive(actor: Actor, id: string, { step: name, because }: { step: string; because: string }): Promise<IncidentView> {
    const step = waivable(name);
    return this.changed(actor, id, 'waive', async (tx, incident) => {
      await this.say(tx, actor, incident, { step, how: 'notNeeded', because: because.trim() });
      await this.events.record(tx, actor, incident, { kind: 'notNeeded', data: { step, because: because.trim() } });
    });
  }

  /** Somebody has thought better of it. What was done meanwhile is done. */
  needAfterAll(actor: Actor, id: string, name: string): Promise<IncidentView> {
    const step = waivable(name);
    return this.changed(actor, id, 'waive', async (tx, incident) => {
      await this.say(tx, actor, incident, { step, how: 'neededAfterAll', because: null });
      await this.events.record(tx, actor, incident, { kind: 'neededAfterAll', data: { step } });
    });
  }

  async close(actor: Actor, id: string, body: CloseIncident): Promise<IncidentView> {
    // Whoever moved a moment ago is no hole.
    await this.callers.refresh(actor, requireId('inc', id));
    return this.changed(actor, id, 'close', async (tx, incident) => {
      const now = this.clock.now();
      const described = { ...incident, ...textsOf(incident, body) };
      await storeDescription(tx, actor, described, now);
      const known = (await knownOf(tx, actor, [described]))(described);
      const missing = missingOf(statusesOf(described, known, now));
      if (missing.length > 0) throw incomplete(missing);
      const closed = { ...described, closed_at: now, closed_by: actor.id, closed_by_name: actor.name };
      // As they stand now: there are no stamps of this closing yet, so each is asked once more of the facts.
      for (const status of statusesOf(closed, known, now))
        await this.stamp(tx, actor, closed, { status, facts: factsOfStep(status.step, { incident: closed, known, now }), now });
      await tx.query('update incident set closed_at = $3, closed_by = $4, closed_by_name = $5 where organization_id = $1 and id = $2', [
        ...[actor.organizationId, incident.id, now, actor.id, actor.name],
      ]);
      const { root_cause: rootCause, impact, lessons } = closed;
      await this.events.record(tx, actor, incident, { kind: 'closed', data: { rootCause, impact, lessons }, at: now });
      await this.drillKeys.end(tx, actor, incident);
    });
  }

  reopen(actor: Actor, id: string, because: string): Promise<IncidentView> {
    return this.changed(actor, id, 'reopen', async (tx, incident) => {
      await tx.query(
        `update incident set closed_at = null, closed_by = null, closed_by_name = null, hold_released_at = null, hold_released_by = null,
           hold_released_by_name = null, reopened_at = $3 where organization_id = $1 and id = $2`,
        [actor.organizationId, incident.id, this.clock.now()],
      );
      await this.events.record(tx, actor, incident, { kind: 'reopened', data: { because: because.trim() } });
    });
  }

  releaseHold(actor: Actor, id: string): Promise<IncidentView> {
    return this.changed(actor, id, 'releaseHold', async (tx, incident) => {
      await tx.query(
        `update incident set hold_released_at = $3, hold_released_by = $4, hold_released_by_name = $5 where organization_id = $1 and id = $2`,
        [actor.organizationId, incident.id, this.clock.now(), actor.id, actor.name],
      );
      await this.events.record(tx, actor, incident, { kind: 'holdReleased' });
    });
  }

  private async changed(
    actor: Actor,
    id: string,
    action: Action,
    work: (tx: EntityManager, incident: IncidentRow) => Promise<void>,
  ): Promise<IncidentView> {
    const uuid = requireId('inc', id);
    await this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible(action, incident);
      await work(tx, incident);
    });
    return this.views.get(actor, uuid);
  }

  private async say(
    tx: EntityManager,
    actor: Actor,
    { id }: IncidentRow,
    said: { step: WaivableStep; how: 'notNeeded' | 'neededAfterAll'; because: string | null },
  ): Promise<void> {
    const at = this.clock.now();
    const by = { id: actor.id, name: actor.name };
    await insertStep(tx, actor, { incidentId: id, ...said, at, by, facts: {}, stampedAt: at });
  }

  private async stamp(
    tx: EntityManager,
    actor: Actor,
    { id }: IncidentRow,
    { status, facts, now }: { status: StepStatus; facts: StepFacts; now: Date },
  ): Promise<void> {
    const { step, status: how, at, by, because } = status;
    if (step === 'identified' || how === 'open') return;
    await insertStep(tx, actor, { incidentId: id, step, how, at, by, because, facts, stampedAt: now });
  }
}

const waivable = (name: string): WaivableStep => {
  const step = waivableSteps.find((one) => one === name);
  if (step !== undefined) return step;
  throw new AppError('resource_not_found', { detail: `A step that can be not needed is one of ${waivableSteps.join(', ')}.` });
};

const textsOf = (incident: IncidentRow, { rootCause, impact, lessons }: CloseIncident) => ({
  root_cause: rootCause?.trim() ?? incident.root_cause,
  impact: impact?.trim() ?? incident.impact,
  lessons: lessons?.trim() ?? incident.lessons,
});

const incomplete = (missing: ReturnType<typeof missingOf>): AppError =>
  new AppError('incident_incomplete', {
    detail: `The incident was not closed. ${missing
      .slice(0, 3)
      .map(({ what }) => what)
      .join(' ')}${missing.length > 3 ? ` And ${missing.length - 3} more.` : ''}`,
    extensions: { missing },
  });

type NewStep = Pick<StepStatus, 'step' | 'at' | 'by' | 'because'> & {
  incidentId: string;
  how: 'done' | 'notNeeded' | 'neededAfterAll';
  facts: StepFacts;
  stampedAt: Date;
};

const insertStep = (tx: EntityManager, { organizationId }: Actor, { incidentId, step, how, at, by, because, facts, stampedAt }: NewStep) =>
  tx.query(
    `insert into incident_step (organization_id, id, incident_id, step, how, at, by_id, by_name, because, facts, stamped_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [organizationId, newId(), incidentId, step, how, at, by?.id ?? null, by?.name ?? null, because, JSON.stringify(facts), stampedAt],
  );
