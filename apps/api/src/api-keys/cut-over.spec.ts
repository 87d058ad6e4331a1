import fc from 'fast-check';
import { cutOver } from './cut-over';
import type { CallerUse } from './key-use.queries';

type Call = { caller: number; key: 'old' | 'new'; at: number };
const calls = fc.array(fc.record({ caller: fc.nat(4), key: fc.constantFrom('old' as const, 'new' as const), at: fc.nat(30) }), {
  maxLength: 40,
});

/** As the sums are made: one line a caller. */
function summed(all: readonly Call[], key: Call['key']): CallerUse[] {
  const callers = [...new Set(all.filter((call) => call.key === key).map(({ caller }) => caller))];
  return callers.map((caller) => {
    const own = all.filter((call) => call.key === key && call.caller === caller);
    const lastAcceptedAt = new Date(Math.max(...own.map(({ at }) => at)));
    const nothing = { refused: 0, dead: 0, lastRefusedAt: null, lastDeadAt: null };
    return { network: `10.0.${caller}.0/24`, agent: 'a', requests: own.length, lastAcceptedAt, ...nothing };
  });
}

it('is safe exactly when each caller of the old key was seen on the new one after its last call with the old', () => {
  fc.assert(
    fc.property(calls, (all) => {
      const last = (caller: number, key: Call['key']) => Math.max(-1, ...all.filter((c) => c.caller === caller && c.key === key).map(({ at }) => at)); // prettier-ignore
      const remaining = [0, 1, 2, 3, 4].filter((caller) => last(caller, 'old') >= 0 && last(caller, 'new') <= last(caller, 'old'));
      const told = cutOver(summed(all, 'old'), summed(all, 'new'));
      expect(told.safeToRevoke).toBe(remaining.length === 0);
      expect(told.remainingCallers).toBe(remaining.length);
      const named = told.callers
        .filter(({ lastOld, moved }) => lastOld !== null && !moved)
        .map(({ network }) => Number(network.split('.')[2]));
      expect(named.sort()).toEqual(remaining);
      expect(told.callers.reduce((sum, { requests, requestsNew }) => sum + requests + requestsNew, 0)).toBe(all.length);
    }),
  );
});

it('flips with the last caller that moves, and back when one returns', () => {
  const old: Call[] = [{ caller: 0, key: 'old', at: 1 }, { caller: 1, key: 'old', at: 2 }]; // prettier-ignore
  const safe = (more: readonly Call[]): boolean => cutOver(summed([...old, ...more], 'old'), summed(more, 'new')).safeToRevoke;
  const moves: Call[] = [{ caller: 0, key: 'new', at: 3 }, { caller: 1, key: 'new', at: 4 }, { caller: 0, key: 'old', at: 5 }]; // prettier-ignore
  expect([0, 1, 2, 3].map((count) => safe(moves.slice(0, count)))).toEqual([false, false, true, false]);
});

it('does not count as moved who is seen on the new key at the very moment of its last call with the old one', () => {
  const both: Call[] = [{ caller: 0, key: 'old', at: 5 }, { caller: 0, key: 'new', at: 5 }]; // prettier-ignore
  expect(cutOver(summed(both, 'old'), summed(both, 'new')).safeToRevoke).toBe(false);
});

it('is safe when nobody used the old key', () => {
  expect(cutOver([], []).safeToRevoke).toBe(true);
});
