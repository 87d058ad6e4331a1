import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { withDeadline } from '../platform/deadline';
import { isDatabaseAway } from '../platform/problem';
import { RuleRunner } from './rule-runner.service';

/** The name of the clock: specs stop it. */
export const ALERTS_LOOK = 'alerts.look';
/** A record is stored a moment after its answer, and has its alert within a minute at the latest. */
const LOOK_MS = 10_000;
const STOP_MS = 3_000;

@Injectable()
export class AlertJobs implements OnModuleDestroy {
  private readonly logger = new Logger('Alerts');
  private looking: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly jobs: ExclusiveJobs,
    private readonly runner: RuleRunner,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await withDeadline(this.looking ?? Promise.resolve(), STOP_MS).catch(() => undefined);
  }

  @Interval(ALERTS_LOOK, LOOK_MS)
  async look(): Promise<void> {
    if (this.stopped) return;
    // A database that is away is somebody else's to report.
    this.looking ??= this.lookWhenDue()
      .catch((error: unknown) => {
        if (!isDatabaseAway(error))
          this.logger.error('It is not known whether there is something to alert of', error instanceof Error ? error.stack : String(error));
      })
      .finally(() => (this.looking = null));
    await this.looking;
  }

  private async lookWhenDue(): Promise<void> {
    if ((await this.runner.due()).length > 0) await this.jobs.runQuietly('alerts', () => this.runner.run());
  }
}
