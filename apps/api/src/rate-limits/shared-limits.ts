/**
 * Limits that several processes keep together without asking for each request (ADR 0015). A process lets through what the bucket holds by the last word of
 * PostgreSQL, as long as it has told all but a small part of it; it tells four times a second, and at once when the part is used up: then requests wait for
 * that one statement. All that is let through is told sooner or later, so the rate is right; at any moment it is exceeded by UNTOLD_SHARE at most.
 * While PostgreSQL does not answer, nobody waits: each process goes on with its share.
 */
import { Bucket, EPSILON, WINDOW_MS, type Limit } from './bucket';
import type { LimitStore, Report } from './limit-store';

const TELL_EVERY_MS = 250;
/** What is worth telling soon, together with what comes in the meantime. */
const TELL_SOON_MS = 20;
/** That a bucket ran empty is told so often. */
const LIMITED_EVERY_MS = 10_000;
/** One statement of so many rows takes some 20 ms. */
const MOST_REPORTS = 2_000;
const MAX_BUCKETS = 20_000;

export type Ports = { store: LimitStore; /** Milliseconds, monotonic. */ now: () => number; later: (ms: number, work: () => void) => void };
export type State = {
  limit: Limit;
  /** Whole requests. */ remaining: number;
  /** Null: there is room. */ retryAfterSeconds: number | null;
};
export type Verdict = { isAdmitted: boolean; states: readonly State[] };

type Asking = { limits: readonly Limit[]; buckets: readonly Bucket[]; /** Waits for a token of these; of the others it has one. */ wants: ReadonlySet<Bucket>; answer: (verdict: Verdict) => void }; // prettier-ignore

/** `reports` of `told`, in the same order. */
type Word = { asked: Asking[]; told: Bucket[]; reports: Report[] };

export class SharedLimits {
  private readonly buckets = new Map<string, Bucket>();
  private readonly untold = new Set<Bucket>();
  private asking: Asking[] = [];
  private processes = 1;
  private isHeard = true;
  private isTelling = false;
  private dueAt = Infinity;

  constructor(private readonly ports: Ports) {}

  /** Takes one request from every limit, or from none when one is used up. A promise only when PostgreSQL has to be asked. */
  take(limits: readonly Limit[]): Verdict | Promise<Verdict> {
    const now = this.ports.now();
    const buckets = limits.map((limit) => this.bucketOf(limit, now));
    if (!this.isHeard) return this.takeShares(limits, buckets);
    if (buckets.some((bucket) => bucket.tokens(now) < 1 - EPSILON)) return this.refuse(limits, buckets, now);
    if (!buckets.every((bucket) => bucket.mayGoUntold(this.processes))) return this.ask(limits, buckets);
    for (const bucket of buckets) this.use(bucket, 1);
    return { isAdmitted: true, states: this.statesOf(limits, buckets, now) };
  }

  private ask(limits: readonly Limit[], buckets: readonly Bucket[]): Promise<Verdict> {
    const wants = new Set(buckets.filter((bucket) => !bucket.mayGoUntold(this.processes)));
    for (const bucket of buckets) if (!wants.has(bucket)) this.use(bucket, 1);
    return new Promise((answer) => {
      this.asking.push({ limits, buckets, wants, answer });
      this.tellWithin(0);
    });
  }

  /** Also tells that this process is there. Never throws. */
  async tell(): Promise<void> {
    if (this.isTelling) return;
    this.isTelling = true;
    this.dueAt = Infinity;
    await this.exchange(this.collect());
    this.isTelling = false;
    if (this.asking.length > 0 || this.untold.size >= MOST_REPORTS) this.tellWithin(0);
    else if (this.untold.size > 0) this.tellWithin(TELL_EVERY_MS);
    if (this.buckets.size > MAX_BUCKETS) this.dropIdle();
  }

  private async exchange({ asked, told, reports }: Word): Promise<void> {
    try {
      const { processes, buckets } = await this.ports.store.tell(reports);
      this.processes = Math.max(1, processes);
      this.isHeard = true;
      const granted = this.hear(told, reports, new Map(buckets.map((bucket) => [keyOf(bucket.policy, bucket.subject), bucket])));
      for (const one of asked) one.answer(this.settle(one, granted));
      for (const [bucket, left] of granted) if (left > 0) this.use(bucket, -left);
    } catch {
      // What was told may have arrived: it is told again, and the limit is rather too strict for a moment.
      this.isHeard = false;
      for (const bucket of told) this.untold.add(bucket);
      for (const one of [...asked, ...this.asking.splice(0)]) one.answer(this.withoutStore(one));
    }
  }

  private collect(): Word {
    const wanted = new Map<Bucket, number>();
    let asked = 0;
    for (; asked < this.asking.length && wanted.size < MOST_REPORTS; asked++)
      for (const bucket of this.asking[asked]?.wants ?? []) wanted.set(bucket, (wanted.get(bucket) ?? 0) + 1);
    const told = [...new Set([...wanted.keys(), ...this.untold])].slice(0, Math.max(MOST_REPORTS, wanted.size));
    const now = this.ports.now();
    const reports = told.map((bucket) => {
      this.untold.delete(bucket);
      // One that was used for long without PostgreSQL was refilled meanwhile: more than it holds cannot be missing.
      bucket.used = Math.min(bucket.used, bucket.perMinute);
      const limited = bucket.limitedAt !== null;
      if (limited) [bucket.limitedAt, bucket.limitedToldAt] = [null, now];
      const { policy, subject, perMinute, used } = bucket;
      return { policy, subject, perMinute, used, wanted: wanted.get(bucket) ?? 0, limited };
    });
    return { asked: this.asking.splice(0, asked), told, reports };
  }

  /** Returns how many tokens were granted, by bucket. */
  private hear(told: readonly Bucket[], reports: readonly Report[], answers: ReadonlyMap<string, { fullInMs: number; granted: number }>) {
    const now = this.ports.now();
    const granted = new Map<Bucket, number>();
    for (const [index, bucket] of told.entries()) {
      const answer = answers.get(keyOf(bucket.policy, bucket.subject));
      bucket.used -= reports[index]?.used ?? 0;
      if (!answer) continue;
      bucket.hear(answer.fullInMs, now);
      granted.set(bucket, answer.granted);
    }
    return granted;
  }

  private settle({ limits, buckets, wants }: Asking, granted: Map<Bucket, number>): Verdict {
    const now = this.ports.now();
    const missing = [...wants].filter((bucket) => (granted.get(bucket) ?? 0) < 1);
    if (missing.length === 0) {
      for (const bucket of wants) granted.set(bucket, (granted.get(bucket) ?? 0) - 1);
      return { isAdmitted: true, states: this.statesOf(limits, buckets, now) };
    }
    for (const bucket of buckets) if (!wants.has(bucket)) this.use(bucket, -1);
    return this.refuse(limits, buckets, now, missing);
  }

  private withoutStore({ limits, buckets, wants }: Asking): Verdict {
    for (const bucket of buckets) if (!wants.has(bucket)) this.use(bucket, -1);
    return this.takeShares(limits, buckets);
  }

  private takeShares(limits: readonly Limit[], buckets: readonly Bucket[]): Verdict {
    const now = this.ports.now();
    const shares = buckets.map((bucket) => bucket.shared(now, this.processes));
    const isAdmitted = shares.every(({ tokens }) => tokens >= 1 - EPSILON);
    for (const [index, bucket] of buckets.entries()) {
      const share = shares[index];
      if (!share || !isAdmitted) continue;
      share.tokens -= 1;
      bucket.used += 1;
      this.untold.add(bucket);
    }
    const states = limits.map((limit, index) => stateOf(limit, shares[index]?.tokens ?? 0, limit.perMinute / this.processes));
    return { isAdmitted, states: isAdmitted ? states.map((state) => ({ ...state, retryAfterSeconds: null })) : states };
  }

  /** `surely`: PostgreSQL had no token of these, whatever has refilled since. */
  private refuse(limits: readonly Limit[], buckets: readonly Bucket[], now: number, surely: readonly Bucket[] = []): Verdict {
    const states = limits.map((limit, index) => {
      const bucket = buckets[index];
      const tokens = bucket?.tokens(now) ?? 0;
      return stateOf(limit, bucket && surely.includes(bucket) ? Math.min(tokens, 1 - 2 * EPSILON) : tokens, limit.perMinute);
    });
    for (const [index, bucket] of buckets.entries()) {
      if (states[index]?.retryAfterSeconds === null || now - bucket.limitedToldAt < LIMITED_EVERY_MS) continue;
      bucket.limitedAt ??= now;
      this.untold.add(bucket);
      this.tellWithin(TELL_EVERY_MS);
    }
    return { isAdmitted: false, states };
  }

  /** What was let through by taking the last token waits for nothing. */
  private statesOf(limits: readonly Limit[], buckets: readonly Bucket[], now: number): State[] {
    return limits.map((limit, index) => ({ limit, remaining: whole(buckets[index]?.tokens(now) ?? 0), retryAfterSeconds: null }));
  }

  private use(bucket: Bucket, requests: number): void {
    bucket.used += requests;
    this.untold.add(bucket);
    this.tellWithin(bucket.isWorthTelling(this.processes) ? TELL_SOON_MS : TELL_EVERY_MS);
  }

  private tellWithin(ms: number): void {
    if (!this.isHeard) return; // the beat finds out when it is there again
    const at = this.ports.now() + ms;
    if (at >= this.dueAt) return;
    this.dueAt = at;
    this.ports.later(ms, () => {
      if (this.dueAt !== at) return; // told meanwhile, or sooner
      this.dueAt = Infinity;
      void this.tell();
    });
  }

  private bucketOf({ name, id, perMinute }: Limit, now: number): Bucket {
    const key = keyOf(name, id);
    const known = this.buckets.get(key);
    if (known) {
      known.perMinute = perMinute;
      return known;
    }
    const bucket = new Bucket(name, id, perMinute);
    bucket.hear(0, now);
    this.buckets.set(key, bucket);
    return bucket;
  }

  private dropIdle(): void {
    const now = this.ports.now();
    for (const [key, bucket] of this.buckets) if (bucket.isIdle(now)) this.buckets.delete(key);
  }
}

const keyOf = (policy: string, subject: string): string => `${policy} ${subject}`;

const whole = (tokens: number): number => Math.max(0, Math.floor(tokens + EPSILON));

/** A moment more than it takes by our reckoning, which may be off by the way of an answer: who comes back then is let in. */
const MARGIN_MS = 50;

function stateOf(limit: Limit, tokens: number, perMinute: number): State {
  const remaining = whole(tokens);
  if (tokens >= 1 - EPSILON) return { limit, remaining, retryAfterSeconds: null };
  const waitMs = ((1 - tokens) * WINDOW_MS) / perMinute;
  return { limit, remaining, retryAfterSeconds: Math.max(1, Math.ceil((waitMs + MARGIN_MS) / 1_000)) };
}
