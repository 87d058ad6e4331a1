/**
 * Keeps what is known of the use of keys up to date with the log: within seconds by itself, and at once before somebody looks at one key. No request writes
 * anything for it. Any process may do it, several at once wait for each other; what the log has before the first run (an upgrade) is counted the same way.
 */
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Tenant } from '../database/tenant';
import { isDatabaseAway } from '../platform/problem';
import { countNext, uncounted } from './key-use.queries';

const EVERY_MS = 5_000;
/** Somebody waits: what cannot be counted in this time is told to be missing. */
const LOOK_MS = 500;

@Injectable()
export class KeyUse implements OnApplicationShutdown {
  private readonly logger = new Logger('KeyUse');
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
  ) {}

  // Not an exclusive job: the lock is each organization's own row, and a line in the log every 5 s would say nothing.
  @Interval(EVERY_MS)
  tick(): Promise<void> {
    this.running ??= this.countAll()
      .catch((error: unknown) => {
        // Of a database that is away others tell; records wait in the log meanwhile.
        if (!this.stopped && !isDatabaseAway(error)) this.logger.error('The use of keys could not be counted', error);
      })
      .finally(() => (this.running = null));
    return this.running;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  async countAll(): Promise<void> {
    // Security definer: which organizations have something new. Each is then counted inside its own walls.
    const rows = await this.db.query<{ id: string }[]>('select organizations_with_uncounted_use() as id');
    const failures: unknown[] = [];
    for (const { id } of rows) await this.countAllOf(id).catch((error: unknown) => failures.push(error));
    // Told once all others are counted: what holds up one organization holds up no other.
    if (failures.length > 0) throw failures.find((error) => !isDatabaseAway(error)) ?? failures[0];
  }

  private async countAllOf(organizationId: string): Promise<void> {
    while (!this.stopped && (await this.next(organizationId)) > 0);
  }

  /** True when everything is counted that the log has by now; false when that would take too long, or the log cannot be read. */
  async catchUp(organizationId: string): Promise<boolean> {
    const until = performance.now() + LOOK_MS;
    try {
      let left = await this.tenant.run({ organizationId }, (tx) => uncounted(tx, organizationId));
      while (left > 0 && performance.now() < until) left = await this.next(organizationId);
      return left === 0;
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.warn('The use of keys could not be counted at once', error);
      return false;
    }
  }

  private next(organizationId: string): Promise<number> {
    return this.tenant.run({ organizationId }, async (tx) => {
      await tx.query(`set local lock_timeout = ${LOOK_MS}`);
      return countNext(tx, organizationId);
    });
  }
}
