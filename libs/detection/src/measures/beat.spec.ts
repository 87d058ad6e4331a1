/** A loop is a beat also by clocks that differ, and chance is none. */
import { type Beat, beatOf, pausesOf, unevenness } from './beat';

/** Between 0 and 1, the same each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}
const loop = (random: () => number): number => 2_000 * (0.75 + random() / 2);
const byChance = (random: () => number): number => -2_000 * Math.log(random());

/** A call at this time, by a host whose clock is off by so much; whoever is far ahead is known to be. */
function call(beats: Beat[], at: number, offMs = 0): void {
  const isAhead = offMs > 3_000;
  beatOf(beats, 1, { at: at + offMs, isAhead, seenAt: isAhead ? at : at + offMs, id: 'r', bytes: 700 });
}

/** Of 400 calls, this share by the other host. */
function beatBy(pause: (random: () => number) => number, { share, offMs }: { share: number; offMs: number }): Beat {
  const random = chance(7);
  const beats: Beat[] = [];
  let at = Date.UTC(2025, 1, 10);
  for (let n = 0; n < 400; n++, at += pause(random)) call(beats, at, random() < share ? offMs : 0);
  return beats[0] as Beat;
}

describe.each([0, 300, 61_000, 720_000].flatMap((off) => [off, -off]))('a clock that is off by %d ms', (offMs) => {
  it.each([0.01, 0.3, 0.45, 0.6])('in %d of the calls', (share) => {
    const [even, uneven] = [loop, byChance].map((pause) => beatBy(pause, { share, offMs }));
    expect(unevenness(even as Beat)).toBeLessThan(0.7);
    expect(unevenness(uneven as Beat)).toBeGreaterThan(0.8);
    for (const { mean, count } of [even, uneven] as Beat[]) {
      expect(count).toBeGreaterThan(360);
      expect(Math.abs(mean - 2_000)).toBeLessThan(400);
    }
    expect(pausesOf(even as Beat)).toBeGreaterThan(400 * 0.25);
  });
});

it('goes on by the other clock when the first says nothing any more, also by one that is ahead', () => {
  const beats: Beat[] = [];
  const tell = (count: number, from: number, offMs: number) => {
    for (let n = 0; n < count; n++) call(beats, from + n * 1_000, offMs);
  };
  tell(10, 0, 0);
  tell(150, 10_000, -600_000);
  expect(beats).toMatchObject([{ firstAt: 42_000 - 600_000, lastAt: 159_000 - 600_000, count: 118, mean: 1_000 }]);
  tell(150, 160_000, 600_000);
  expect(beats).toMatchObject([{ count: 150, lastAt: 309_000 + 600_000, mean: 1_000 }]);
});

it('is over after a long pause, whatever clock the next call is told by', () => {
  for (const offMs of [0, -60_000, 60_000]) {
    const beats: Beat[] = [];
    for (let n = 0; n < 150; n++) call(beats, n * 1_000);
    call(beats, 3_600_000, offMs);
    expect(beats).toMatchObject([{ count: 1, firstAt: 3_600_000 + offMs }]);
  }
});

it('calls at once, again and again, are no beat, in whatever order they are recorded', () => {
  const beats: Beat[] = [];
  for (let n = 0; n < 120; n++) call(beats, Math.floor(n / 3) * 9_000 + 3 - (n % 3));
  expect(unevenness(beats[0] as Beat)).toBeGreaterThan(1);
});

it('goes on with what was remembered before clocks were told apart', () => {
  const beat: Beat = { sign: 1, weight: 9, count: 100, firstAt: 0, lastAt: 99_000, mean: 1_000, square: 0, bytes: 700, same: 99, ids: [] };
  call([beat], 100_000);
  expect([pausesOf(beat), beat.mean, unevenness(beat), beat.count]).toEqual([100, 1_000, 0, 101]);
});
