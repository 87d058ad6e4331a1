/** Requests a minute: per key, per organization, and apart from both per session, so that a person can always revoke. */
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { AppError } from '../platform/app-error';
import { withDeadline } from '../platform/deadline';
import type { Limit } from './bucket';
import { OtherKeys } from './other-keys';
import { PostgresLimitStore } from './postgres-limit-store';
import { rateLimited } from './rate-limited';
import { SharedLimits, type State, type Verdict } from './shared-limits';

/** Who waits for PostgreSQL, waits so long; then this process goes on alone until it answers again. */
const WAIT_MS = 300;
/** The others hear at least so often that this process is there. */
const BEAT_MS = 1_000;

@Injectable()
export class RateLimits implements OnModuleInit, OnApplicationShutdown {
  private readonly shared: SharedLimits;
  private beat: NodeJS.Timeout | null = null;

  constructor(
    private readonly store: PostgresLimitStore,
    private readonly otherKeys: OtherKeys,
  ) {
    this.shared = new SharedLimits({
      store: { tell: (reports) => withDeadline(store.tell(reports), WAIT_MS) },
      now: () => performance.now(),
      later: (ms, work) => {
        if (ms === 0) setImmediate(work);
        else setTimeout(work, ms).unref();
      },
    });
  }

  /** How many share is known, and the others know of us, before the first request. */
  async onModuleInit(): Promise<void> {
    await this.store.tell([]);
    await this.shared.tell();
    this.beat = setInterval(() => void this.shared.tell(), BEAT_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.beat) clearInterval(this.beat);
    await this.shared.tell();
    await this.store.close();
  }

  /** Takes one request from every limit, or from none when one is used up. A promise only when PostgreSQL has to be asked. */
  take(limits: readonly Limit[]): Verdict | Promise<Verdict> {
    return this.shared.take(limits);
  }

  /** Of a program: null when it goes on. */
  async refusal(verdict: Verdict): Promise<AppError | null> {
    return verdict.isAdmitted ? null : rateLimited(verdict, await this.roomElsewhere(verdict.states));
  }

  /** What all keys share bounds what the others could have done. */
  private async roomElsewhere(states: readonly State[]): Promise<number | null> {
    const [key, organization] = (['per-key', 'per-organization'] as const).map((name) => states.find(({ limit }) => limit.name === name));
    if (!key || !organization) return null;
    if (organization.remaining === 0) return 0;
    const room = await this.otherKeys.room(organization.limit.id, key.limit.perMinute);
    return room === null ? null : Math.max(0, Math.min(room, organization.remaining));
  }
}
