/**
 * Sends what is due, in every process: notifications are taken one by one, with a lease, and the database counts the places that a channel has, and an
 * organization. A receiver that is slow or dead keeps few of them busy, and so does whoever has many of them: others are not delayed. At least once: a process that is killed between the answer and our
 * noting it down leaves the notification to another one, which sends it again with the same id.
 */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import { plans, type PlanName } from '@pinebill/contract';
import { DataSource } from 'typeorm';
import { Clock } from '../../platform/clock';
import { withDeadline } from '../../platform/deadline';
import { ExclusiveJobs } from '../../platform/exclusive-jobs';
import { OUTBOUND_MS } from '../../platform/outbound/outbound';
import { Attempts, type Taken } from './attempt.service';

const LOOK_MS = 1_000;
/** At a time, of one process; half of them at the most for channels that are failing. */
const AT_ONCE = 24;
/** Of one channel, over all processes; one that is failing has a single one. */
const PLACES = 4;
/** Of one organization, over all processes, however many channels it has. */
const PLACES_OF_ORGANIZATION = 8;
/** Much longer than an attempt may take: then whoever took it is dead. */
const LEASE_SECONDS = 60;
const KEPT_DAYS = 30;
const FORGOTTEN_AT_ONCE = 1_000;
const STOP_MS = OUTBOUND_MS / 5;

type Row = Taken & { plan: PlanName; failing_since: Date | null; disabled_at: Date | null; overtaken: boolean };

@Injectable()
export class NotificationSender implements OnModuleDestroy {
  private readonly logger = new Logger('Notifications');
  private readonly sending = new Map<string, { failing: boolean; done: Promise<void> }>();
  private stopped = false;
  private filling: Promise<void> | null = null;
  private again = false;

  constructor(
    private readonly db: DataSource,
    private readonly jobs: ExclusiveJobs,
    private readonly attempts: Attempts,
    private readonly clock: Clock,
  ) {}

  /** What is cut is sent again by whoever comes next. */
  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await withDeadline(Promise.all([this.filling, ...[...this.sending.values()].map(({ done }) => done)]), STOP_MS).catch(() => undefined);
  }

  @Interval(LOOK_MS)
  async look(): Promise<void> {
    if (this.stopped) return;
    // A database that is away is somebody else's to report.
    const rows = await this.db.query<{ due: boolean }[]>('select notification_is_due($1) as due', [this.clock.now()]).catch(() => []);
    if (rows[0]?.due === true) await this.fill();
  }

  @Cron('41 4 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    return this.jobs.runExclusive('notifications.tidy', () => this.tidy());
  }

  async tidy(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - KEPT_DAYS * 24 * 3_600_000);
    for (let gone = FORGOTTEN_AT_ONCE; gone === FORGOTTEN_AT_ONCE && !this.stopped;) {
      const [row] = await this.db.query<{ gone: string }[]>('select notification_forget($1) as gone', [before]);
      gone = Number(row?.gone);
    }
  }

  /** Begins as many as there are places for; each that ends looks for the next one. */
  private fill(): Promise<void> {
    this.again = true;
    this.filling ??= this.fillAll()
      .catch(() => undefined)
      .finally(() => {
        this.filling = null;
      });
    return this.filling;
  }

  private async fillAll(): Promise<void> {
    while (this.again) {
      this.again = false;
      while (!this.stopped && this.sending.size < AT_ONCE) {
        const taken = await this.take();
        if (taken === null) break;
        this.begin(taken);
      }
    }
  }

  private async take(): Promise<Row | null> {
    const failing = [...this.sending.values()].filter((one) => one.failing).length;
    const [row] = await this.db.query<Row[]>('select * from notification_take($1, make_interval(secs => $2), $3, $4, $5)', [
      ...[this.clock.now(), LEASE_SECONDS, PLACES, PLACES_OF_ORGANIZATION, failing >= AT_ONCE / 2],
    ]);
    return row ?? null;
  }

  private begin(row: Row): void {
    const done = this.deliver(row)
      // The lease ends, and it is sent again.
      .catch((error: unknown) =>
        this.logger.warn('How a delivery ended could not be written down; it is sent again', { notification: row.id }, error),
      )
      .finally(() => {
        this.sending.delete(`${row.id} ${row.tries}`);
        if (!this.stopped) void this.fill();
      });
    this.sending.set(`${row.id} ${row.tries}`, { failing: row.failing_since !== null, done });
  }

  private async deliver(row: Row): Promise<void> {
    if (!plans[row.plan].alerts) return this.attempts.skip(row, 'the plan has no alerts');
    if (row.disabled_at !== null) return this.attempts.skip(row, 'the channel was switched off');
    // It would page for what is over, and nothing would resolve that.
    if (row.overtaken) return this.attempts.skip(row, 'the alert was resolved meanwhile');
    await this.attempts.keep(row, await this.attempts.send(row));
  }
}
