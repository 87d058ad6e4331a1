export type Run = { first: number; last: number };

/** Minutes, which come by time, as runs: those that are not further apart than this belong together. */
export function runsOf(minutes: readonly number[], apart: number): Run[] {
  const runs: Run[] = [];
  for (const minute of minutes) {
    const run = runs.at(-1);
    if (run && minute - run.last <= apart) run.last = minute;
    else runs.push({ first: minute, last: minute });
  }
  return runs;
}
