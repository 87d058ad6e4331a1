/** Sums the roll-ups of the log up by the hour, soon after each hour: figures are right without it, and read faster with it. */
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { isLogHeld, sumUpHours } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { Tenant } from '../database/tenant';
import { Clock } from '../platform/clock';
import { isDatabaseAway, tookTooLong } from '../platform/problem';

const EVERY_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A batch of records is stored meanwhile: the next minute tries again. */
const LOCK_MS = 500;

@Injectable()
export class RollupHours implements OnApplicationShutdown {
  private readonly logger = new Logger('RollupHours');
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  // Not an exclusive job: the lock is each organization's own row, and a line in the log every minute would say nothing.
  @Interval(EVERY_MS)
  tick(): Promise<void> {
    this.running ??= this.sumUp()
      .catch((error: unknown) => {
        // What runs into its time limit every minute is no database that is away.
        if (!this.stopped && (!isDatabaseAway(error) || tookTooLong(error)))
          this.logger.error('The figures of the log could not be summed up by the hour', error);
      })
      .finally(() => (this.running = null));
    return this.running;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  async sumUp(): Promise<void> {
    const minute = Math.floor(this.clock.now().getTime() / HOUR_MS) * 60;
    // Security definer: which organizations have such hours. Each is then worked for inside its own walls.
    const rows = await this.db.query<{ id: string }[]>('select organizations_with_open_hours($1) as id', [minute]);
    const failures: unknown[] = [];
    // One that fails keeps no other waiting.
    for (const { id } of rows) await this.sumUpOf(id).catch((error: unknown) => isLogHeld(error) || failures.push(error));
    if (failures.length > 0) throw failures.find((error) => !isDatabaseAway(error)) ?? failures[0];
  }

  private async sumUpOf(organizationId: string): Promise<void> {
    for (let more = true; more && !this.stopped;) {
      more = await this.tenant.run({ organizationId }, async (tx) => {
        await tx.query(`set local lock_timeout = ${LOCK_MS}`);
        return sumUpHours(tx, organizationId, this.clock.now());
      });
    }
  }
}
