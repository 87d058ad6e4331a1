/**
 * E-mail and password, and the code of a second factor where there is one, become a session. What fails is answered at the same time, whether
 * the account exists or not, and is kept in the record of the organization whose account was tried. That there is a second factor is told
 * only to who knows the password.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import { AppError } from '../platform/app-error';
import { accountByEmail, type Account } from './account';
import type { SessionView, StartSession } from './organizations.dto';
import { Passwords } from './passwords';
import { lockPerson } from './person-lock';
import { SecondFactors, tooManyCodes, type CodeVerdict } from './second-factors';
import type { Exchange } from './session-cookie';
import { SessionsService, type OpenedSession, type Person } from './sessions.service';

/** A refusal takes at least this long: the entry that a known account leaves would otherwise be seen in the time of the answer. */
const REFUSAL_MS = 250;

type Refused = Exclude<CodeVerdict, 'none' | 'right'>;
type Proof = Pick<StartSession, 'password' | 'code'>;
/** `refused` null: the password is not right, or is not any more. */
type Failure = { account: Account | null; refused: Refused | null; startedMs: number };
type Attempt = Pick<StartSession, 'code'> & { account: Account; person: Person };

@Injectable()
export class SignInService {
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly factors: SecondFactors,
  ) {}

  async start({ email, password, code }: StartSession, exchange: Exchange): Promise<SessionView> {
    const startedMs = performance.now();
    const account = await accountByEmail(this.db, email);
    if (account?.organization_id) this.sessions.attribute(exchange.request, account.organization_id);
    const person = await this.personOf(account, { email, password }, exchange);
    const opened = person && account ? await this.open({ account, person, ...(code === undefined ? {} : { code }) }, exchange) : null;
    if (opened && 'token' in opened) return this.sessions.handOver(opened, exchange);
    return this.refuse({ account, refused: opened?.refused ?? null, startedMs }, exchange);
  }

  /** Who proved otherwise who they are (at a provider): the code alone is missing. */
  async withCode(attempt: Attempt & { code: string }, exchange: Exchange & { via: string }): Promise<SessionView> {
    const startedMs = performance.now();
    const opened = await this.open(attempt, exchange);
    if ('token' in opened) return this.sessions.handOver(opened, exchange);
    return this.refuse({ account: attempt.account, refused: opened.refused, startedMs }, exchange);
  }

  private async refuse({ account, refused, startedMs }: Failure, { request }: Exchange): Promise<never> {
    if (refused === null && account) await this.sessions.recordFailure(request, account);
    await wait(Math.max(0, startedMs + REFUSAL_MS - performance.now()));
    throw refused === null ? invalidCredentials() : refusal(refused);
  }

  private async personOf(account: Account | null, { email, password }: StartSession, { request }: Exchange): Promise<Person | null> {
    const { ip } = this.sessions.origin(request);
    const right = await this.passwords.matches(password, { email, ip, knownHash: account?.password_hash ?? null });
    if (!right || !account?.organization_id || account.role === null || account.suspended_at !== null) return null;
    const { id, name, role, organization_id: organizationId, must_change_password: mustChangePassword } = account;
    return { id, email: account.email, name, role, organizationId, mustChangePassword };
  }

  /** One transaction: a code is used up when, and only when, it has opened a session. A refusal is committed, not thrown. */
  private open(
    { account, person, code }: Attempt,
    exchange: Exchange & { via?: string },
  ): Promise<OpenedSession | { refused: Refused | null }> {
    return this.tenant.run(person, async (tx) => {
      const hash = await lockPerson(tx, account.id);
      // Replaced since it was compared: whoever knew the old one is out.
      if (hash !== account.password_hash && exchange.via === undefined) return { refused: null };
      const verdict = await this.verdictOn(tx, { account, ...(code === undefined ? {} : { code }) }, exchange);
      return verdict === 'none' || verdict === 'right' ? this.sessions.open(tx, person, exchange) : { refused: verdict };
    });
  }

  /** Who already has an account proves that it is theirs, to join another organization with it. Throws when they do not. */
  async prove(account: Account & { organization_id: string }, { password, code }: Proof, exchange: Exchange): Promise<void> {
    const { ip } = this.sessions.origin(exchange.request);
    if (!(await this.passwords.matches(password, { email: account.email, ip, knownHash: account.password_hash })))
      throw invalidCredentials();
    const where = { organizationId: account.organization_id };
    const verdict = await this.tenant.run(where, (tx) =>
      this.verdictOn(tx, { account, ...(code === undefined ? {} : { code }) }, exchange),
    );
    if (verdict !== 'none' && verdict !== 'right') throw refusal(verdict);
  }

  /** A wrong code is in the activity. */
  private async verdictOn(
    tx: EntityManager,
    { account, code }: Pick<Attempt, 'account' | 'code'>,
    { request }: Exchange,
  ): Promise<CodeVerdict> {
    const verdict = await this.factors.check(tx, account.id, code);
    if (verdict === 'wrong') await this.sessions.recordFailureIn(tx, request, { account, after: { secondFactor: 'wrong code' } });
    return verdict;
  }
}

export const invalidCredentials = (): AppError =>
  new AppError('invalid_credentials', { detail: 'The e-mail address or the password is not right. Check both and try again.' });

function refusal(verdict: Refused): AppError {
  if (typeof verdict === 'object') return tooManyCodes(verdict.waitMs);
  if (verdict === 'missing')
    return new AppError('second_factor_required', { detail: 'Send the code that your authenticator app shows now, or a recovery code.' });
  return new AppError('invalid_credentials', {
    detail: 'The code is not right, or was used already. Type the one that the app shows now, or a recovery code.',
  });
}
