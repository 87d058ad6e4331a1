/** When the two breaches of the demo happen. Pure: history, seed and incidents tell one story. Times of day are UTC. */
import type { CastKey } from './cast';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Midnight UTC, so many days ago. */
export const dayStart = (now: number, daysAgo: number): number => Math.floor((now - daysAgo * DAY) / DAY) * DAY;

const at = (now: number, daysAgo: number, hours: number, minutes: number): number =>
  dayStart(now, daysAgo) + hours * HOUR + minutes * MINUTE;

/** The smaller one, twelve days ago: found within the hour, closed two days later. */
export const notebookTimes = (now: number) => ({
  begins: at(now, 12, 13, 12),
  ends: at(now, 12, 14, 3),
  opened: at(now, 12, 14, 0),
  revoked: at(now, 12, 14, 6),
  replaced: at(now, 12, 14, 21),
  noted: at(now, 12, 14, 30),
  evidence: at(now, 12, 14, 41),
  looked: at(now, 12, 23, 0),
  scoped: at(now, 10, 9, 10),
  closed: at(now, 10, 9, 26),
});

/** The one that goes on: in the last night that is over, and again a while ago; somebody has just seen it. */
export const subscriptionTimes = (now: number) => {
  const night = dayStart(now - 5 * HOUR, 0) + 2 * HOUR + 17 * MINUTE;
  return { night, nightEnds: night + 26 * MINUTE, again: now - 44 * MINUTE, againEnds: now - 36 * MINUTE, opened: now - 18 * MINUTE };
};

export const createdAt = ({ createdDaysAgo, replaces }: CastKey, now: number): number =>
  replaces === undefined ? now - createdDaysAgo * DAY : notebookTimes(now).replaced;

/** Null: never. */
export function revokedAt({ revoked }: CastKey, now: number): number | null {
  if (!revoked) return null;
  return revoked.inIncident ? notebookTimes(now).revoked : now - revoked.daysAgo * DAY;
}
