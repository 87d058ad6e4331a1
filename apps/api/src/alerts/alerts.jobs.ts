import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { RuleRunner } from './rule-runner.service';

/** The name of the clock: specs stop it. */
export const ALERTS_LOOK = 'alerts.look';
/** A record is stored a moment after its answer, and has its alert within a minute at the latest. */
const LOOK_MS = 10_000;

@Injectable()
export class AlertJobs {
  private looking = false;

  constructor(
    private readonly jobs: ExclusiveJobs,
    private readonly runner: RuleRunner,
  ) {}

  @Interval(ALERTS_LOOK, LOOK_MS)
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.jobs.runExclusive('alerts', () => this.runner.run());
    } finally {
      this.looking = false;
    }
  }
}
