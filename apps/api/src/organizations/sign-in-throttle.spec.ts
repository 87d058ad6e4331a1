import { Clock } from '../platform/clock';
import { FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, SIGN_IN_WINDOW_MS, SignInThrottle } from './sign-in-throttle';

class MovedClock extends Clock {
  constructor(private at: number) {
    super();
  }
  override now(): Date {
    return new Date(this.at);
  }
  move(ms: number): void {
    this.at += ms;
  }
}

let clock: MovedClock;
let throttle: SignInThrottle;
beforeEach(() => {
  clock = new MovedClock(Date.parse('2026-01-01T00:00:00Z'));
  throttle = new SignInThrottle(clock);
});

const fail = (times: number, email: string | ((attempt: number) => string), ip: string): void => {
  for (let attempt = 0; attempt < times; attempt++) throttle.begin(typeof email === 'string' ? email : email(attempt), ip);
};
const refused = expect.objectContaining({ code: 'rate_limited', options: expect.objectContaining({ reason: 'sign_in_limit' }) });

describe('the sign-in throttle', () => {
  it('refuses an account from an address after its failures, however the address is written', () => {
    fail(FAILURES_PER_ACCOUNT, 'ada@example.com', '192.0.2.1');
    expect(() => throttle.begin(' ADA@example.com', '192.0.2.1')).toThrow(refused);
    expect(() => throttle.begin('ada@example.com', '192.0.2.2')).not.toThrow();
    expect(() => throttle.begin('bob@example.com', '192.0.2.1')).not.toThrow();
  });

  it('says how long to wait, and lets in again then', () => {
    fail(1, 'ada@example.com', '192.0.2.1');
    clock.move(60_000);
    fail(FAILURES_PER_ACCOUNT - 1, 'ada@example.com', '192.0.2.1');
    const wait = expect.objectContaining({ options: expect.objectContaining({ headers: { 'retry-after': '840' } }) });
    expect(() => throttle.begin('ada@example.com', '192.0.2.1')).toThrow(wait);
    clock.move(SIGN_IN_WINDOW_MS - 60_000);
    expect(() => throttle.begin('ada@example.com', '192.0.2.1')).not.toThrow();
  });

  it('counts attempts before they are decided, and forgets those that succeed', () => {
    fail(FAILURES_PER_ACCOUNT - 1, 'ada@example.com', '192.0.2.1');
    const last = throttle.begin('ada@example.com', '192.0.2.1');
    expect(() => throttle.begin('ada@example.com', '192.0.2.1')).toThrow(refused);
    last.succeeded();
    expect(() => throttle.begin('ada@example.com', '192.0.2.1')).not.toThrow();
  });

  it('refuses an address that tries many accounts; a /64 of IPv6 is one address', () => {
    fail(FAILURES_PER_ADDRESS, (attempt) => `${attempt}@example.com`, '2001:db8::1');
    expect(() => throttle.begin('new@example.com', '2001:db8::ffff')).toThrow(refused);
    expect(() => throttle.begin('new@example.com', '2001:db8:0:1::1')).not.toThrow();
  });

  it('does not count successes against an address', () => {
    for (let attempt = 0; attempt < 2 * FAILURES_PER_ADDRESS; attempt++) throttle.begin(`${attempt}@example.com`, '192.0.2.1').succeeded();
    expect(() => throttle.begin('new@example.com', '192.0.2.1')).not.toThrow();
  });

  it('stays bounded, and forgets what ends first', () => {
    fail(FAILURES_PER_ACCOUNT, 'first@example.com', '192.0.2.1');
    for (let attempt = 0; attempt < 20_000; attempt++)
      throttle.begin('x@example.com', `10.${attempt >> 16}.${(attempt >> 8) & 255}.${attempt & 255}`);
    expect(() => throttle.begin('first@example.com', '192.0.2.1')).not.toThrow();
    expect((throttle as unknown as { failures: Map<string, unknown> }).failures.size).toBe(20_000);
  });
});
