/**
 * The months of the audit log are made ahead: at the start, and daily; and at once when records come from a month that nobody expected, for a
 * clock jumped. A month that is missing loses nothing, its rows wait in the default partition.
 */
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { ensurePartitions, pgQueryable } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';

/** The month before, for records that were made around midnight; this one; two ahead. */
const MONTHS = 4;

@Injectable()
export class PartitionJobs implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Partitions');
  /** Months that are being made because rows strayed. */
  private making: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly jobs: ExclusiveJobs,
    private readonly clock: Clock,
  ) {}

  /** Here a failure fails the start: nothing would be recorded where it belongs. */
  async onModuleInit(): Promise<void> {
    await this.makeAhead();
  }

  async onModuleDestroy(): Promise<void> {
    await this.making;
  }

  @Cron('5 1 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    return this.jobs.runExclusive('audit.partitions', () => this.makeAhead());
  }

  makeAhead(): Promise<string[]> {
    const now = this.clock.now();
    return this.make(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)), MONTHS);
  }

  /** The store says that rows of this time have no month; it says so once a minute and month. They move into the month when it is made. */
  makeStray(at: Date): void {
    this.logger.warn(
      `Records of ${at.toISOString().slice(0, 7)} have no partition yet; it is made now. Is the clock of this machine right?`,
    );
    const made = this.jobs.runExclusive('audit.partitions', () => this.make(at, 1));
    this.making = Promise.all([this.making, made]);
  }

  private async make(from: Date, months: number): Promise<string[]> {
    const client = new Client({
      connectionString: this.config.database.ownerUrl,
      options: '-c role=pinebill_maintenance -c search_path=app',
    });
    // A connection that is cut between two statements would otherwise end the process; the next statement rejects.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await ensurePartitions(pgQueryable(client), from, months);
    } finally {
      await client.end();
    }
  }
}
