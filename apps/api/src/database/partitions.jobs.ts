/**
 * The months of the audit log are made ahead: at the start, and daily; and at once when records come from a month that nobody expected, for a
 * clock jumped. A month that is missing loses nothing, its rows wait in the default partition; what could not be made, because somebody read the log
 * for long (a dump), is tried again every five minutes.
 */
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { ListeningClient, ensurePartitions, isLogHeld, pgQueryable } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { withDeadline } from '../platform/deadline';
import { ExclusiveJobs } from '../platform/exclusive-jobs';

/** The month before, for records that were made around midnight; this one; two ahead. */
const MONTHS = 4;
const CONNECT_MS = 5_000;
/** Rows that move with their month take their time; a server that does not answer is not waited for any longer. */
const STATEMENT_MS = 300_000;
const ANSWER_MS = STATEMENT_MS + 2_000;
/** What is cut off rejects at once; then its outcome is written down, if the database takes it. */
const STOP_MS = 1_000;
const JOB = 'audit.partitions';

type Months = { from: Date; months: number };

@Injectable()
export class PartitionJobs implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Partitions');
  private readonly clients = new Set<Client>();
  /** What could not be made yet, by its first month. */
  private readonly owed = new Map<string, Months>();
  private making: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly jobs: ExclusiveJobs,
    private readonly clock: Clock,
  ) {}

  /** Here a failure fails the start: nothing would be recorded where it belongs. Not when somebody only holds the log, for that passes. */
  async onModuleInit(): Promise<void> {
    try {
      await this.makeAhead();
    } catch (error) {
      if (!isLogHeld(error)) throw error;
      this.logger.warn('The next months of the log are not made: it is held by a long reader. Tried again in 5 minutes.');
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    for (const client of this.clients) void client.end();
    await withDeadline(this.making, STOP_MS).catch(() => undefined);
  }

  @Cron('5 1 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    return this.jobs.runExclusive(JOB, () => this.makeAhead());
  }

  @Cron('*/5 * * * *')
  async again(): Promise<void> {
    if (this.owed.size === 0) return;
    await this.jobs.runExclusive(JOB, async () => {
      for (const months of [...this.owed.values()]) await this.make(months);
    });
  }

  makeAhead(): Promise<string[]> {
    const now = this.clock.now();
    return this.make({ from: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)), months: MONTHS });
  }

  /** The store says that rows of this time have no month; it says so once a minute and month. They move into the month when it is made. */
  makeStray(at: Date): void {
    this.logger.warn(
      `Records of ${at.toISOString().slice(0, 7)} have no partition yet; it is made now. Is the clock of this machine right?`,
    );
    const made = this.jobs.runExclusive(JOB, () => this.make({ from: at, months: 1 }));
    this.making = Promise.all([this.making, made]);
  }

  private async make(wanted: Months): Promise<string[]> {
    const key = `${wanted.from.toISOString().slice(0, 7)} ${wanted.months}`;
    this.owed.set(key, wanted);
    const made = await this.withClient((client) => ensurePartitions(pgQueryable(client), wanted.from, wanted.months));
    this.owed.delete(key);
    return made;
  }

  private async withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new ListeningClient({
      connectionString: this.config.database.ownerUrl,
      options: '-c role=pinebill_maintenance -c search_path=app',
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      query_timeout: ANSWER_MS,
    });
    if (this.stopped) throw new Error('The product stops; the months are made at the next start.');
    this.clients.add(client);
    try {
      await client.connect();
      return await work(client);
    } finally {
      this.clients.delete(client);
      // A server that hangs does not say goodbye.
      await withDeadline(client.end(), STOP_MS).catch(() => undefined);
    }
  }
}
