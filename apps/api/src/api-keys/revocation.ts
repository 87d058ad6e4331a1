/**
 * From when on a revocation holds everywhere, as far as can be known: a pure function of what the processes have said and of how long one that
 * says nothing may use what it remembers. ADR 0014.
 */
import type { Revocation } from './api-keys.dto';

/** A verdict that is older is checked again before it is used, where PostgreSQL answers. */
export const CHECKED_AGAIN_SECONDS = 5;
/** How long a verdict may be used in any case. A process that says nothing may be dead, or cut off and working. */
export const USABLE_SECONDS = 30;
/** From the asking to the commit: many keys may be revoked at once. */
const COMMITTED_SECONDS = 5;
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
  const processes = asked.map((one) => settledOf(one, now));
  const open = processes.some(({ effectiveAt }) => effectiveAt === null);
  return {
    effectiveAt: open ? null : latest([revokedAt, ...processes.map(({ effectiveAt }) => effectiveAt)]),
    acceptedAt: asked.map(({ acceptedAt }) => acceptedAt).reduce(later, null),
    processes,
    awaited: asked.some((one, at) => processes[at]?.effectiveAt === null && one.seenAt !== null && now < plus(one.seenAt, LIVE_SECONDS)),
  };
}

function settledOf({ id, askedAt, confirmedAt, stoppedAt }: AskedProcess, now: Date): Settled {
  const unusableAt = plus(askedAt, COMMITTED_SECONDS + USABLE_SECONDS);
  if (confirmedAt && confirmedAt <= unusableAt) return { id, confirmedAt, settledBy: 'confirmation', effectiveAt: confirmedAt };
  if (stoppedAt && stoppedAt <= unusableAt) return { id, confirmedAt, settledBy: 'stop', effectiveAt: latest([askedAt, stoppedAt]) };
  if (now >= unusableAt) return { id, confirmedAt, settledBy: 'expiry', effectiveAt: unusableAt };
  return { id, confirmedAt, settledBy: null, effectiveAt: null };
}

const plus = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1_000);
const latest = (dates: (Date | null)[]): Date => new Date(Math.max(...dates.map((date) => date?.getTime() ?? 0)));
export const later = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b > a) ? b : a);
