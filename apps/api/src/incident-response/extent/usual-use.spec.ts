import fc from 'fast-check';
import { suggestStart, type UsualFacts, type Use } from './usual-use';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BEGIN = Date.UTC(2026, 0, 5, 9);
const at = (days: number, hours = 0): Date => new Date(BEGIN + days * DAY + hours * HOUR);
const use = (days: number, value: string | null, kind: Use['kind'] = 'network'): Use => ({ kind, value, firstAt: at(days) });
const usual = [use(0, '192.0.2.0/24'), use(0, 'DE', 'country'), use(0, 'acme', 'program')];
/** Used from nine to five, every day. */
const office = (days: number) =>
  Array.from({ length: days * 8 }, (_, hour) => ({ from: at(Math.floor(hour / 8), hour % 8), requests: 10 }));
const facts = (change: Partial<UsualFacts> = {}): UsualFacts => ({ uses: usual, hours: office(20), firstWriteAt: at(0, 1), to: at(20), ...change }); // prettier-ignore
const kinds = (change: Partial<UsualFacts>) => {
  const { basis, because, suggestedFrom } = suggestStart(facts(change));
  return { basis, because: because.map(({ kind, value }) => [kind, value]), suggestedFrom };
};

it('finds nothing where all is as usual, and begins where the comparison does', () => {
  expect(kinds({})).toEqual({ basis: 'steady', because: [], suggestedFrom: at(7) });
});

it.each([
  ['network', '203.0.113.0/24', { uses: [...usual, use(15, '203.0.113.0/24')] }, at(15)],
  ['country', 'NL', { uses: [...usual, use(15, 'NL', 'country')] }, at(15)],
  ['program', 'curl', { uses: [...usual, use(15, 'curl', 'program')] }, at(15)],
  ['hour', '03:00', { hours: [...office(20), { from: at(15, 18), requests: 1 }] }, at(15, 18)],
  ['write', null, { firstWriteAt: at(15) }, at(15)],
] as const)('begins with the first use that departs: a new %s', (kind, value, change, suggestedFrom) => {
  expect(kinds(change)).toEqual({ basis: 'departure', because: [[kind, value]], suggestedFrom });
});

it('tells all that departs within the first hour, in order, and nothing of later', () => {
  const uses = [...usual, use(15.01, '203.0.113.0/24'), use(15.02, 'curl', 'program'), use(16, 'US', 'country')];
  const { because, suggestedFrom, text } = suggestStart(facts({ uses, firstWriteAt: at(15) }));
  expect(because.map(({ kind }) => kind)).toEqual(['write', 'network', 'program']);
  expect(suggestedFrom).toEqual(at(15));
  expect(text).toContain('First request from the network 203.0.113.0/24; use is known since 2026-01-05.');
});

it('takes for usual what was seen in the first week, or a month before the end', () => {
  expect(kinds({ uses: [...usual, use(6, '203.0.113.0/24')] }).basis).toBe('steady');
  const uses = [...usual, use(15, '203.0.113.0/24')];
  expect(kinds({ uses, to: at(44) }).basis).toBe('departure');
  expect(kinds({ uses, to: at(46) }).basis).toBe('steady');
});

it('says nothing of networks that change all the time, but of a country it does', () => {
  const phones = Array.from({ length: 20 }, (_, day) => use(day, `10.0.${day}.0/24`));
  expect(kinds({ uses: [...usual, ...phones] }).basis).toBe('steady');
  expect(kinds({ uses: [...usual, ...phones, use(18, 'US', 'country')] }).because).toEqual([['country', 'US']]);
});

it('has nothing to compare with in the first day, of a country where none was told, or by the hour of who calls around the clock, or now and then', () => {
  expect(kinds({ to: at(0, 23) })).toEqual({ basis: 'short', because: [], suggestedFrom: at(0) });
  expect(kinds({ uses: [], hours: [], firstWriteAt: null })).toEqual({ basis: 'unused', because: [], suggestedFrom: null });
  expect(kinds({ uses: [use(0, 'acme', 'program'), use(0, null, 'country'), use(15, 'DE', 'country')] }).basis).toBe('steady');
  const seldom = Array.from({ length: 40 }, (_, call) => ({ from: at(0, call * 11), requests: 1 }));
  expect(kinds({ hours: seldom }).basis).toBe('steady');
  const day = Array.from({ length: 18 * 5 }, (_, hour) => ({ from: at(Math.floor(hour / 18), hour % 18), requests: 1 }));
  expect(kinds({ hours: [...day, { from: at(15, 20), requests: 1 }] }).basis).toBe('steady');
});

it('never suggests a moment before the first use or behind the end, and is the same in any order', () => {
  const aUse = fc.record({ kind: fc.constantFrom('network' as const, 'country' as const, 'program' as const), value: fc.constantFrom('a', 'b', '', null), firstAt: fc.nat(40 * 24).map((hour) => at(0, hour)) }); // prettier-ignore
  fc.assert(
    fc.property(fc.array(aUse, { minLength: 1 }), fc.option(fc.nat(40 * 24)), (uses, write) => {
      const all = facts({ uses, firstWriteAt: write === null ? null : at(0, write), hours: uses.map(({ firstAt }) => ({ from: firstAt, requests: 1 })), to: at(41) }); // prettier-ignore
      const found = suggestStart(all);
      const first = Math.min(...uses.map(({ firstAt }) => firstAt.getTime()));
      expect(found.suggestedFrom!.getTime()).toBeGreaterThanOrEqual(first);
      expect(found.suggestedFrom!.getTime()).toBeLessThan(all.to.getTime());
      expect(suggestStart({ ...all, uses: [...uses].reverse() }).suggestedFrom).toEqual(found.suggestedFrom);
      expect(found.because.every(({ at: moment }) => moment > found.usualUntil!)).toBe(true);
    }),
  );
});
