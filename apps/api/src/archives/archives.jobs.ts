import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { withDeadline } from '../platform/deadline';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { Archiver } from './archiver.service';

const STOP_MS = 2_000;

/** Half an hour before the purge; what is not done by then is purged a night later. */
@Injectable()
export class ArchiveJobs implements OnModuleDestroy {
  private readonly stop = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly jobs: ExclusiveJobs,
    private readonly archiver: Archiver,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await withDeadline(this.running, STOP_MS).catch(() => undefined);
  }

  @Cron('50 1 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    this.running = this.jobs.runExclusive('retention.archive', () => this.archiver.run(this.stop.signal));
    return this.running;
  }
}
