import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { ExclusiveJobs } from '../platform/exclusive-jobs';

/** Rows that say nothing any more go: a bucket that is full, unless it ran empty within a day; a process that was not heard of. */
@Injectable()
export class RateLimitJobs {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: ExclusiveJobs,
  ) {}

  @Cron('*/5 * * * *')
  clean(): Promise<unknown> {
    return this.jobs.runExclusive('limits.clean', () => this.run());
  }

  /** Waits for nobody: what is in use just now is not stale. */
  async run(): Promise<void> {
    await this.db.query(
      `delete from rate_limit_bucket where (subject, policy) in (
         select subject, policy from rate_limit_bucket
         where full_at < now() - interval '3 minutes' and (limited_at is null or limited_at < now() - interval '1 day')
         for update skip locked)`,
    );
    await this.db.query(`delete from rate_limit_process where seen_at < now() - interval '1 minute'`);
  }
}
