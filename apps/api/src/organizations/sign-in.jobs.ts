import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';

/** As long as the words of a mail: who looks into something has a month to see the rows, and the activity for ever. */
const KEPT_DAYS = 30;
const AT_ONCE = 5_000;

/** Sessions and links that ended long ago, and counts of attempts that count for nothing any more, go. What they stood for is in the activity. */
@Injectable()
export class SignInJobs {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly jobs: ExclusiveJobs,
  ) {}

  @Cron('43 4 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    return this.jobs.runExclusive('sign-in.tidy', () => this.tidy());
  }

  async tidy(): Promise<void> {
    for (let gone = AT_ONCE; gone === AT_ONCE;) {
      const [row] = await this.db.query<{ gone: string }[]>('select getting_in_forget($1, make_interval(days => $2), $3) as gone', [
        ...[this.clock.now(), KEPT_DAYS, AT_ONCE],
      ]);
      gone = Number(row?.gone);
    }
  }
}
