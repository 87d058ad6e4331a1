/**
 * Requests a minute: per key, per organization, and apart from both per session, so that a person can always revoke. A token bucket each: it
 * holds a minute's worth and refills evenly. Counted in this process. Headers: draft-ietf-httpapi-ratelimit-headers-10, structured fields.
 */
import { Injectable } from '@nestjs/common';
import type { Reason } from '@pinebill/contract';

/** Time in milliseconds, monotonic. */
export type Bucket = { tokens: number; at: number };
export type Limit = { name: 'per-key' | 'per-organization' | 'per-session'; id: string; perMinute: number; reason: Reason };
export type Verdict = { headers: Record<string, string>; /** Null: go on. */ exceeded: (Limit & { retryAfterSeconds: number }) | null };

const WINDOW_SECONDS = 60;
const WINDOW_MS = WINDOW_SECONDS * 1_000;
/** Buckets that are full again say nothing: they are dropped when there are this many. */
const MAX_BUCKETS = 50_000;

export function refilled(bucket: Bucket | undefined, perMinute: number, now: number): Bucket {
  if (!bucket) return { tokens: perMinute, at: now };
  const gained = (Math.max(0, now - bucket.at) * perMinute) / WINDOW_MS;
  return { tokens: Math.min(perMinute, bucket.tokens + gained), at: now };
}

@Injectable()
export class RateLimits {
  private readonly buckets = new Map<string, Bucket>();

  /** Takes one request from every limit, or from none when one is used up. */
  take(limits: readonly Limit[], now: number = performance.now()): Verdict {
    if (this.buckets.size > MAX_BUCKETS) this.dropIdle(now);
    const states = limits.map((limit) => ({ limit, bucket: refilled(this.buckets.get(keyOf(limit)), limit.perMinute, now) }));
    const empty = states.find(({ bucket }) => bucket.tokens < 1);
    for (const { limit, bucket } of states) {
      if (!empty) bucket.tokens -= 1;
      this.buckets.set(keyOf(limit), bucket);
    }
    const headers = {
      // `t`: an empty bucket is full again after a whole window at the latest. How long to wait for one request is Retry-After's to say.
      'ratelimit-policy': limits.map(({ name, perMinute }) => `"${name}";q=${perMinute};w=${WINDOW_SECONDS}`).join(', '),
      ratelimit: states.map(({ limit, bucket }) => `"${limit.name}";r=${Math.floor(bucket.tokens)};t=${WINDOW_SECONDS}`).join(', '),
    };
    return { headers, exceeded: empty ? { ...empty.limit, retryAfterSeconds: secondsToOne(empty.limit, empty.bucket) } : null };
  }

  private dropIdle(now: number): void {
    for (const [key, { at }] of this.buckets) if (now - at > WINDOW_MS) this.buckets.delete(key);
  }
}

const keyOf = ({ name, id }: Limit): string => `${name} ${id}`;
const secondsToOne = ({ perMinute }: Limit, { tokens }: Bucket): number =>
  Math.max(1, Math.ceil(((1 - tokens) * WINDOW_SECONDS) / perMinute));
