// Numbers that a seed brings back (mulberry32), and the few distributions that traffic is made of.
export function chance(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from, to) => from + random() * (to - from);
  /** As many of ten as of a hundred as of a thousand: most are small, and a few are very large. */
  const sized = (from, to) => from * (to / from) ** random();
  const whole = (from, to) => Math.floor(between(from, to + 1));
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    random,
    between,
    whole,
    sized,
    count: (from, to) => Math.round(sized(from, to)),
    normal,
    is: (share) => random() < share,
    pick: (list) => list[Math.floor(random() * list.length)],
    some: (list, count) => {
      const rest = [...list];
      return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(Math.floor(random() * rest.length), 1)[0]);
    },
    /** How many come when so many are expected. */
    poisson: (mean) => {
      if (mean <= 0) return 0;
      if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = random(); product > limit; product *= random()) count += 1;
      return count;
    },
  };
}
