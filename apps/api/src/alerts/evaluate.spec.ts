import fc from 'fast-check';
import { crossings, findingFirings, firings, pauseMinutes, paused, type Firing, type MinuteCount, type Thresholds } from './evaluate';

const aRule = fc.record({
  threshold: fc.integer({ min: 1, max: 12 }),
  windowMinutes: fc.integer({ min: 1, max: 9 }),
  coolDownMinutes: fc.nat(15),
});
/** Calls, each in a minute and of a group. */
const aCall = fc.record({ minute: fc.nat(60), group: fc.constantFrom('a', 'b', null) });
type Call = { minute: number; group: string | null };
const someCalls = fc.array(aCall, { maxLength: 150 });

function countsOf(calls: readonly Call[]): MinuteCount[] {
  const counts = new Map<string, MinuteCount>();
  for (const { minute, group } of calls) {
    const key = `${minute} ${group}`;
    counts.set(key, { minute, group, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** By the words of the definition, call by call. */
function byDefinition(rule: Thresholds, calls: readonly Call[]): Firing[] {
  const found: Firing[] = [];
  for (let minute = 0; minute <= 60; minute++) {
    for (const group of [null, 'a', 'b']) {
      const own = calls.filter((call) => call.group === group);
      const count = own.filter((call) => call.minute <= minute && call.minute > minute - rule.windowMinutes).length;
      const fired = found.filter((one) => one.group === group).at(-1);
      const rests = fired !== undefined && minute - fired.minute < Math.max(rule.windowMinutes, rule.coolDownMinutes, 1);
      if (own.some((call) => call.minute === minute) && count >= rule.threshold && !rests) found.push({ minute, group, count });
    }
  }
  return found;
}

it('fires by its definition', () => {
  fc.assert(
    fc.property(aRule, someCalls, (rule, calls) => {
      expect(firings(rule, countsOf(calls), { from: 0 })).toEqual(byDefinition(rule, calls));
    }),
    { numRuns: 300 },
  );
});

/** As the runner does it: whenever it looks, the minutes of what is new are counted again, and what fired before is known. */
function live(rule: Thresholds, calls: readonly Call[], looks: readonly number[]): Firing[] {
  const fired: Firing[] = [];
  let seen = 0;
  for (const upTo of [...looks, calls.length]) {
    const fresh = calls.slice(seen, upTo);
    seen = Math.max(seen, upTo);
    if (fresh.length === 0) continue;
    // Of what there is now, the windows that the new calls reach into: of their groups.
    const full = crossings(rule, countsOf(calls.slice(0, seen)), 0).filter(({ minute, group }) =>
      fresh.some(
        (call) => call.minute <= minute && call.minute > minute - rule.windowMinutes && fresh.some((other) => other.group === group),
      ),
    );
    for (const one of fired)
      one.count = Math.max(one.count, full.find(({ minute, group }) => minute === one.minute && group === one.group)?.count ?? 0);
    fired.push(...paused(rule, full, fired).map((one) => ({ ...one })));
  }
  return fired.sort((a, b) => a.minute - b.minute || ((a.group ?? '') < (b.group ?? '') ? -1 : 1));
}
const someLooks = fc.array(fc.nat(150), { maxLength: 12 }).map((looks) => looks.sort((a, b) => a - b));

it('fires the same whenever it is looked at, also in the middle of a minute', () => {
  fc.assert(
    fc.property(aRule, someCalls, someLooks, (rule, calls, looks) => {
      const inOrder = [...calls].sort((a, b) => a.minute - b.minute);
      expect(live(rule, inOrder, looks)).toEqual(firings(rule, countsOf(inOrder), { from: 0 }));
    }),
    { numRuns: 300 },
  );
});

it('misses no full window of calls that come late, and never fires twice within one', () => {
  fc.assert(
    fc.property(aRule, someCalls, someLooks, (rule, calls, looks) => {
      const fired = live(rule, calls, looks);
      const pause = pauseMinutes(rule);
      for (const [index, one] of fired.entries())
        for (const other of fired.slice(index + 1))
          if (other.group === one.group) expect(other.minute - one.minute).toBeGreaterThanOrEqual(pause);
      for (const full of crossings(rule, countsOf(calls), 0))
        expect(fired.some(({ group, minute }) => group === full.group && Math.abs(minute - full.minute) < pause)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('does not depend on the steps in which a time is looked through', () => {
  fc.assert(
    fc.property(aRule, someCalls, fc.nat(60), (rule, calls, cut) => {
      const counts = countsOf(calls);
      const [early, late] = [counts.filter(({ minute }) => minute < cut), counts.filter(({ minute }) => minute > cut - rule.windowMinutes)];
      expect([...crossings(rule, early, 0), ...crossings(rule, late, cut)]).toEqual(crossings(rule, counts, 0));
    }),
    { numRuns: 200 },
  );
});

it('tells findings about one subject once within the cool-down, in the order in which they were found', () => {
  const found = [5, 14, 15, 40].map((minute) => ({ minute, group: 'silence key a', id: String(minute) }));
  expect(findingFirings(10, found).map(({ id }) => id)).toEqual(['5', '15', '40']);
  expect(findingFirings(10, [...found].reverse()).map(({ id }) => id)).toEqual(['40', '15', '5']);
  expect(findingFirings(10, [...found, { minute: 6, group: 'silence key b', id: 'b' }]).map(({ id }) => id)).toEqual([
    '5',
    '15',
    '40',
    'b',
  ]);
  expect(findingFirings(10, found, [{ minute: 10, group: 'silence key a' }]).map(({ id }) => id)).toEqual(['40']);
  expect(findingFirings(0, found)).toHaveLength(4);
});
