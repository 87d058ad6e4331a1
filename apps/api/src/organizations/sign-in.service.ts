/**
 * E-mail and password become a session. What fails is answered alike and at the same time, whether the account exists or not, and is kept in
 * the record of the organization whose account was tried.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Tenant } from '../database/tenant';
import { AppError } from '../platform/app-error';
import { accountByEmail, type Account } from './account';
import type { SessionView, StartSession } from './organizations.dto';
import { Passwords } from './passwords';
import type { Exchange } from './session-cookie';
import { SessionsService, type Person } from './sessions.service';

/** A refusal takes at least this long: the entry that a known account leaves would otherwise be seen in the time of the answer. */
const REFUSAL_MS = 250;

@Injectable()
export class SignInService {
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
  ) {}

  async start({ email, password }: StartSession, exchange: Exchange): Promise<SessionView> {
    const startedMs = performance.now();
    const account = await accountByEmail(this.db, email);
    if (account?.organization_id) this.sessions.attribute(exchange.request, account.organization_id);
    const person = await this.personOf(account, { email, password }, exchange);
    if (person === null) {
      if (account) await this.sessions.recordFailure(exchange.request, account);
      await wait(Math.max(0, startedMs + REFUSAL_MS - performance.now()));
      throw invalidCredentials();
    }
    return this.sessions.handOver(await this.tenant.run(person, (tx) => this.sessions.open(tx, person, exchange)), exchange);
  }

  private async personOf(account: Account | null, { email, password }: StartSession, { request }: Exchange): Promise<Person | null> {
    const { ip } = this.sessions.origin(request);
    const right = await this.passwords.matches(password, { email, ip, knownHash: account?.password_hash ?? null });
    if (!right || !account?.organization_id || account.role === null || account.suspended_at !== null) return null;
    const { id, name, role, organization_id: organizationId, must_change_password: mustChangePassword } = account;
    return { id, email: account.email, name, role, organizationId, mustChangePassword };
  }
}

export const invalidCredentials = (): AppError =>
  new AppError('invalid_credentials', { detail: 'The e-mail address or the password is not right. Check both and try again.' });
