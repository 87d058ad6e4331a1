/**
 * One limit of one key, organization or session, as this process sees it: a token bucket that holds a minute's worth and refills evenly. Kept as the
 * time until it is full again (GCRA), so that a limit that is changed keeps its share. What PostgreSQL said last, less what was let through here and
 * is not in PostgreSQL yet.
 */
import type { Reason } from '@pinebill/contract';

export type Policy = 'per-key' | 'per-organization' | 'per-session' | 'per-session-reserve';
export type Limit = { name: Policy; /** uuid of the key, organization or session. */ id: string; perMinute: number; reason: Reason };

export const WINDOW_MS = 60_000;
/** Of a token: what rounding to microseconds may cost. */
export const EPSILON = 1e-3;
/**
 * Together, all processes may have let through so much of a limit without having told it: what a limit can be exceeded by at any moment. It is told
 * later, and paid for. Half of the tolerance that is promised; the other half is for processes that have not heard of each other yet.
 */
export const UNTOLD_SHARE = 0.05;

export class Bucket {
  /** Let through here and not yet confirmed by PostgreSQL; negative: to be given back. */
  used = 0;
  /** When a request was last refused, and when that was last told; by this process's clock. */
  limitedAt: number | null = null;
  limitedToldAt = -Infinity;
  private heard = { fullInMs: 0, at: 0 };
  /** While PostgreSQL is away: what is left of this process's share. */
  private share: { tokens: number; at: number } | null = null;

  constructor(
    readonly policy: Policy,
    readonly subject: string,
    public perMinute: number,
  ) {}

  hear(fullInMs: number, at: number): void {
    this.heard = { fullInMs, at };
    this.share = null;
  }

  /** What is left of the limit, as far as is known here. Never less than there is, up to the way of an answer. */
  tokens(now: number): number {
    const fullInMs = Math.max(0, this.heard.fullInMs - (now - this.heard.at));
    return this.perMinute - (fullInMs * this.perMinute) / WINDOW_MS - this.used;
  }

  mayGoUntold(processes: number): boolean {
    return this.used + 1 <= this.untold(processes);
  }

  /** Worth telling before others rely on what is no longer there. */
  isWorthTelling(processes: number): boolean {
    return this.used * 2 > this.untold(processes);
  }

  /** Of this process, while nothing is heard of the others: its part of what was left, and of what refills. */
  shared(now: number, processes: number): { tokens: number; at: number } {
    const most = Math.max(1, this.perMinute / processes);
    this.share ??= { tokens: Math.min(most, Math.max(0, this.tokens(now)) / processes), at: now };
    const gained = (Math.max(0, now - this.share.at) * this.perMinute) / WINDOW_MS / processes;
    this.share = { tokens: Math.min(most, this.share.tokens + gained), at: now };
    return this.share;
  }

  /** Says nothing that a new one would not say. */
  isIdle(now: number): boolean {
    return this.used === 0 && now - this.heard.at > WINDOW_MS && this.share === null && this.limitedAt === null;
  }

  private untold(processes: number): number {
    return (UNTOLD_SHARE * this.perMinute) / processes;
  }
}
