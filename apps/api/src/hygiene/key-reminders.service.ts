/**
 * Mail to the admins 14, 7 and 1 days before a key is due for rotation or ends by itself. Each reminder is sent once, however many processes run this
 * and whatever happens to them: its row is inserted in the transaction that queues the mail, and whoever finds the row there sends nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { maskedKey } from '@pinebill/contract';
import { DataSource, type EntityManager } from 'typeorm';
import { datesOf, keyPolicy, keyState, livingKeys, type KeyPolicy, type UsedKeyRow } from '../api-keys';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { reminderDays, reminderStage, rotationDueAt } from './hygiene-sections';

const DAY_MS = 86_400_000;

type Reminder = { key: UsedKeyRow; kind: 'rotation' | 'expiry'; dueAt: Date; daysAhead: number };

@Injectable()
export class KeyReminders {
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl'>,
  ) {}

  /** One organization after the other, each in a transaction of its own. */
  async run(): Promise<void> {
    const now = this.clock.now();
    const before = new Date(now.getTime() + reminderDays[0] * DAY_MS);
    const found = await this.db.query<{ organization_id: string }[]>('select organization_id from organizations_to_remind($1, $2)', [
      now,
      before,
    ]);
    for (const { organization_id: organizationId } of found)
      await this.tenant.run({ organizationId }, (tx) => this.remind(tx, organizationId, now));
  }

  private async remind(tx: EntityManager, organizationId: string, now: Date): Promise<void> {
    const policy = await keyPolicy(tx, organizationId);
    const due = (await livingKeys(tx, organizationId)).flatMap((key) => remindersOf(key, policy, now));
    const unsent: Reminder[] = [];
    for (const reminder of due) if (await claim(tx, organizationId, { reminder, now })) unsent.push(reminder);
    if (unsent.length === 0) return;
    const admins = await tx.query<{ user_id: string }[]>(
      `select user_id from membership where organization_id = $1 and role = 'admin' and suspended_at is null`,
      [organizationId],
    );
    const to = admins.map(({ user_id: userId }) => ({ userId }));
    await this.outbox.queue(tx, { organizationId, to, requires: 'keys:write', ...mailOf(unsent, this.config.publicUrl) });
  }
}

/** Only of keys that work. One that was rotated has its successor; one that ends before its rotation is due only ends. */
function remindersOf(key: UsedKeyRow, policy: KeyPolicy, now: Date): Reminder[] {
  const state = keyState(datesOf(key), now, policy.expiringDays);
  if ((state !== 'active' && state !== 'expiring') || key.rotated_out_at !== null) return [];
  const rotation = rotationDueAt(key.created_at, policy);
  const dates: [Reminder['kind'], Date | null][] = [
    ['rotation', key.expires_at !== null && key.expires_at <= rotation ? null : rotation],
    ['expiry', key.expires_at],
  ];
  return dates.flatMap(([kind, dueAt]) => {
    const daysAhead = dueAt && reminderStage(dueAt, { now, since: key.created_at });
    return daysAhead ? [{ key, kind, dueAt, daysAhead }] : [];
  });
}

/** False: it has been sent, or is being sent by another process that will commit. */
async function claim(
  tx: EntityManager,
  organizationId: string,
  { reminder: { key, kind, dueAt, daysAhead }, now }: { reminder: Reminder; now: Date },
): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    `insert into key_reminder (organization_id, api_key_id, kind, due_at, days_ahead, sent_at) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing returning 1`,
    [organizationId, key.id, kind, dueAt, daysAhead, now],
  );
  return rows.length > 0;
}

function mailOf(reminders: readonly Reminder[], publicUrl: string | null): { subject: string; text: string } {
  const [first] = reminders;
  const subject =
    reminders.length === 1 && first
      ? `API key ${first.key.name} ${first.kind === 'rotation' ? 'is due for rotation' : 'expires'} in ${daysText(first.daysAhead)}`
      : `${reminders.length} API keys are due for rotation or expire soon`;
  const lines = [...reminders].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).map(lineOf);
  const whatToDo =
    'Rotate or replace a key that is still needed: its successor gets a secret of its own. Revoke a key that nobody needs. API Keys → Hygiene shows both.';
  const link = publicUrl === null ? [] : [`${publicUrl}/#/api-keys/hygiene`];
  return { subject, text: [...lines, whatToDo, ...link].join('\n\n') };
}

const daysText = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

function lineOf({ key, kind, dueAt, daysAhead }: Reminder): string {
  const owner = [key.service && `service ${key.service}`, key.team && `team ${key.team}`].filter(Boolean).join(', ');
  const what = kind === 'rotation' ? 'rotation is due' : 'it stops working';
  const when = `${dueAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, within ${daysText(daysAhead)}`;
  const used = key.used_at ? `last used ${key.used_at.toISOString().slice(0, 10)}` : 'never used';
  return `${key.name} (${maskedKey(key.last4)}): ${what} on ${when}. ${[owner || 'No service or team', used].join('; ')}.`;
}

@Injectable()
export class KeyReminderJobs {
  constructor(
    private readonly jobs: ExclusiveJobs,
    private readonly reminders: KeyReminders,
  ) {}

  @Cron('20 * * * *', { timeZone: 'UTC' })
  hourly(): Promise<unknown> {
    return this.jobs.runExclusive('keys.reminders', () => this.reminders.run());
  }
}
