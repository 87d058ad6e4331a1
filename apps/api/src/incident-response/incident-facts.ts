/** From rows to the facts that incident.ts judges: what keys, addresses and people are now, whoever made them so. */
import { waivableSteps } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { datesOf, descendantsOf, keyState, livingKeys, type Descendant, type UsedKeyRow } from '../api-keys';
import { stepsOf, type CallerFact, type IncidentFacts, type Phase, type Somebody, type Stamp, type StepStatus, type SubjectFact, type Waiver } from './incident'; // prettier-ignore
import { callerRowsOf, stepRowsOf, subjectsOf, type CallerRow, type IncidentRow, type StepRow, type SubjectRow } from './incidents.queries';

/** What is known of one incident besides its own row. */
export type Known = {
  subjects: readonly SubjectRow[];
  callers: readonly CallerRow[];
  steps: readonly StepRow[];
  /** By uuid; of all incidents that were asked for. */
  keys: ReadonlyMap<string, UsedKeyRow>;
  /** By the uuid of the key whose place they took. */
  descendants: ReadonlyMap<string, readonly Descendant[]>;
};

export async function knownOf(
  tx: EntityManager,
  actor: { organizationId: string },
  incidents: readonly IncidentRow[],
): Promise<(incident: IncidentRow) => Known> {
  const ids = incidents.map(({ id }) => id);
  const subjects = await subjectsOf(tx, actor, ids);
  const keyIds = [...new Set(subjects.filter(({ kind }) => kind === 'key').map(({ reference }) => reference))];
  const [callers, steps] = [await callerRowsOf(tx, actor, ids), await stepRowsOf(tx, actor, ids)];
  const found = keyIds.length === 0 ? [] : await livingKeys(tx, actor.organizationId, keyIds);
  const next = keyIds.length === 0 ? [] : await descendantsOf(tx, actor.organizationId, keyIds);
  const keys = new Map(found.map((key) => [key.id, key]));
  const descendants = new Map(keyIds.map((id) => [id, next.filter(({ root }) => root === id)]));
  return ({ id }) => ({
    subjects: subjects.filter((one) => one.incident_id === id),
    callers: callers.filter((one) => one.incident_id === id),
    steps: steps.filter((one) => one.incident_id === id),
    ...{ keys, descendants },
  });
}

export const phaseOf = ({ closed_at, hold_released_at }: IncidentRow): Phase =>
  closed_at === null ? 'open' : hold_released_at === null ? 'closed' : 'released';

/** Of what is closed, as it was stamped then: what became of a key afterwards is another story. */
export function statusesOf(incident: IncidentRow, known: Known, now: Date): StepStatus[] {
  const steps = stepsOf(factsOf(incident, known, now));
  const { closed_at: closedAt } = incident;
  if (closedAt === null) return steps;
  const stamped = known.steps.filter(({ stamped_at, how }) => stamped_at.getTime() === closedAt.getTime() && how !== 'neededAfterAll');
  return steps.map((one) => {
    const row = stamped.findLast(({ step }) => step === one.step);
    if (!row || row.how === 'neededAfterAll') return one;
    return { step: row.step, status: row.how, at: row.at, by: byOf(row.by_id, row.by_name), because: row.because, missing: [] };
  });
}

export const byOf = (id: string | null, name: string | null): Somebody | null => (name === null ? null : { id, name });

export function factsOf(incident: IncidentRow, known: Known, now: Date): IncidentFacts {
  return {
    opened: { at: incident.opened_at, by: byOf(incident.opened_by, incident.opened_by_name) },
    subjects: known.subjects.map((subject) => subjectFact(subject, known, now)),
    callers: known.callers.filter(isAwaited).map(callerFact),
    extent: incident.scoped_at && { at: incident.scoped_at, by: byOf(incident.scoped_by, incident.scoped_by_name) },
    rootCause: incident.root_cause,
    impact: incident.impact,
    lessons: incident.lessons,
    waivers: waiversOf(known.steps),
    closed: incident.closed_at && { at: incident.closed_at, by: byOf(incident.closed_by, incident.closed_by_name) },
  };
}

/** Neither taken off the list nor a suspect. */
export const isAwaited = ({ suspect, removed_at }: CallerRow): boolean => !suspect && removed_at === null;

export function callerFact(row: CallerRow): CallerFact {
  const at = row.moved_at ?? row.done_at ?? row.not_needed_at;
  const by = row.moved_at ? null : byOf(row.changed_by, row.changed_by_name);
  return { label: row.label, settled: at && { at, by } };
}

function subjectFact(subject: SubjectRow, known: Known, now: Date): SubjectFact {
  const { kind } = subject;
  const contained = containmentOf(subject, known, now);
  const successor = kind === 'key' ? successorStamp(subject, known, now) : null;
  return { kind, name: nameOf(subject, known), contained, successor, againAt: subject.again_at };
}

export function nameOf({ kind, reference, person_name }: SubjectRow, { keys }: Known): string {
  if (kind === 'key') return keys.get(reference)?.name ?? 'A key that is gone';
  return kind === 'person' ? (person_name ?? 'Somebody who has left') : addressText(reference);
}

/** One address is written without the length of its prefix. */
export const addressText = (cidr: string): string => cidr.replace(cidr.includes(':') ? /\/128$/ : /\/32$/, '');

export type How = 'revoke' | 'quarantine' | 'disable' | 'ended' | 'sessions' | 'block';
const howOfState: Partial<Record<ReturnType<typeof keyState>, How>> = {
  revoked: 'revoke',
  quarantined: 'quarantine',
  disabled: 'disable',
  expired: 'ended',
  rotatedOut: 'ended',
};

/** Null: it can still do harm. `by`: of what was done in the incident. */
export function containmentOf(subject: SubjectRow, { keys }: Known, now: Date): (Stamp & { how: How }) | null {
  const { kind, reference, contained_at: at, shut_out: isShutOut } = subject;
  if (kind === 'key') return keyContainment(subject, keys.get(reference), now);
  const stamp = { at, by: byOf(subject.contained_by, subject.contained_by_name) };
  if (kind === 'address') return isShutOut ? { ...stamp, how: 'block' } : null;
  if (isShutOut) return { ...stamp, how: 'sessions' };
  // Who is in again can do harm again; what is over by then is over since then, and nobody did it.
  if (at === null || subject.again_at !== null) return null;
  return { ...(subject.again_over_at ? { at: subject.again_over_at, by: null } : stamp), how: 'sessions' };
}

function keyContainment(subject: SubjectRow, key: UsedKeyRow | undefined, now: Date): (Stamp & { how: How }) | null {
  const how = key && howOfState[keyState(datesOf(key), now)];
  if (!key || !how) return null;
  const stopped = stoppedAt(key, now);
  // It may have been stopped elsewhere before, or enabled and stopped again.
  const isOurs = subject.contained_at?.getTime() === stopped?.getTime();
  return { at: stopped, by: isOurs ? byOf(subject.contained_by, subject.contained_by_name) : null, how };
}

/** Since when the key has been held back without a pause. */
export function stoppedAt(key: UsedKeyRow, now: Date): Date | null {
  const ends = [key.revoked_at, key.disabled_at, key.quarantined_at, key.expires_at, key.rotated_out_at];
  const reached = ends.flatMap((at, index) => (at !== null && (index < 3 || at <= now) ? [at.getTime()] : []));
  return reached.length === 0 ? null : new Date(Math.min(...reached));
}

/** Those that are not affected themselves. */
export const successorsOf = ({ reference }: SubjectRow, { subjects, descendants }: Known): Descendant[] =>
  (descendants.get(reference) ?? []).filter(({ id }) => !subjects.some((one) => one.kind === 'key' && one.reference === id));

function successorStamp(subject: SubjectRow, known: Known, now: Date): Stamp | null {
  const usable = successorsOf(subject, known).find((key) => ['active', 'expiring'].includes(keyState(datesOf(key), now)));
  return usable ? { at: usable.created_at, by: byOf(usable.created_by, usable.created_by_name) } : null;
}

/** What was said last of a step. */
function waiversOf(rows: readonly StepRow[]): IncidentFacts['waivers'] {
  const said = rows.filter(({ how, by_name }) => how === 'neededAfterAll' || (how === 'notNeeded' && by_name !== null));
  const latest = waivableSteps.flatMap((step) => said.findLast((row) => row.step === step) ?? []);
  const standing = latest.filter(({ how }) => how === 'notNeeded');
  return Object.fromEntries(
    standing.map(({ step, at, by_id, by_name, because }): [string, Waiver] => [
      step,
      { at, by: byOf(by_id, by_name), because: because ?? '' },
    ]),
  );
}
