import fc from 'fast-check';
import { judgeClock, type ClockMemory } from './purge-clock';

const HOUR_MS = 3_600_000;
const day = (days: number): Date => new Date(Date.UTC(2026, 10, 27) + days * 24 * HOUR_MS);
const at = (here: Date, memory: ClockMemory) => judgeClock({ here, database: here }, memory);
const seen = { seenAt: day(0), doubtedAt: null };

it('nothing is deleted by a clock that PostgreSQL does not share, whichever of the two is wrong', () => {
  expect(judgeClock({ here: day(1), database: day(1) }, seen)).toEqual({ doubt: null, memory: { seenAt: day(1), doubtedAt: null } });
  for (const [here, database] of [
    [day(401), day(1)],
    [day(1), day(401)],
    [new Date(day(1).getTime() + 301_000), day(1)],
  ] as const)
    // prettier-ignore
    expect(judgeClock({ here, database }, seen)).toMatchObject({ doubt: expect.stringContaining('of PostgreSQL'), memory: seen });
});

it('a clock that both share and that has gone ahead by days is believed a night later, not before', () => {
  const first = at(day(401), seen);
  expect(first).toMatchObject({ doubt: expect.stringContaining('401 days ago'), memory: { seenAt: day(0), doubtedAt: day(401) } });
  // Tried again within minutes, as after a purge that was interrupted.
  const again = at(new Date(day(401).getTime() + 5 * 60_000), first.memory);
  expect(again).toMatchObject({ doubt: expect.any(String), memory: { doubtedAt: day(401) } });
  expect(at(day(402), again.memory)).toEqual({ doubt: null, memory: { seenAt: day(402), doubtedAt: null } });
  // Set right meanwhile, nothing has happened; and another leap is doubted anew.
  expect(at(day(1), again.memory)).toEqual({ doubt: null, memory: { seenAt: day(1), doubtedAt: null } });
  expect(at(day(801), again.memory)).toMatchObject({ doubt: expect.any(String), memory: { doubtedAt: day(801) } });
});

it('no purge ever goes on by a clock that is more than three days ahead of the last one, unless the same was said 20 hours before', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -500 * 24, max: 500 * 24 }), { maxLength: 12 }), (hours) => {
      let memory: ClockMemory = seen;
      const said: number[] = [];
      for (const hour of hours) {
        const here = new Date(day(0).getTime() + hour * HOUR_MS);
        const { doubt, memory: next } = at(here, memory);
        const ahead = here.getTime() - memory.seenAt.getTime() > 72 * HOUR_MS;
        const confirmed = said.some((before) => hour - before >= 20 && hour - before <= 72);
        if (doubt === null && ahead && !confirmed) return false;
        said.push(hour);
        memory = next;
      }
      return true;
    }),
  );
});
