/** What leaves of an incident. */
import { can, maskedKey, type IncidentAction, type Permission } from '@pinebill/contract';
import { datesOf, keyState } from '../api-keys';
import type { Actor } from '../platform/actor';
import { typeId, typeIdOrNull, type IdPrefix } from '../platform/ids';
import { actionsIn, missingOf, stateOf, type Somebody, type StepStatus } from './incident';
import { addressText, byOf, containmentOf, isAwaited, nameOf, phaseOf, statusesOf, successorsOf, type Known } from './incident-facts';
import type { IncidentKeyLive, IncidentOrigin, IncidentPerson, IncidentSubject, IncidentSummary, IncidentView } from './incident-view.dto';
import type { Counts, IncidentRow, Origin, SubjectRow } from './incidents.queries';
import { factsOfStep } from './step-facts';

export type Shown = { incident: IncidentRow; known: Known; now: Date; live?: ReadonlyMap<string, IncidentKeyLive> };

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
export const personOf = (somebody: Somebody): IncidentPerson => ({ id: typeIdOrNull('usr', somebody.id), name: somebody.name });
const personOrNull = (somebody: Somebody | null): IncidentPerson | null => somebody && personOf(somebody);

/** A plain object, so that it can stand among the members of the page's. */
export function toSummary(shown: Shown): Pick<IncidentSummary, keyof IncidentSummary> {
  const { incident, known, now } = shown;
  const steps = statusesOf(incident, known, now);
  return {
    id: typeId('inc', incident.id),
    number: incident.number,
    title: incident.title,
    severity: incident.severity,
    state: stateOf(steps),
    drill: incident.drill,
    openedAt: incident.opened_at.toISOString(),
    openedBy: { id: typeIdOrNull('usr', incident.opened_by), name: incident.opened_by_name },
    assignee: personOrNull(byOf(incident.assignee_id, incident.assignee_id && (incident.assignee_name ?? 'Somebody who has left'))),
    lookedAt: iso(incident.looked_at),
    containedAt: iso(stepOf(steps, 'contained').at),
    closedAt: iso(incident.closed_at),
    subjects: known.subjects.map((subject) => toSubject(subject, shown)),
  };
}

export function toIncidentView(shown: Shown, { counts, actor }: { counts: Counts; actor: Actor }): IncidentView {
  const { incident, known, now } = shown;
  const steps = statusesOf(incident, known, now);
  const since = (at: Date | null): number | null => secondsBetween(incident.opened_at, at);
  return {
    ...toSummary(shown),
    openedFrom: originView(incident.opened_from),
    lookedBy: personOrNull(byOf(incident.looked_by, incident.looked_by_name)),
    steps: steps.map(({ step, status, at, by, because, missing }) => ({
      ...{ step, status, at: iso(at), by: personOrNull(by), because },
      ...{ secondsSinceOpened: since(at), missing: [...missing], facts: factsOfStep(step, shown) },
    })),
    missing: missingOf(steps),
    actions: actionsFor(actor, incident),
    times: {
      toLookSeconds: since(incident.looked_at),
      toContainSeconds: since(stepOf(steps, 'contained').at),
      toCloseSeconds: since(incident.closed_at),
    },
    counts: { ...counts, ...servicesOf(known) },
    scope: scopeOf(incident),
    rootCause: incident.root_cause,
    impact: incident.impact,
    lessons: incident.lessons,
    closedBy: personOrNull(byOf(incident.closed_by, incident.closed_by_name)),
    reopenedAt: iso(incident.reopened_at),
    holdReleasedAt: iso(incident.hold_released_at),
  };
}

const stepOf = (steps: readonly StepStatus[], name: StepStatus['step']): Pick<StepStatus, 'at'> =>
  steps.find(({ step }) => step === name) ?? { at: null };
const secondsBetween = (from: Date, to: Date | null): number | null => (to === null ? null : (to.getTime() - from.getTime()) / 1_000);

function servicesOf({ callers }: Known): { services: number; openServices: number } {
  const awaited = callers.filter(isAwaited);
  return { services: awaited.length, openServices: awaited.filter((one) => !(one.moved_at ?? one.done_at ?? one.not_needed_at)).length };
}

function scopeOf({
  scope_from: from,
  scope_to: to,
  scoped_at: at,
  scoped_by: id,
  scoped_by_name: name,
}: IncidentRow): IncidentView['scope'] {
  if (from === null || at === null) return null;
  return { from: from.toISOString(), to: iso(to), confirmedAt: at.toISOString(), confirmedBy: personOf({ id, name: name ?? '' }) };
}

const permissionOf = (action: IncidentAction): Permission => (action === 'note' ? 'incidents:open' : 'incidents:write');

const actionsFor = (actor: Actor, incident: IncidentRow): IncidentAction[] =>
  actor.type === 'user' ? actionsIn(phaseOf(incident)).filter((action) => can(actor.role, permissionOf(action))) : [];

const prefixes: Partial<Record<Origin['kind'], IdPrefix>> = { record: 'log', records: 'log', key: 'key', person: 'usr', leak: 'key', drill: 'key', alert: 'alr', finding: 'fnd' }; // prettier-ignore

function originView({ kind, references, url }: Origin): IncidentOrigin {
  const prefix = prefixes[kind];
  return { kind, references: references.map((one) => (prefix ? typeId(prefix, one) : one)), url: url ?? null };
}

const subjectPrefix = { key: 'key', person: 'usr' } as const;

function toSubject(subject: SubjectRow, { known, now, live }: Shown): IncidentSubject {
  const { kind, reference } = subject;
  const contained = containmentOf(subject, known, now);
  return {
    kind,
    id: kind === 'address' ? addressText(reference) : typeId(subjectPrefix[kind], reference),
    name: nameOf(subject, known),
    addedAt: subject.added_at.toISOString(),
    contained: contained && { at: iso(contained.at), by: personOrNull(contained.by), how: contained.how },
    key: kind === 'key' ? toKey(subject, { known, now, live: live?.get(reference) ?? null }) : null,
  };
}

type ShownKey = { known: Known; now: Date; live: IncidentKeyLive | null };

function toKey(subject: SubjectRow, { known, now, live }: ShownKey): IncidentSubject['key'] {
  const key = known.keys.get(subject.reference);
  if (!key) return null;
  return {
    masked: maskedKey(key.last4),
    state: keyState(datesOf(key), now),
    ...{ service: key.service, team: key.team, environment: key.environment },
    ...{ lastUsedAt: iso(key.used_at), lastUsedIp: key.used_ip },
    successors: successorsOf(subject, known).map((one) => ({
      ...{ id: typeId('key', one.id), name: one.name, masked: maskedKey(one.last4) },
      ...{ state: keyState(datesOf(one), now), createdAt: one.created_at.toISOString() },
    })),
    live,
  };
}
