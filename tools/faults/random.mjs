// Numbers that a seed brings back: mulberry32. What is sent and killed is the same again; when exactly, the machine decides.
export function seeded(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(random() * limit);
  return { below, between: (from, to) => from + below(to - from), pick: (list) => list[below(list.length)] };
}
