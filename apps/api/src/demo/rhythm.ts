import type { Rhythm } from './cast';

type Hour = { hour: number; weekend: boolean };
const bell = (hour: number, peak: number, width: number): number => Math.exp(-(((hour - peak) / width) ** 2));

const weights: Record<Rhythm, (at: Hour) => number> = {
  office: ({ hour, weekend }) => (0.02 + bell(hour, 9.5, 2.6) + 0.9 * bell(hour, 14.5, 2.4)) * (weekend ? 0.08 : 1),
  shop: ({ hour, weekend }) => (0.1 + 0.8 * bell(hour, 11.5, 3.5) + bell(hour, 17.5, 3)) * (weekend ? 0.6 : 1),
  night: ({ hour, weekend }) => (hour >= 1 && hour < 4 ? 1.03 : 0.03) * (weekend ? 0.8 : 1),
  steady: ({ weekend }) => (weekend ? 0.8 : 1),
};

/** How busy a kind of caller is in the hour that starts at `at` (UTC), relative to its own busiest one. People sleep, and rest on weekends. */
export const rhythmWeight = (rhythm: Rhythm, at: Date): number =>
  weights[rhythm]({ hour: at.getUTCHours(), weekend: at.getUTCDay() === 0 || at.getUTCDay() === 6 });
