/** Weeks from Monday to Monday, in UTC. */
const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;

export type Week = { from: Date; to: Date };

/** The last one that is over. */
export function weekBefore(now: Date): Week {
  const midnight = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const monday = midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * DAY_MS;
  return { from: new Date(monday - WEEK_MS), to: new Date(monday) };
}

/** `2026-11-16`. */
export const dateOf = (at: Date): string => at.toISOString().slice(0, 10);

/** So much of a week has to be there, or its figures are no figures of the week: on a plan that shows seven days the first hour is gone when it is made. */
const NEARLY_ALL = 0.985;
export const isNearlyWhole = ({ from, to }: Week): boolean => to.getTime() - from.getTime() >= NEARLY_ALL * WEEK_MS;
