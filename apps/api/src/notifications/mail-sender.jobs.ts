/**
 * Sends what is in the outbox, in one process at a time. Each mail is taken by itself, right before it leaves: who may read it is looked up then, and
 * an address that takes long or nothing delays no other. At least once: killed between the server's "taken" and our noting it down, it is sent again
 * with the same Message-ID.
 */
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { can, plans, type Permission, type PlanName, type Role } from '@pinebill/contract';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { withDeadline } from '../platform/deadline';
import { DeliveryCounts } from '../platform/delivery-counts';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { withFooter } from './mail-text';
import { SmtpServer, type Failure } from './smtp';

const LOOK_MS = 3_000;
/** At a time. One address that hangs takes one of them. */
const AT_ONCE = 4;
/** With the pauses of `mail_take` about a day. */
const MAX_ATTEMPTS = 12;
/** A server that is away is asked again so much later, twice as much each time, and this at most. */
const PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60_000;
const KEPT_DAYS = 30;
/** As `mail_expire` and `mail_forget` do it, each in a transaction of its own. */
const EXPIRED_AT_ONCE = 500;
const FORGOTTEN_AT_ONCE = 1_000;
const STOP_MS = 2_000;

type Mail = {
  id: string;
  organization_id: string;
  organization_name: string;
  to_user: string | null;
  /** Null: the person is no active member any more. */
  email: string | null;
  name: string | null;
  requires: Permission | null;
  role: Role | null;
  subject: string;
  body: string;
  attempts: number;
  queued_at: Date;
  expires_at: Date;
  /** Of what a channel sends: the plan, and whether the channel is not there any more. */
  plan: PlanName | null;
  withdrawn: string | null;
};
type Run = { away: string | null };

@Injectable()
export class MailSender implements OnModuleDestroy {
  private readonly logger = new Logger('Mail');
  private readonly server: SmtpServer | null;
  private sending: Promise<unknown> | null = null;
  private stopped = false;
  /** While the server is away. */
  private pause = { ms: 0, until: 0 };

  constructor(
    private readonly db: DataSource,
    private readonly jobs: ExclusiveJobs,
    private readonly clock: Clock,
    private readonly counts: DeliveryCounts,
    @Inject(APP_CONFIG) config: Pick<AppConfig, 'mail'>,
  ) {
    this.server = config.mail === null ? null : new SmtpServer(config.mail);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await withDeadline(this.sending ?? Promise.resolve(), STOP_MS).catch(() => undefined);
  }

  @Interval(LOOK_MS)
  async look(): Promise<void> {
    if (this.server === null || this.stopped || this.sending !== null || performance.now() < this.pause.until) return;
    // A database that is away is somebody else's to report.
    this.sending = this.sendDue().catch(() => undefined);
    await this.sending;
    this.sending = null;
  }

  @Cron('23 4 * * *', { timeZone: 'UTC' })
  nightly(): Promise<unknown> {
    return this.jobs.runExclusive('mail.tidy', () => this.tidy());
  }

  async sendDue(): Promise<void> {
    const [row] = await this.db.query<{ due: boolean }[]>('select mail_is_due($1) as due', [this.clock.now()]);
    if (row?.due === true) await this.jobs.runExclusive('mail.send', () => this.sendAll());
  }

  /** What was never worth sending goes at once, what was decided after 30 days. */
  async tidy(): Promise<void> {
    const now = this.clock.now();
    await this.untilLess(EXPIRED_AT_ONCE, 'select mail_expire($1) as done', now);
    const before = new Date(now.getTime() - KEPT_DAYS * 24 * 3_600_000);
    await this.untilLess(FORGOTTEN_AT_ONCE, 'select mail_forget($1) as done', before);
  }

  private async untilLess(atOnce: number, sql: string, at: Date): Promise<void> {
    for (let done = atOnce; done === atOnce && !this.stopped;) {
      const [row] = await this.db.query<{ done: string }[]>(sql, [at]);
      done = Number(row?.done);
    }
  }

  private async sendAll(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    const run: Run = { away: null };
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.work(server, run)));
    this.noteServer(run);
  }

  private async work(server: SmtpServer, run: Run): Promise<void> {
    while (!this.stopped && run.away === null) {
      const [mail] = await this.db.query<Mail[]>('select * from mail_take($1)', [this.clock.now()]);
      if (!mail) return;
      await this.deliver(server, mail, run);
    }
  }

  private async deliver(server: SmtpServer, mail: Mail, run: Run): Promise<void> {
    if (mail.expires_at <= this.clock.now()) return this.end(mail, 'late', 'it was too late');
    const reason = reasonNotTo(mail);
    if (reason !== null || mail.email === null) return this.end(mail, 'skipped', reason);
    const failure = await server.send({
      id: mail.id,
      to: { email: mail.email, name: mail.name },
      subject: mail.subject,
      text: withFooter(mail.body, mail.organization_name),
      at: mail.queued_at,
    });
    if (failure === null) return this.end(mail, 'sent', null);
    if (failure.kind === 'away') run.away = failure.error;
    await this.putBack(mail, failure);
  }

  private async putBack(mail: Mail, { kind, error }: Failure): Promise<void> {
    const counts = kind !== 'away';
    if (kind === 'refused' || (counts && mail.attempts >= MAX_ATTEMPTS)) {
      // The address is in the table, for whoever may see it.
      this.logger.warn(`A mail could not be delivered, and is not tried again`, { mail: mail.id });
      return this.end(mail, 'failed', error);
    }
    this.counts.add('mail', 'retried');
    const next = new Date(this.clock.now().getTime() + PAUSE_MS);
    await this.db.query('select mail_retry($1, $2, $3, $4, $5, $6)', [
      ...[mail.organization_id, mail.id, error, counts, next, this.clock.now()],
    ]);
  }

  private async end(
    { organization_id, id, plan }: Mail,
    outcome: 'sent' | 'failed' | 'skipped' | 'late',
    error: string | null,
  ): Promise<void> {
    // As `mail_ends_as` has it: what a channel of alerts sends has a plan, and is missed by somebody.
    const late = plan === null ? 'skipped' : 'failed';
    this.counts.add('mail', outcome === 'late' ? late : outcome);
    await this.db.query('select mail_end($1, $2, $3, $4, $5)', [organization_id, id, outcome, error, this.clock.now()]);
  }

  /** Said once when it goes, and once when it is back. */
  private noteServer({ away }: Run): void {
    const before = this.pause.ms;
    const ms = away === null ? 0 : Math.min(Math.max(before * 2, PAUSE_MS), MAX_PAUSE_MS);
    this.pause = { ms, until: performance.now() + ms };
    if (away !== null && before === 0)
      this.logger.warn(`The mail server takes nothing (${away}). Mail waits; it is tried again by itself. Check PINEBILL_SMTP_URL.`);
    if (away === null && before > 0) this.logger.log('The mail server takes mail again.');
  }
}

/** Why a mail is not sent, as it is kept beside it; null: it is. */
function reasonNotTo({ to_user, role, requires, plan, withdrawn }: Mail): string | null {
  if (withdrawn !== null) return withdrawn;
  if (plan !== null && !plans[plan].alerts) return 'the plan has no alerts';
  if (to_user === null) return null;
  if (role === null) return 'no active member any more';
  return requires === null || can(role, requires) ? null : `has no ${requires} any more`;
}
