/**
 * How far an incident is: a pure function of what has happened. Nobody ticks a step. A key that is revoked makes it contained, wherever it was revoked;
 * a key that is enabled again makes it uncontained. Facts come in any order, so each step is asked by itself, and the state is the last step without a hole
 * before it. What may be done is a table of its own: an incident that is closed stands as it was stamped (incident_step) until it is reopened.
 */
import { incidentSteps, type IncidentAction, type IncidentStepName, type WaivableStep } from '@pinebill/contract';

export type Somebody = { id: string | null; name: string };
/** `at` is null where only the fact is known, not since when. */
export type Stamp = { at: Date | null; by: Somebody | null };
export type Waiver = { at: Date | null; by: Somebody | null; because: string };

export type SubjectFact = {
  kind: 'key' | 'address' | 'person';
  name: string;
  contained: Stamp | null;
  /** Of a person whose sessions were ended and who has signed in since. */
  againAt: Date | null;
  /** Of a key: the oldest of the usable keys that took its place, however many rotations later. */
  successor: Stamp | null;
};
/** Who used the key. `settled`: seen with the successor, taken off the list, or said not to need it. */
export type CallerFact = { label: string; settled: Stamp | null };

export type IncidentFacts = {
  opened: Stamp;
  subjects: readonly SubjectFact[];
  /** Without those that are suspects themselves. */
  callers: readonly CallerFact[];
  extent: Stamp | null;
  rootCause: string | null;
  impact: string | null;
  lessons: string | null;
  waivers: Readonly<Partial<Record<WaivableStep, Waiver>>>;
  closed: Stamp | null;
};

export type StepStatus = {
  step: IncidentStepName;
  status: 'done' | 'notNeeded' | 'open';
  at: Date | null;
  by: Somebody | null;
  because: string | null;
  /** What would make it done, a sentence each; empty unless it is open. */
  missing: readonly string[];
};

type Found = Omit<StepStatus, 'step'>;
const open = (missing: readonly string[]): Found => ({ status: 'open', at: null, by: null, because: null, missing });
const done = ({ at, by }: Stamp): Found => ({ status: 'done', at, by, because: null, missing: [] });
const notNeeded = ({ at, by, because }: Waiver): Found => ({ status: 'notNeeded', at, by, because, missing: [] });
/** By the system: there is nothing that the step could be about. */
const doesNotApply = (because: string): Found => notNeeded({ at: null, by: null, because });

/** A step is done with the last of its facts; of a time that is not known, the others tell. */
export function last(stamps: readonly Stamp[]): Stamp {
  const timeOf = ({ at }: Stamp): number => at?.getTime() ?? Number.NEGATIVE_INFINITY;
  return stamps.reduce((latest, one) => (timeOf(one) > timeOf(latest) ? one : latest), stamps[0] ?? { at: null, by: null });
}

/** Everything settled, or what is missing. */
function all<T>(facts: readonly T[], stampOf: (fact: T) => Stamp | null, sentence: (fact: T) => string): Found {
  const missing = facts.filter((fact) => stampOf(fact) === null).map(sentence);
  if (missing.length > 0) return open(missing);
  return done(last(facts.flatMap((fact) => stampOf(fact) ?? [])));
}

const keysOf = ({ subjects }: IncidentFacts): SubjectFact[] => subjects.filter(({ kind }) => kind === 'key');
const noKey = doesNotApply('No API key is affected.');

const stillActs: Record<SubjectFact['kind'], (fact: SubjectFact) => string> = {
  key: ({ name }) => `${name} can still be used: revoke or quarantine it.`,
  person: ({ name, againAt }) =>
    againAt === null
      ? `${name} may still be signed in: end the sessions.`
      : `${name} signed in again at ${moment(againAt)}: end the sessions once more, or suspend the person.`,
  address: ({ name }) => `${name} is not blocked.`,
};
/** `2025-12-02 10:30:15 UTC`. */
const moment = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Who can act is contained; an address only matters by itself where no key and no person is named, for another one is a moment away. */
function contained({ subjects }: IncidentFacts): Found {
  if (subjects.length === 0) return open(['Name what is affected: a key, a person or an address.']);
  const actors = subjects.filter(({ kind }) => kind !== 'address');
  return all(
    actors.length > 0 ? actors : subjects,
    (subject) => subject.contained,
    (subject) => stillActs[subject.kind](subject),
  );
}

function replaced(facts: IncidentFacts): Found {
  const keys = keysOf(facts);
  if (keys.length === 0) return noKey;
  return all(
    keys,
    ({ successor }) => successor,
    ({ name }) => `${name} has no successor that works: make one.`,
  );
}

function servicesUpdated(facts: IncidentFacts): Found {
  if (keysOf(facts).length === 0) return noKey;
  if (facts.callers.length === 0) return doesNotApply('Nobody else was seen with the key.');
  return all(
    facts.callers,
    ({ settled }) => settled,
    ({ label }) => `${label} has not been seen with the new key.`,
  );
}

const scoped = ({ extent }: IncidentFacts): Found =>
  extent ? done(extent) : open(['Look through the extent of the breach and confirm it.']);

const texts = { rootCause: 'Say what the root cause was.', impact: 'Say what the impact was.', lessons: 'Say what was learnt.' } as const;

function documented(facts: IncidentFacts): Found {
  if (facts.closed) return done(facts.closed);
  const empty = (Object.keys(texts) as (keyof typeof texts)[]).filter((name) => (facts[name] ?? '').trim() === '');
  return open(empty.map((name) => texts[name]));
}

const asked: Record<IncidentStepName, (facts: IncidentFacts) => Found> = {
  identified: ({ opened }) => done(opened),
  contained,
  replaced,
  servicesUpdated,
  scoped,
  documented,
};

/** In their order. What has happened counts before what somebody said of it: a step that was waived and then done is done. */
export function stepsOf(facts: IncidentFacts): StepStatus[] {
  return incidentSteps.map((step) => {
    const found = asked[step](facts);
    const waiver = (facts.waivers as Partial<Record<IncidentStepName, Waiver>>)[step];
    return { step, ...(found.status !== 'done' && waiver ? notNeeded(waiver) : found) };
  });
}

export function stateOf(steps: readonly StepStatus[]): IncidentStepName {
  const hole = steps.findIndex(({ status }) => status === 'open');
  return incidentSteps[(hole === -1 ? incidentSteps.length : hole) - 1] ?? 'identified';
}

export type Missing = { step: IncidentStepName; what: string };

/** Why it cannot be closed; empty: it can. */
export const missingOf = (steps: readonly StepStatus[]): Missing[] =>
  steps.flatMap(({ step, missing }) => missing.map((what) => ({ step, what })));

/** `released`: closed, and its evidence no longer held. */
export type Phase = 'open' | 'closed' | 'released';

const possible: Record<Phase, readonly IncidentAction[]> = {
  open: ['change', 'contain', 'replace', 'changeServices', 'confirmExtent', 'waive', 'addEvidence', 'note', 'followUp', 'close'],
  // What is learnt afterwards, and what was promised, goes on when the incident is over.
  closed: ['note', 'followUp', 'reopen', 'releaseHold'],
  released: ['note', 'followUp', 'reopen'],
};

export const actionsIn = (phase: Phase): readonly IncidentAction[] => possible[phase];
export const isPossible = (action: IncidentAction, phase: Phase): boolean => possible[phase].includes(action);
