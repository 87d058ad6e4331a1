/**
 * Looks at the log of every organization as it grows, in one process at a time: whoever holds the lock goes on until the process ends or its term is over, so that
 * engines stay in memory; the others ask for the lock now and then. Two of them at once, after a broken connection, do no harm: each step locks its organization.
 */
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import { FINDING_OPEN_DAYS } from '@pinebill/contract';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { isAwayForAll } from '../platform/problem';
import { DetectionSteps } from './detection-steps.service';

const LEAD_MS = 4_000;
/** Between two looks of the leader. */
const LOOK_MS = 3_000;
const TERM_MS = 10 * 60_000;
/** Of one organization, before the others have their turn. */
const STEPS_AT_ONCE = 3;
/** After it failed; doubled with each failure, up to this. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const STEP_DAYS = 90;

type Failing = { failures: number; until: number };

@Injectable()
export class DetectionRunner implements OnModuleDestroy {
  private readonly logger = new Logger('Detection');
  private readonly failing = new Map<string, Failing>();
  private leading: Promise<unknown> | null = null;
  private wake: () => void = () => undefined;
  private stopped = false;

  constructor(
    private readonly db: DataSource,
    private readonly jobs: ExclusiveJobs,
    private readonly steps: DetectionSteps,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'detection'>,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.leading;
  }

  @Interval(LEAD_MS)
  lead(): void {
    if (this.stopped || !this.config.detection) return;
    this.leading ??= this.jobs.runQuietly('detection', () => this.term()).finally(() => (this.leading = null));
  }

  @Cron('23 * * * *', { timeZone: 'UTC' })
  tidy(): Promise<unknown> {
    return this.jobs.runQuietly('detection.tidy', () => {
      const before = (days: number): Date => new Date(this.clock.now().getTime() - days * DAY_MS);
      return this.db.query('select detection_tidy($1, $2)', [before(FINDING_OPEN_DAYS), before(STEP_DAYS)]);
    });
  }

  private async term(): Promise<void> {
    this.steps.forget();
    const end = performance.now() + TERM_MS;
    while (!this.stopped && performance.now() < end) {
      await this.look();
      await this.pause(LOOK_MS);
    }
  }

  /** Until nothing more is waiting, for those that take it. Tests call it; nobody has to: the clock does. */
  async look(): Promise<void> {
    for (let more = true; more && !this.stopped;) {
      more = false;
      for (const organizationId of await this.due()) more = (await this.lookAt(organizationId)) || more;
    }
  }

  /** One that fails keeps no other waiting. True: more is waiting. */
  private async lookAt(organizationId: string): Promise<boolean> {
    if ((this.failing.get(organizationId)?.until ?? 0) > performance.now()) return false;
    try {
      for (let steps = 0; steps < STEPS_AT_ONCE && !this.stopped; steps++) {
        const begun = performance.now();
        const { moved, more } = await this.steps.step(organizationId);
        this.failing.delete(organizationId);
        // It takes half of the time of this process at the most; the other half is for requests.
        if (moved) await this.pause(performance.now() - begun);
        if (!more) return false;
      }
      return true;
    } catch (error) {
      if (isAwayForAll(error)) throw error;
      await this.failed(organizationId, error);
      return false;
    }
  }

  private async failed(organizationId: string, error: unknown): Promise<void> {
    const failures = (this.failing.get(organizationId)?.failures ?? 0) + 1;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    this.failing.set(organizationId, { failures, until: performance.now() + pause });
    this.logger.error(
      `The log of organization ${organizationId} could not be looked at, for the ${failures}. time; tried again in ${Math.round(pause / 1_000)} s`,
      error instanceof Error ? error.stack : String(error),
    );
    await this.steps.noteFailure(organizationId, error);
  }

  private async due(): Promise<string[]> {
    const rows = await this.db.query<{ organization_id: string }[]>('select organization_id from detection_due($1)', [this.clock.now()]);
    return rows.map(({ organization_id: id }) => id);
  }

  private pause(ms: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
