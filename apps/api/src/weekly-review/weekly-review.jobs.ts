/** Every Monday, of each organization, the week that is over: made once, whichever process does it, and said to the admins by mail. */
import { Injectable, Logger } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Tenant } from '../database/tenant';
import { HygieneService } from '../hygiene';
import { Outbox } from '../notifications';
import { systemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { newId, typeId } from '../platform/ids';
import { isAwayForAll } from '../platform/problem';
import { attentionOf, mailOf } from './attention';
import { weekOf } from './digest.queries';
import { dateOf, WEEK_MS, weekBefore, type Week } from './week';

/** The last one, and as many before it as there are, at the most, after PineBill did not run. */
const WEEKS_MADE_UP = 8;

type Due = { organization_id: string; week: string };
const FIRST: Due = { organization_id: '00000000-0000-0000-0000-000000000000', week: '0001-01-01' };

@Injectable()
export class WeeklyReviewJobs {
  private readonly logger = new Logger('WeeklyReview');

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly hygiene: HygieneService,
    private readonly outbox: Outbox,
    private readonly jobs: ExclusiveJobs,
    private readonly clock: Clock,
  ) {}

  @Cron('7 * * * *', { timeZone: 'UTC' })
  hourly(): Promise<unknown> {
    return this.jobs.runExclusive('weekly-review', () => this.makeDue());
  }

  /** Safe to run anywhere at any time. Weeks at whose end nobody was running are made up for, the oldest first: each is compared with the one before. */
  async makeDue(): Promise<void> {
    const newest = weekBefore(this.clock.now()).from;
    const oldest = new Date(newest.getTime() - (WEEKS_MADE_UP - 1) * WEEK_MS);
    for (let after: Due = FIRST; ;) {
      const due = await this.db.query<Due[]>('select organization_id, week::text from weekly_reviews_due($1, $2, $3, $4)', [
        ...[dateOf(oldest), dateOf(newest), after.week, after.organization_id],
      ]);
      for (const one of due) await this.tryToMake(one);
      const last = due.at(-1);
      if (!last) return;
      after = last;
    }
  }

  /** One that cannot be made keeps no other from theirs. */
  private async tryToMake({ organization_id: organizationId, week }: Due): Promise<void> {
    const from = new Date(`${week}T00:00:00Z`);
    await this.make(organizationId, { from, to: new Date(from.getTime() + WEEK_MS) }).catch((error: unknown) => {
      if (isAwayForAll(error)) throw error;
      this.logger.error(`The weekly review of ${typeId('org', organizationId)} could not be made; it is tried again in an hour`, error);
    });
  }

  private async make(organizationId: string, week: Week): Promise<void> {
    const [now, id] = [this.clock.now(), newId()];
    const { keys, toDo, sections } = await this.hygiene.report(systemActor('weekly review', organizationId), {});
    const filled = sections.filter(({ count }) => count > 0).map(({ kind, title, count }) => ({ kind, title, count }));
    await this.tenant.run({ organizationId }, async (tx) => {
      const what = { ...(await weekOf(tx, { organizationId, week, now })), hygiene: { keys, toDo, sections: filled } };
      const digest = { ...what, attention: attentionOf(what) };
      const made = await tx.query<unknown[]>(
        `insert into weekly_review (organization_id, id, week, digest, attention, made_at, due_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organization_id, week) do nothing returning id`,
        [
          ...[organizationId, id, dateOf(week.from), JSON.stringify(digest), digest.attention.length, now],
          new Date(weekBefore(now).to.getTime() + WEEK_MS),
        ],
      );
      if (made.length === 0) return;
      const to = await tx.query<{ userId: string }[]>(
        `select user_id as "userId" from membership where organization_id = $1 and role = 'admin' and suspended_at is null`,
        [organizationId],
      );
      const link = `${this.outbox.origin}/#/weekly-reviews/${typeId('wkr', id)}`;
      const dedupeKey = `weekly-review:${dateOf(week.from)}`;
      await this.outbox.queue(tx, {
        organizationId,
        to,
        requires: 'reviews:write',
        dedupeKey,
        ...mailOf(digest, { week: dateOf(week.from), link, isLate: week.to < weekBefore(now).to }),
      });
    });
  }
}
