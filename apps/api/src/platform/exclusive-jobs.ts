/** A job runs in one process at a time, however many serve the same database: whoever gets the lock works, the others go on. */
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

export type JobOutcome = 'done' | 'failed' | 'runningElsewhere';

@Injectable()
export class ExclusiveJobs {
  private readonly logger = new Logger('Jobs');

  constructor(private readonly dataSource: DataSource) {}

  /** Never throws: a failed job is logged, and tried again at its next time. The lock ends with its connection, whatever becomes of us. */
  async runExclusive(name: string, work: () => Promise<unknown>): Promise<JobOutcome> {
    const startedAt = performance.now();
    try {
      const ran = await this.withLock(name, work);
      if (ran) this.logger.log(`${name} done in ${Math.round(performance.now() - startedAt)} ms`);
      return ran ? 'done' : 'runningElsewhere';
    } catch (error) {
      this.logger.error(`${name} failed; it is tried again at its next time`, error instanceof Error ? error.stack : undefined);
      return 'failed';
    }
  }

  private async withLock(name: string, work: () => Promise<unknown>): Promise<boolean> {
    const connection = this.dataSource.createQueryRunner();
    try {
      await connection.connect();
      const rows = (await connection.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as locked', [`job:${name}`])) as {
        locked: boolean;
      }[];
      if (!rows[0]?.locked) return false;
      try {
        await work();
      } finally {
        await connection.query('select pg_advisory_unlock(hashtextextended($1, 0))', [`job:${name}`]);
      }
      return true;
    } finally {
      await connection.release();
    }
  }
}
