/** Weeks and months in UTC: a week begins on Monday. */
export const cadences = ['week', 'month'] as const;
export type Cadence = (typeof cadences)[number];
export type Period = { from: Date; to: Date };

const DAY_MS = 86_400_000;

/** The one that `at` lies in. */
export function periodOf(every: Cadence, at: Date): Period {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  if (every === 'month') return { from: new Date(Date.UTC(year, month)), to: new Date(Date.UTC(year, month + 1)) };
  const monday = Date.UTC(year, month, day - ((at.getUTCDay() + 6) % 7));
  return { from: new Date(monday), to: new Date(monday + 7 * DAY_MS) };
}

export const periodBefore = (every: Cadence, { from }: Period): Period => periodOf(every, new Date(from.getTime() - 1));
export const periodAfter = (every: Cadence, { to }: Period): Period => periodOf(every, to);
