/** The months of the audit log are made ahead: at the start, and daily. A month that is missing loses nothing, its rows wait in the default partition. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { ensurePartitions, pgQueryable } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';

/** The month before, for records that were made around midnight; this one; two ahead. */
const MONTHS = 4;

@Injectable()
export class PartitionJobs implements OnModuleInit {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly jobs: ExclusiveJobs,
    private readonly clock: Clock,
  ) {}

  /** Here a failure fails the start: nothing would be recorded where it belongs. */
  async onModuleInit(): Promise<void> {
    await this.makeAhead();
  }

  @Cron('5 1 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    return this.jobs.runExclusive('audit.partitions', () => this.makeAhead());
  }

  async makeAhead(): Promise<string[]> {
    const client = new Client({
      connectionString: this.config.database.ownerUrl,
      options: '-c role=pinebill_maintenance -c search_path=app',
    });
    client.on('error', () => undefined); // the query in flight rejects
    // A connection that is cut between two statements would otherwise end the process; the next statement rejects.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const now = this.clock.now();
      return await ensurePartitions(pgQueryable(client), new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)), MONTHS);
    } finally {
      await client.end();
    }
  }
}
