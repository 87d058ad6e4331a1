/**
 * Bounds the guessing of passwords, over all processes: few failures for one account from one network, more for one network over all accounts, and
 * a bound for one account over all networks it was never entered from. The last one leaves alone the networks that its person comes from: nobody can
 * lock them out by guessing. Kept in PostgreSQL, by hashes: nobody learns from there who was tried.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { networkOf } from '../platform/network-of';

export const SIGN_IN_WINDOW_MS = 15 * 60_000;
export const FAILURES_PER_ADDRESS = 100;
/** From networks that the account was never entered from, all together. With the five that are remembered, 100 guesses in a window at most. */
export const FAILURES_OF_STRANGERS = 50;
export const FAILURES_PER_ACCOUNT = 10;

export const REQUESTS_PER_ADDRESS = 20;
/** Mails an hour: each holds a link that is good for as long. */
export const REQUESTS_PER_ACCOUNT = 3;
const REQUESTS_WINDOW_MS = 3_600_000;

/** In the order in which they are locked. */
type Names = { network: Buffer; account: Buffer; pair: Buffer };
type Begun = { wait: Date | null; known: boolean };

@Injectable()
export class SignInThrottle {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts the attempt as a failure before its password is checked, so that many at once are no way around; `succeeded` takes it back.
   * Throws `rate_limited` when there were too many.
   */
  async begin(email: string, ip: string | null): Promise<{ succeeded: () => Promise<void> }> {
    const [now, { network, account, pair }] = [this.clock.now(), namesOf(email, ip)];
    const limits = [FAILURES_PER_ADDRESS, FAILURES_OF_STRANGERS, FAILURES_PER_ACCOUNT];
    const [begun] = await this.db.query<[Begun]>('select wait, known from sign_in_begin($1, $2, $3, $4, make_interval(secs => $5), $6)', [
      ...[network, account, pair, limits, SIGN_IN_WINDOW_MS / 1_000, now],
    ]);
    if (begun.wait !== null) throw tooMany('failed sign-ins', begun.wait.getTime() - now.getTime());
    return {
      succeeded: async () => {
        await this.db.query('select sign_in_succeeded($1, $2, $3, $4, $5)', [network, account, pair, begun.known, this.clock.now()]);
      },
    };
  }

  /** Who has proved to be the person of the account in another way comes from a network of theirs, and may try anew. */
  async forgive(email: string, ip: string | null): Promise<void> {
    const { network, account, pair } = namesOf(email, ip);
    await this.db.query('select sign_in_succeeded($1, $2, $3, true, $4)', [network, account, pair, this.clock.now()]);
  }

  /** Of a new password: throws `rate_limited` when one network asks for many, and says whether this account has not been asked for too often. */
  async takeRequest(email: string, ip: string | null): Promise<boolean> {
    const now = this.clock.now();
    const wait = await this.take(hashOf('request of', networkOf(ip)), { limit: REQUESTS_PER_ADDRESS, windowMs: SIGN_IN_WINDOW_MS });
    if (wait !== null) throw tooMany('requests for a new password', wait.getTime() - now.getTime());
    const windowMs = REQUESTS_WINDOW_MS;
    return (await this.take(hashOf('request for', email.trim().toLowerCase()), { limit: REQUESTS_PER_ACCOUNT, windowMs })) === null;
  }

  private async take(name: Buffer, { limit, windowMs }: { limit: number; windowMs: number }): Promise<Date | null> {
    const [row] = await this.db.query<{ wait: Date | null }[]>('select throttle_take($1, $2, make_interval(secs => $3), $4) as wait', [
      ...[[name], [limit], windowMs / 1_000, this.clock.now()],
    ]);
    return row?.wait ?? null;
  }
}

function namesOf(email: string, ip: string | null): Names {
  const [address, network] = [email.trim().toLowerCase(), networkOf(ip)];
  return {
    network: hashOf('network', network),
    account: hashOf('account', address),
    pair: hashOf('pair', JSON.stringify([address, network])),
  };
}

export const hashOf = (kind: string, text: string): Buffer => createHash('sha256').update(`${kind} ${text}`).digest();

export const tooMany = (what: string, waitMs: number): AppError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const minutes = Math.ceil(seconds / 60);
  return new AppError('rate_limited', {
    detail: `Too many ${what}. Wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} and try again.`,
    reason: 'sign_in_limit',
    headers: { 'retry-after': String(seconds) },
  });
};
