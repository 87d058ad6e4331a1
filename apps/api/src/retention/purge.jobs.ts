/** The purge by the clock: at night, in one process; and soon again where it was interrupted. */
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { withDeadline } from '../platform/deadline';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { ClockDoubted } from './purge-clock';
import { NotAllPurged } from './purge-run';
import { Purge, Stopped } from './purge.service';

const JOB = 'retention.purge';
/** A step is shorter, and one that is cut off is rolled back. */
const STOP_MS = 2_000;

@Injectable()
export class PurgeJobs implements OnModuleDestroy {
  private readonly stop = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  /** At the start nobody knows what became of the last one. */
  private mayBeUnfinished = true;

  constructor(
    private readonly jobs: ExclusiveJobs,
    private readonly purge: Purge,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await withDeadline(this.running, STOP_MS).catch(() => undefined);
  }

  @Cron('20 2 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    this.running = this.jobs.runExclusive(JOB, () => this.run());
    return this.running;
  }

  @Cron('*/5 * * * *')
  async again(): Promise<void> {
    if (!this.mayBeUnfinished || this.stop.signal.aborted) return;
    this.mayBeUnfinished = false;
    const unfinished = await this.purge.unfinished().catch(() => (this.mayBeUnfinished = true));
    if (unfinished) await this.nightly();
  }

  private async run(): Promise<void> {
    this.mayBeUnfinished = true;
    try {
      await this.purge.run({ signal: this.stop.signal });
      this.mayBeUnfinished = false;
    } catch (error) {
      if (error instanceof Stopped) return;
      // The next night tries again; in five minutes nothing would be different.
      if (error instanceof NotAllPurged || error instanceof ClockDoubted) this.mayBeUnfinished = false;
      throw error;
    }
  }
}
