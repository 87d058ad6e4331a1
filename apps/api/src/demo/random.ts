/** A seeded generator (mulberry32): the same seed tells the same story, so that the demo's history can be tested. Not for secrets. */
export type Random = ReturnType<typeof seededRandom>;

export function seededRandom(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + next() * (high - low);
  const integer = (low: number, high: number): number => Math.floor(between(low, high + 1));
  return {
    next,
    between,
    /** Both ends included. */
    integer,
    chance: (probability: number): boolean => next() < probability,
    pick: <T>(items: readonly T[]): T => {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('Nothing to pick from');
      return item;
    },
    /** Picks in proportion to `weight`. */
    weighted: <T extends { weight: number }>(items: readonly T[]): T => {
      let left = next() * items.reduce((sum, item) => sum + item.weight, 0);
      const found = items.find((item) => (left -= item.weight) < 0) ?? items.at(-1);
      if (!found) throw new RangeError('Nothing to pick from');
      return found;
    },
    /** Log-normal around a median, as answer times are: most close to it, some far above. Rounded to a tenth. */
    latency: (medianMs: number): number => {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return Math.round(medianMs * Math.exp(0.38 * normal) * 10) / 10;
    },
    hex: (length: number): string => Array.from({ length }, () => integer(0, 15).toString(16)).join(''),
  };
}
