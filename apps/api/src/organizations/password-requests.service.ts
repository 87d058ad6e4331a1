/**
 * Somebody says that they forgot their password. Whether there is such an account is seen neither in the answer nor in its time: only in a mail. One
 * account gets few of them, so that nobody's mailbox is filled by others; that bound is not seen either.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import { systemActor } from '../platform/actor';
import { accountByEmail, type Account } from './account';
import { PasswordLinks, resetUrl } from './password-links.service';
import type { PasswordResetRequested } from './password-resets.dto';
import type { Exchange } from './session-cookie';
import { SessionsService } from './sessions.service';
import { SignInThrottle } from './sign-in-throttle';

/** Every answer takes at least this long: what is done for an account that exists would otherwise be seen. */
const ANSWER_MS = 250;

@Injectable()
export class PasswordRequestsService {
  // Seven: asking is where account, throttle, link, mail and record meet.
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly outbox: Outbox,
    private readonly links: PasswordLinks,
    private readonly sessions: SessionsService,
    private readonly throttle: SignInThrottle,
  ) {}

  async request(email: string, request: Exchange['request']): Promise<PasswordResetRequested> {
    const startedMs = performance.now();
    const isWithinBounds = await this.throttle.takeRequest(email, this.sessions.origin(request).ip);
    const account = await accountByEmail(this.db, email);
    if (account?.organization_id) this.sessions.attribute(request, account.organization_id);
    if (account !== null && isWithinBounds) await this.remind(account, request);
    await wait(Math.max(0, startedMs + ANSWER_MS - performance.now()));
    return { delivery: this.outbox.isConfigured ? 'mail' : 'none' };
  }

  /** Without a server for mail nothing but the entry: an admin sees it, and can make a link. */
  private async remind(account: Account, request: Exchange['request']): Promise<void> {
    const { id: userId, name, email, organization_id: organizationId, suspended_at } = account;
    if (organizationId === null || suspended_at !== null) return;
    const actor = { ...systemActor('password reset', organizationId), ...this.sessions.origin(request) };
    await this.tenant.run(actor, async (tx) => {
      await this.activity.record(tx, { actor, action: 'password.reset_requested', target: { type: 'user', id: userId, name: email } });
      if (!this.outbox.isConfigured) return;
      const { token, expiresAt } = await this.links.make(tx, { organizationId, userId, madeBy: null });
      const text = `Hello ${name},\n\nsomebody, probably you, asked for a new password for your PineBill account ${email}. Choose it here:\n${resetUrl(this.outbox.origin, token)}\n\nThe link works once, within an hour. It was asked for from the address ${actor.ip ?? 'unknown'}.\n\nIf it was not you, you need do nothing: your password stays as it is.`;
      await this.outbox.queue(tx, {
        ...{ organizationId, to: [{ userId }], requires: null, expiresAt },
        ...{ subject: 'Choose a new password', text },
      });
    });
  }
}
