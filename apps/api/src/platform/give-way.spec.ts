import { Pace } from './give-way';

it('rests a share of the time that was worked, and not after every little piece', async () => {
  jest.useFakeTimers();
  const pace = new Pace(0.4);
  const rested = async (workedMs: number): Promise<number> => {
    jest.advanceTimersByTime(workedMs);
    const begun = performance.now();
    const state = { over: false };
    const rest = pace.rest().then(() => {
      state.over = true;
      return performance.now() - begun;
    });
    await Promise.resolve();
    await Promise.resolve();
    while (!state.over) await jest.advanceTimersByTimeAsync(1);
    return rest;
  };
  expect(await rested(2)).toBe(0);
  expect(await rested(2)).toBe(0);
  expect(await rested(16)).toBeCloseTo(8, 0); // of 20
  expect(await rested(50)).toBeCloseTo(20, 0);
  // Whatever took so long: a rest is short.
  expect(await rested(60_000)).toBeLessThanOrEqual(51);
  jest.useRealTimers();
});
