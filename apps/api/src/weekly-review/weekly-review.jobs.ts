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
import { isDatabaseAway } from '../platform/problem';
import { attentionOf, mailOf } from './attention';
import { weekOf } from './digest.queries';
import { dateOf, WEEK_MS, weekBefore, type Week } from './week';

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

  /** Safe to run anywhere at any time. A week that nobody was running at the end of is made in the next one; older ones are not. */
  async makeDue(): Promise<void> {
    const week = weekBefore(this.clock.now());
    const due = await this.db.query<{ organization_id: string }[]>('select * from weekly_reviews_due($1)', [dateOf(week.from)]);
    for (const { organization_id: organizationId } of due) {
      await this.make(organizationId, week).catch((error: unknown) => {
        if (isDatabaseAway(error)) throw error;
        this.logger.error(`The weekly review of ${typeId('org', organizationId)} could not be made; it is tried again in an hour`, error);
      });
    }
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
          new Date(week.to.getTime() + WEEK_MS),
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
        ...mailOf(digest, { week: dateOf(week.from), link }),
      });
    });
  }
}
