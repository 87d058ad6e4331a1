/**
 * From when on a revocation holds everywhere, as far as can be known: a pure function of what the processes have said and of how long one that
 * says nothing may use what it remembers. ADR 0014.
 */
import type { Revocation } from './api-keys.dto';

/** A process that PostgreSQL hears of asks it again of every verdict that is older than this. */
export const CHECKED_AGAIN_SECONDS = 5;
/** A process that PostgreSQL does not hear of may be dead, or cut off and working: this is how long a verdict may be used in any case. */
export const USABLE_SECONDS = 30;
/** A process beats every second: one that missed two is not waited for. */
const LIVE_SECONDS = 3;

/** Times by the server's clock, but for `acceptedAt`, which is the process's. */
export type AskedProcess = {
  id: string;
  askedAt: Date;
  confirmedAt: Date | null;
  acceptedAt: Date | null;
  /** Null: its row is gone, long after it was last heard of. */
  seenAt: Date | null;
  stoppedAt: Date | null;
};

export type SettledBy = Revocation['processes'][number]['settledBy'];
type Settled = { id: string; confirmedAt: Date | null; settledBy: SettledBy; effectiveAt: Date | null };

export type Settlement = {
  effectiveAt: Date | null;
  acceptedAt: Date | null;
  processes: Settled[];
  /** Worth waiting for. */ awaited: boolean;
};

export function settle(revokedAt: Date, asked: readonly AskedProcess[], now: Date): Settlement {
  // Whoever confirmed had heard of the commit, which is later than the asking: what the others remember is no younger than that.
  const committedBy = asked.map(({ confirmedAt }) => confirmedAt).reduce(earlier, null);
  const processes = asked.map((one) => settledOf(one, latest([committedBy ?? one.askedAt, one.askedAt]), now));
  const open = processes.some(({ effectiveAt }) => effectiveAt === null);
  return {
    effectiveAt: open ? null : latest([revokedAt, ...processes.map(({ effectiveAt }) => effectiveAt)]),
    acceptedAt: asked.map(({ acceptedAt }) => acceptedAt).reduce(later, null),
    processes,
    awaited: asked.some((one, at) => processes[at]?.effectiveAt === null && secondsBetween(one.seenAt ?? new Date(0), now) <= LIVE_SECONDS),
  };
}

function settledOf({ id, confirmedAt, stoppedAt, seenAt }: AskedProcess, committedAt: Date, now: Date): Settled {
  if (confirmedAt) return { id, confirmedAt, settledBy: 'confirmation', effectiveAt: confirmedAt };
  if (stoppedAt) return { id, confirmedAt, settledBy: 'stop', effectiveAt: latest([committedAt, stoppedAt]) };
  const checked = plus(committedAt, CHECKED_AGAIN_SECONDS);
  if (seenAt !== null && seenAt >= checked) return { id, confirmedAt, settledBy: 'expiry', effectiveAt: checked };
  const unusable = plus(committedAt, USABLE_SECONDS);
  return now >= unusable
    ? { id, confirmedAt, settledBy: 'expiry', effectiveAt: unusable }
    : { id, confirmedAt, settledBy: null, effectiveAt: null };
}

const plus = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1_000);
const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1_000;
const latest = (dates: (Date | null)[]): Date => new Date(Math.max(...dates.map((date) => date?.getTime() ?? 0)));
const earlier = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b < a) ? b : a);
export const later = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b > a) ? b : a);
