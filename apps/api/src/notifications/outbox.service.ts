/**
 * Mail is queued in the transaction of what it tells of: no mail about something that did not happen, and nothing happens whose mail is lost.
 * It is sent a moment later by mail-sender.jobs.ts, in one process at a time; a mail that was interrupted is sent again with the same Message-ID.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Permission } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';

/** A person's address, role and membership are looked up when the mail is sent; an address is of somebody who is no member yet. */
export type MailRecipient = { userId: string } | { email: string; name: string };

export type MailToQueue = {
  organizationId: string;
  /** Each gets a mail of their own, and sees nothing of the others. */
  to: readonly MailRecipient[];
  /** Who has lost it when the mail is sent gets nothing; who is suspended or removed by then does not either. Null: whoever is a member. */
  requires: Permission | null;
  /** One line. Never a secret: it is kept. */
  subject: string;
  /** Plain text, paragraphs with an empty line between them; kept until the mail is sent. A URL alone in a line becomes a button of the HTML. */
  text: string;
  /** Of an organization's mails with the same key each recipient gets one, ever: `keys.rotation_due:key_...:14`. */
  dedupeKey?: string;
  /** When it is not worth sending any more. Unset: two days. */
  expiresAt?: Date;
};

const WORTH_SENDING_MS = 48 * 3_600_000;
const MAX_SUBJECT = 200;

@Injectable()
export class Outbox {
  constructor(
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mail' | 'publicUrl' | 'host' | 'port'>,
  ) {}

  /** Whether there is a server to send by. Without one mail is queued all the same, and sent when there is; what is in it must be shown elsewhere. */
  get isConfigured(): boolean {
    return this.config.mail !== null;
  }

  /** For links in a mail. Never from the request: whoever asks for somebody's mail must not choose where its link leads. */
  get origin(): string {
    const { publicUrl, host, port } = this.config;
    return publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Call it in the transaction of the change. Repeating it with the same `dedupeKey` adds nothing. */
  async queue(tx: EntityManager, mail: MailToQueue): Promise<void> {
    const now = this.clock.now();
    const { organizationId, requires, text, dedupeKey = null } = mail;
    const subject = lineOf(mail.subject);
    for (const to of mail.to) {
      if (!('userId' in to) && requires !== null) throw new TypeError('An address has no role: only people can be required to have one');
      const [userId, email, name] = 'userId' in to ? [to.userId, null, null] : [null, to.email, to.name];
      await tx.query(
        `insert into mail_outbox (organization_id, id, to_user, to_email, to_name, requires, subject, body, dedupe_key, queued_at, expires_at,
           next_attempt_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10) on conflict do nothing`,
        [
          ...[organizationId, newId(), userId, email, name, requires, subject, text, dedupeKey, now],
          mail.expiresAt ?? new Date(now.getTime() + WORTH_SENDING_MS),
        ],
      );
    }
  }

  /** What was queued under this key is no longer so: what has not been sent is not. Call it in the transaction of the change. */
  async withdraw(tx: EntityManager, dedupeKey: string): Promise<void> {
    await tx.query('select mail_withdraw($1, $2)', [dedupeKey, this.clock.now()]);
  }
}

/** A name in a subject may hold anything; a header is one line. */
const lineOf = (text: string): string => text.replace(/\p{C}+|\s+/gu, ' ').trim().slice(0, MAX_SUBJECT); // prettier-ignore
