/** What a step rests on, by name: told while it is open, and stamped with it when the incident is closed. */
import type { IncidentStepName } from '@pinebill/contract';
import { typeId } from '../platform/ids';
import { addressText, containmentOf, isAwaited, nameOf, successorsOf, type Known } from './incident-facts';
import type { CallerRow, IncidentRow, SubjectRow } from './incidents.queries';
import { stateOfLine } from './service-view';

export type StepFacts = Record<string, unknown>;
type Facts = (incident: IncidentRow, known: Known, now: Date) => StepFacts;

const nothing: Facts = () => ({});
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function subjectFacts(subject: SubjectRow, known: Known, now: Date): StepFacts {
  const contained = containmentOf(subject, known, now);
  const { kind, reference } = subject;
  const id = kind === 'address' ? addressText(reference) : typeId(kind === 'key' ? 'key' : 'usr', reference);
  return {
    kind,
    id,
    name: nameOf(subject, known),
    how: contained?.how ?? null,
    at: iso(contained?.at ?? null),
    by: contained?.by?.name ?? null,
  };
}

const replacedFacts: Facts = (_, known) => ({
  keys: known.subjects
    .filter(({ kind }) => kind === 'key')
    .map((subject) => ({
      ...{ id: typeId('key', subject.reference), name: nameOf(subject, known) },
      successors: successorsOf(subject, known).map(({ id, name }) => ({ id: typeId('key', id), name })),
    })),
});

const lineFacts = (line: CallerRow): StepFacts => ({ label: line.label, state: stateOfLine(line), because: line.not_needed_because });

const ofSteps: Record<IncidentStepName, Facts> = {
  identified: nothing,
  contained: (_, known, now) => ({ subjects: known.subjects.map((subject) => subjectFacts(subject, known, now)) }),
  replaced: replacedFacts,
  servicesUpdated: (_, { callers }) => ({ services: callers.filter(isAwaited).map(lineFacts) }),
  scoped: ({ scope_from, scope_to }) => (scope_from === null ? {} : { from: iso(scope_from), to: iso(scope_to) }),
  documented: nothing,
};

/** Of a closed incident as they were stamped. */
export function factsOfStep(
  step: IncidentStepName,
  { incident, known, now }: { incident: IncidentRow; known: Known; now: Date },
): StepFacts {
  const stamped = known.steps.findLast((row) => row.step === step && row.stamped_at.getTime() === incident.closed_at?.getTime());
  return stamped?.facts ?? ofSteps[step](incident, known, now);
}
