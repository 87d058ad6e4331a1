/**
 * Argon2id. Every comparison is throttled, and whether there is a password to compare with must not be seen in the time it takes.
 */
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { SignInThrottle } from './sign-in-throttle';

/** `knownHash` null: there is no such account. The same work is done, and the answer is no. */
export type Comparison = { email: string; ip: string | null; knownHash: string | null };

@Injectable()
export class Passwords {
  /** Of a password that nobody knows, with the parameters of real ones; made when it is first needed. */
  private unknown: Promise<string> | null = null;

  constructor(private readonly throttle: SignInThrottle) {}

  hash(password: string): Promise<string> {
    return hash(password);
  }

  /** Throws `rate_limited` after too many failures. */
  async matches(password: string, { email, ip, knownHash }: Comparison): Promise<boolean> {
    const attempt = await this.throttle.begin(email, ip);
    const right = await verify(knownHash ?? (await this.hashOfNobody()), password);
    if (!right || knownHash === null) return false;
    await attempt.succeeded();
    return true;
  }

  /** Who has proved in another way that the account is theirs. */
  forgive({ email, ip }: Pick<Comparison, 'email' | 'ip'>): Promise<void> {
    return this.throttle.forgive(email, ip);
  }

  private hashOfNobody(): Promise<string> {
    return (this.unknown ??= hash(randomBytes(32)));
  }
}
