/** How the mail of the installation is, and what an operator should know of it. Sent by notifications/, seen here by what is in the outbox. */
import type { Warning } from './warnings';

/** Of all organizations and processes. */
export type MailFigures = {
  queued: number;
  /** Of those that wait. */
  oldestQueuedAt: string | null;
  /** In the last seven days: given up, or refused for good. */
  failed: number;
  lastFailedAt: string | null;
  /** In the words of the mail server. */
  lastError: string | null;
};
export type MailState = { configured: boolean } & MailFigures;

type Row = { queued: string; oldest_queued_at: Date | null; failed: string; last_failed_at: Date | null; last_error: string | null };

export async function readMailFigures(db: { query(sql: string): Promise<unknown> }): Promise<MailFigures | null> {
  const [row] = (await db.query(`select * from mail_figures(now() - interval '7 days')`)) as Row[];
  return row
    ? {
        queued: Number(row.queued),
        oldestQueuedAt: row.oldest_queued_at?.toISOString() ?? null,
        failed: Number(row.failed),
        lastFailedAt: row.last_failed_at?.toISOString() ?? null,
        lastError: row.last_error,
      }
    : null;
}

const LATE_MS = 10 * 60_000;
const FRESH_MS = 24 * 3_600_000;
const mails = (count: number): string => (count === 1 ? '1 mail' : `${count.toLocaleString('en-US')} mails`);

export function mailWarnings(mail: MailState, now: Date): Warning[] {
  return [...ofWaiting(mail, now), ...ofFailed(mail, now)];
}

const said = ({ lastError }: MailState): string => (lastError === null ? '' : ` The mail server said: ${lastError}`);

function ofWaiting(mail: MailState, now: Date): Warning[] {
  const { configured, queued, oldestQueuedAt } = mail;
  if (oldestQueuedAt === null) return [];
  const waiting = `${mails(queued)} ${queued === 1 ? 'waits' : 'wait'}`;
  if (!configured)
    return [
      {
        code: 'mail_not_configured',
        severity: 'warning',
        message: `${waiting} to be sent, and no mail server is set. After two days they are dropped.`,
        action: 'Set PINEBILL_SMTP_URL and PINEBILL_MAIL_FROM and restart.',
      },
    ];
  if (now.getTime() - Date.parse(oldestQueuedAt) <= LATE_MS) return [];
  return [
    {
      code: 'mail_waiting',
      severity: 'warning',
      message: `${waiting}, the oldest for more than ten minutes.${said(mail)}`,
      action: 'Check PINEBILL_SMTP_URL and the mail server, and send a test mail from the settings. It is tried again by itself.',
    },
  ];
}

function ofFailed(mail: MailState, now: Date): Warning[] {
  const { failed, lastFailedAt } = mail;
  if (lastFailedAt === null || now.getTime() - Date.parse(lastFailedAt) >= FRESH_MS) return [];
  return [
    {
      code: 'mail_failed',
      severity: 'warning',
      message: `${mails(failed)} could not be delivered in the last seven days.${said(mail)}`,
      action: 'Look for addresses that no longer exist among the members and invitations. A failed mail is not sent again.',
    },
  ];
}
