/**
 * Whether something goes wrong again and again, whatever the rate: the last so many outcomes, and since when most of them are the same failure. A busy
 * program and one that calls ten times a day are judged alike.
 */
export type Streak = {
  /** The latest outcomes: empty when it went well, else a short name of the failure. */
  outcomes: string[];
  failure: string;
  /** Since when the failure is the rule; null: it is not. */
  since: number | null;
  /** Of the failure, with those that made it the rule; and the latest of them. */
  count: number;
  ids: string[];
  lastAt: number;
  /** It was a finding. */
  isTold: boolean;
  /** How often it failed over a long time: what is usual here. */
  usual: number;
};
export type StreakBounds = {
  /** So many outcomes are looked at. */
  outcomes: number;
  /** It is the rule from this share on, and no more below half of it. */
  share: number;
};

export const newStreak = (at: number): Streak => ({
  outcomes: [],
  failure: '',
  since: null,
  count: 0,
  ids: [],
  lastAt: at,
  isTold: false,
  usual: 0,
});

const STALE_MS = 3 * 86_400_000;
/** Of some hundreds of calls. */
const SLOWLY = 1 / 400;

export function note(streak: Streak, outcome: string, { at, id }: { at: number; id: string }, bounds: StreakBounds): void {
  if (at - streak.lastAt > STALE_MS) Object.assign(streak, newStreak(at), { usual: streak.usual });
  streak.lastAt = Math.max(streak.lastAt, at);
  streak.outcomes.push(outcome);
  if (streak.outcomes.length > bounds.outcomes) streak.outcomes.shift();
  if (streak.since === null) streak.usual += ((outcome === '' ? 0 : 1) - streak.usual) * SLOWLY;
  if (streak.since === null || outcome === streak.failure) weigh(streak, outcome, { at, id }, bounds);
  else if (shareOf(streak, streak.failure) < shareWanted(streak, bounds) / 2) rest(streak);
}

function weigh(streak: Streak, outcome: string, { at, id }: { at: number; id: string }, bounds: StreakBounds): void {
  if (outcome === '') return;
  if (streak.since === null) {
    if (streak.outcomes.length < 5 || shareOf(streak, outcome) < shareWanted(streak, bounds)) return;
    const before = streak.outcomes.filter((one) => one === outcome).length - 1;
    Object.assign(streak, { failure: outcome, since: at, count: before, ids: [] });
  }
  streak.count += 1;
  streak.ids.push(id);
  if (streak.ids.length > 5) streak.ids.shift();
}

const rest = (streak: Streak): void => void Object.assign(streak, { failure: '', since: null, count: 0, ids: [], isTold: false });

export const shareOf = ({ outcomes }: Streak, failure: string): number =>
  outcomes.length === 0 ? 0 : outcomes.reduce((count, outcome) => count + (outcome === failure ? 1 : 0), 0) / outcomes.length;

/** Where failing is usual, more is asked for. */
const shareWanted = ({ usual }: Streak, { share }: StreakBounds): number => Math.max(share, (1 + usual) / 2);

/** Goes on, or begins: failing is the rule now. What was a finding that is over begins anew: an old streak and one more failure are no second one. */
export function isWorthTelling(streak: Streak, isOpen: boolean, bounds: StreakBounds): boolean {
  if (streak.isTold && !isOpen) {
    rest(streak);
    streak.outcomes = [];
    return false;
  }
  const isRule = streak.since !== null && shareOf(streak, streak.failure) >= shareWanted(streak, bounds);
  if (isOpen || isRule) streak.isTold = true;
  return isOpen || isRule;
}

export const isForgettable = ({ outcomes, since }: Streak): boolean => since === null && outcomes.every((outcome) => outcome === '');
