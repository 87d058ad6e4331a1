/**
 * Bounds the guessing of passwords: few failures for one account from one address, more for one address over all accounts. There is no limit
 * for an account over all addresses: with it, anybody could lock an admin out. Kept in this process, bounded: N processes allow N times as
 * many guesses.
 */
import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';

export const SIGN_IN_WINDOW_MS = 15 * 60_000;
export const FAILURES_PER_ACCOUNT = 10;
export const FAILURES_PER_ADDRESS = 100;
const MAX_ENTRIES = 20_000;

type Failures = { count: number; until: number };

@Injectable()
export class SignInThrottle {
  private readonly failures = new Map<string, Failures>();

  constructor(private readonly clock: Clock) {}

  /**
   * Counts the attempt as a failure before its password is checked, so that many at once are no way around; `succeeded` takes it back.
   * Throws `rate_limited` when there were too many.
   */
  begin(email: string, ip: string | null): { succeeded: () => void } {
    const now = this.clock.now().getTime();
    const network = networkOf(ip);
    const [account, address] = [JSON.stringify([email.trim().toLowerCase(), network]), network];
    const waitMs = Math.max(this.waitMs(account, FAILURES_PER_ACCOUNT, now), this.waitMs(address, FAILURES_PER_ADDRESS, now));
    if (waitMs > 0) throw tooMany(waitMs);
    this.count(account, now);
    this.count(address, now);
    return {
      succeeded: () => {
        this.failures.delete(account);
        const others = this.failures.get(address);
        if (others) others.count -= 1;
      },
    };
  }

  private waitMs(name: string, limit: number, now: number): number {
    const known = this.failures.get(name);
    return known && known.count >= limit && known.until > now ? known.until - now : 0;
  }

  private count(name: string, now: number): void {
    const known = this.failures.get(name);
    if (known && known.until > now) {
      known.count += 1;
      return;
    }
    // Entries stand in the order in which they end: the first is the one that matters least.
    this.failures.delete(name);
    const oldest = this.failures.keys().next();
    if (this.failures.size >= MAX_ENTRIES && !oldest.done) this.failures.delete(oldest.value);
    this.failures.set(name, { count: 1, until: now + SIGN_IN_WINDOW_MS });
  }
}

/** One household or machine has a whole /64 of IPv6 to call from. */
function networkOf(ip: string | null): string {
  if (ip === null || !ipaddr.IPv6.isValid(ip)) return ip ?? '';
  return ipaddr.IPv6.networkAddressFromCIDR(`${ip}/64`).toString();
}

const tooMany = (waitMs: number): AppError => {
  const seconds = Math.ceil(waitMs / 1_000);
  const minutes = Math.ceil(seconds / 60);
  return new AppError('rate_limited', {
    detail: `Too many failed sign-ins. Wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} and try again.`,
    reason: 'sign_in_limit',
    headers: { 'retry-after': String(seconds) },
  });
};
