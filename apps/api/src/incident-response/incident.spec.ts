/** Every subset of the steps in every way in which each can stand, every action in every phase, and facts in any order. */
import { incidentActions, incidentSteps, waivableSteps, type IncidentStepName, type WaivableStep } from '@pinebill/contract';
import fc from 'fast-check';
import { actionsIn, isPossible, last, missingOf, stateOf, stepsOf, type IncidentFacts, type Phase, type Stamp } from './incident';

const ada = { id: 'ada', name: 'Ada' };
const minute = (n: number): Stamp => ({ at: new Date(Date.UTC(2025, 0, 1, 0, n)), by: ada });
const key = { kind: 'key' as const, name: 'Production', contained: null, againAt: null, successor: null };

const bare: IncidentFacts = {
  opened: minute(0),
  subjects: [key],
  callers: [{ label: 'checkout', settled: null }],
  extent: null,
  ...{ rootCause: null, impact: null, lessons: null },
  waivers: {},
  closed: null,
};
type Ways = Partial<Record<IncidentStepName, 'open' | 'done' | 'notNeeded'>>;
const order = incidentSteps.indexOf.bind(incidentSteps);

/** Facts that bring each step into the wanted status, and none that brings another. */
function factsOf(ways: Ways): IncidentFacts {
  const is = (step: IncidentStepName): Stamp | null => (ways[step] === 'done' ? minute(order(step)) : null);
  const waived = waivableSteps.filter((step) => ways[step] === 'notNeeded');
  return {
    ...bare,
    subjects: [{ ...key, contained: is('contained'), successor: is('replaced') }],
    callers: [{ label: 'checkout', settled: is('servicesUpdated') }],
    extent: is('scoped'),
    closed: is('documented'),
    waivers: Object.fromEntries(waived.map((step) => [step, { ...minute(order(step)), because: 'it is a drill' }])),
  };
}

const statuses = ['open', 'done', 'notNeeded'] as const;
const everyWay: Ways[] = waivableSteps
  .reduce<Ways[]>((ways, step) => ways.flatMap((way) => statuses.map((status) => ({ ...way, [step]: status }))), [{}])
  .flatMap((way) => (['open', 'done'] as const).map((documented) => ({ ...way, documented })));

it(`each of ${everyWay.length} combinations of steps gives each step its status, and the state before the first hole`, () => {
  expect(everyWay).toHaveLength(3 ** 4 * 2);
  for (const ways of everyWay) {
    const steps = stepsOf(factsOf(ways));
    expect(Object.fromEntries(steps.map(({ step, status }) => [step, status]))).toEqual({ identified: 'done', ...ways });
    const hole = incidentSteps.findIndex((step) => ways[step] === 'open');
    expect([ways, stateOf(steps)]).toEqual([ways, hole === -1 ? 'documented' : incidentSteps[hole - 1]]);
    for (const { step, status, at, because } of steps)
      expect([step, at, because]).toEqual([step, status === 'open' ? null : minute(order(step)).at, status === 'notNeeded' ? 'it is a drill' : null]); // prettier-ignore
  }
});

it('says of every open step, and of no other, what is missing', () => {
  for (const ways of everyWay) {
    const missing = missingOf(stepsOf(factsOf(ways)));
    expect([...new Set(missing.map(({ step }) => step))]).toEqual(incidentSteps.filter((step) => ways[step] === 'open'));
  }
  expect(missingOf(stepsOf(bare)).map(({ what }) => what)).toEqual([
    'Production can still be used: revoke or quarantine it.',
    'Production has no successor that works: make one.',
    'checkout has not been seen with the new key.',
    'Look through the extent of the breach and confirm it.',
    'Say what the root cause was.',
    'Say what the impact was.',
    'Say what was learnt.',
  ]);
});

it('has nothing missing, and is not documented, while the texts are there and nobody has closed it', () => {
  const ready = {
    ...factsOf({ contained: 'done', replaced: 'done', servicesUpdated: 'done', scoped: 'done' }),
    rootCause: 'a',
    impact: 'b',
  };
  expect(missingOf(stepsOf({ ...ready, lessons: ' ' }))).toEqual([{ step: 'documented', what: 'Say what was learnt.' }]);
  const steps = stepsOf({ ...ready, lessons: 'c' });
  expect([missingOf(steps), stateOf(steps)]).toEqual([[], 'scoped']);
});

it.each(waivableSteps)('%s that was waived and is done is done, and by the fact', (step) => {
  const waivers = { [step]: { ...minute(40), because: 'it is a drill' } };
  const found = stepsOf({ ...factsOf({ [step]: 'done' }), waivers }).find((one) => one.step === step);
  expect(found).toMatchObject({ status: 'done', at: minute(order(step)).at, because: null });
});

const statusOf = (facts: Partial<IncidentFacts>, step: IncidentStepName): string | undefined =>
  stepsOf({ ...bare, ...facts }).find((one) => one.step === step)?.status;
const address = { kind: 'address' as const, name: '203.0.113.7', contained: null, againAt: null, successor: null };
const person = { ...address, kind: 'person' as const, name: 'Bob' };

it.each([
  ['a key that is stopped is enough beside an address', [{ ...key, contained: minute(1) }, address], 'done'],
  ['a person is not stopped by a key', [{ ...key, contained: minute(1) }, person], 'open'],
  ['one of two keys is not enough', [{ ...key, contained: minute(1) }, key], 'open'],
  ['an address alone has to be blocked', [address], 'open'],
  ['an address alone is blocked', [{ ...address, contained: minute(1) }], 'done'],
  ['of nothing it cannot be said', [], 'open'],
] as const)('contained: %s', (_, subjects, status) => {
  expect(statusOf({ subjects }, 'contained')).toBe(status);
});

it('replacing and updating do not apply without a key, and there is nobody to update where nobody was seen', () => {
  const without = { subjects: [address], callers: [] };
  expect([statusOf(without, 'replaced'), statusOf(without, 'servicesUpdated')]).toEqual(['notNeeded', 'notNeeded']);
  expect([statusOf({ callers: [] }, 'servicesUpdated'), statusOf({ callers: [] }, 'replaced')]).toEqual(['notNeeded', 'open']);
});

it('a person who has signed in again is named with when', () => {
  const [, what] = [person, { ...person, againAt: new Date(Date.UTC(2025, 0, 1, 0, 7)) }].map(
    (subject) => missingOf(stepsOf({ ...bare, subjects: [subject] }))[0]!.what,
  );
  expect(what).toBe(`${person.name} signed in again at 2025-01-01 00:07:00 UTC: end the sessions once more, or suspend the person.`);
});

it('is done with the last of its facts, whoever did it', () => {
  const bob = { at: new Date(Date.UTC(2025, 0, 1, 0, 9)), by: { id: 'bob', name: 'Bob' } };
  expect(last([minute(3), bob, { at: null, by: null }, minute(5)])).toEqual(bob);
  expect(last([{ at: null, by: ada }])).toEqual({ at: null, by: ada });
});

describe('what may be done', () => {
  const whenOpen = ['change', 'contain', 'replace', 'changeServices', 'confirmExtent', 'waive', 'addEvidence', 'note', 'followUp', 'close'];
  const wanted: Record<Phase, readonly string[]> = {
    open: whenOpen,
    closed: ['note', 'followUp', 'reopen', 'releaseHold'],
    released: ['note', 'followUp', 'reopen'],
  };
  const every = incidentActions.flatMap((action) => (['open', 'closed', 'released'] as const).map((phase) => [action, phase] as const));
  it.each(every)('%s when it is %s', (action, phase) => {
    expect(isPossible(action, phase)).toBe(wanted[phase].includes(action));
    expect(actionsIn(phase).includes(action)).toBe(wanted[phase].includes(action));
  });
});

/** What can happen to an incident; each sets or takes away one fact. */
type Happening = { what: 'subject' | 'caller' | 'extent' | 'waiver'; which: number; undone: boolean; at: number };
const happening: fc.Arbitrary<Happening> = fc.record({
  what: fc.constantFrom('subject' as const, 'caller' as const, 'extent' as const, 'waiver' as const),
  which: fc.nat(2),
  undone: fc.boolean(),
  at: fc.nat(50),
});

function after(happenings: readonly Happening[]): IncidentFacts {
  const subjects = [key, { ...key, name: 'Staging' }, address].map((one) => ({ ...one }));
  const callers = ['a', 'b', 'c'].map((label): IncidentFacts['callers'][number] => ({ label, settled: null }));
  let extent: Stamp | null = null;
  const waivers = new Map<WaivableStep, Stamp & { because: string }>();
  for (const { what, which, undone, at } of happenings) {
    const stamp = undone ? null : minute(at);
    if (what === 'subject') subjects[which] = { ...subjects[which]!, contained: stamp, successor: stamp } as (typeof subjects)[number];
    else if (what === 'caller') callers[which] = { ...callers[which]!, settled: stamp };
    else if (what === 'extent') extent = stamp;
    else if (stamp === null) waivers.delete(waivableSteps[which]!);
    else waivers.set(waivableSteps[which]!, { ...stamp, because: 'x' });
  }
  return { ...bare, subjects, callers, extent, waivers: Object.fromEntries(waivers) };
}

it('depends on what is true now, and not on how it came about', () => {
  const nameOf = ({ what, which }: Happening): string => `${what} ${what === 'extent' ? '' : which}`;
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (happenings, numbers) => {
      // Of each fact only what came last is true; these in any order, after anything else, are the same incident.
      const standing = [...new Map(happenings.map((one) => [nameOf(one), one])).values()];
      const shuffled = standing.map((one) => ({ one, at: numbers.next().value as number })).sort((a, b) => a.at - b.at).map(({ one }) => one); // prettier-ignore
      const [steps, same] = [stepsOf(after(happenings)), stepsOf(after(shuffled))];
      expect(same).toEqual(steps);
      expect(stateOf(same)).toBe(stateOf(steps));
      // One fact more never takes a step away.
      const further = order(stateOf(stepsOf(after([...happenings, { what: 'extent', which: 0, undone: false, at: 1 }]))));
      expect(further).toBeGreaterThanOrEqual(order(stateOf(steps)));
    }),
  );
});
