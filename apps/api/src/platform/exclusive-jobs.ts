/** A job runs in one process at a time, however many serve the same database: whoever gets the lock works, the others go on. */
import { hostname } from 'node:os';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isDatabaseAway } from './problem';

export type JobOutcome = 'done' | 'failed' | 'runningElsewhere';

@Injectable()
export class ExclusiveJobs {
  private readonly logger = new Logger('Jobs');

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Never throws: a failed job is logged, and tried again at its next time. The lock ends with its connection, whatever becomes of us. How it
   * ended stands in job_outcome, where /readyz and the System page find it.
   */
  runExclusive(name: string, work: () => Promise<unknown>): Promise<JobOutcome> {
    return this.run(name, work, { quietly: false });
  }

  /** For what runs all the time: that it went well is no line in the log, and a database that is away is somebody else's to report. */
  runQuietly(name: string, work: () => Promise<unknown>): Promise<JobOutcome> {
    return this.run(name, work, { quietly: true });
  }

  private async run(name: string, work: () => Promise<unknown>, { quietly }: { quietly: boolean }): Promise<JobOutcome> {
    const startedAt = performance.now();
    const durationMs = (): number => Math.round(performance.now() - startedAt);
    try {
      if (!(await this.withLock(name, work))) return 'runningElsewhere';
      if (!quietly) this.logger.log(`${name} done in ${durationMs()} ms`, { job: name });
      await this.keep(name, 'done', durationMs());
      return 'done';
    } catch (error) {
      if (quietly && isDatabaseAway(error)) return 'failed';
      this.logger.error(
        `${name} failed; it is tried again at its next time`,
        { job: name },
        error instanceof Error ? error.stack : String(error),
      );
      await this.keep(name, 'failed', durationMs());
      return 'failed';
    }
  }

  /** The database may be what the job failed at: then there is no place to write it down, and the log has it. */
  private async keep(name: string, outcome: 'done' | 'failed', durationMs: number): Promise<void> {
    await this.dataSource
      .query(
        `insert into job_outcome as known (name, outcome, ended_at, duration_ms, failures, host) values ($1, $2, now(), $3, $4, $5)
         on conflict (name) do update set outcome = excluded.outcome, ended_at = excluded.ended_at, duration_ms = excluded.duration_ms,
           failures = case when excluded.outcome = 'done' then 0 else known.failures + 1 end, host = excluded.host`,
        [name, outcome, durationMs, outcome === 'done' ? 0 : 1, hostname()],
      )
      .catch((error: unknown) => this.logger.warn(`How ${name} ended could not be written down`, { job: name }, error));
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
