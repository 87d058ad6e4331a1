/** How often a password may be guessed, by one process or by several that know nothing of each other but the database. */
import { verify } from '@node-rs/argon2';
import { DataSource } from 'typeorm';
import { appDataSourceOptions } from '../database/data-source';
import { Clock } from '../platform/clock';
import { PASSWORD, people, startTestApp, type TestApp } from '../testing/test-app';
import { Passwords } from './passwords';
import { FAILURES_OF_STRANGERS, FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, SIGN_IN_WINDOW_MS, SignInThrottle } from './sign-in-throttle';

// The real one, counted: nothing else tells how many guesses reached a hash.
jest.mock('@node-rs/argon2', () => {
  const real = jest.requireActual<typeof import('@node-rs/argon2')>('@node-rs/argon2');
  return { ...real, verify: jest.fn(real.verify) };
});
const hashed = (): number => jest.mocked(verify).mock.calls.length;

class MovedClock extends Clock {
  private at = Date.parse('2026-01-01T00:00:00Z');
  override now(): Date {
    return new Date(this.at);
  }
  move(ms: number): void {
    this.at += ms;
  }
}

let t: TestApp;
let clock: MovedClock;
let other: DataSource;
/** Of two processes. */
let throttles: SignInThrottle[];
beforeAll(async () => {
  t = await startTestApp(__filename);
  other = await new DataSource(appDataSourceOptions(t.db.url)).initialize();
});
afterAll(async () => {
  await other.destroy();
  await t.close();
});
beforeEach(async () => {
  await t.sql('truncate throttle, sign_in_network');
  clock = new MovedClock();
  throttles = [t.app.get(DataSource), other].map((db) => new SignInThrottle(db, clock));
});

/** Of an attempt at one process after the other: in, or the seconds to wait. */
let turn = 0;
const attempt = async (email: string, ip: string): Promise<'in' | { wait: string }> => {
  try {
    await throttles[turn++ % 2]!.begin(email, ip);
    return 'in';
  } catch (error) {
    const { code, options } = error as { code: string; options: { reason: string; headers: Record<string, string> } };
    expect([code, options.reason]).toEqual(['rate_limited', 'sign_in_limit']);
    return { wait: options.headers['retry-after']! };
  }
};
const fail = (times: number, email: string | ((n: number) => string), ip: string | ((n: number) => string)) =>
  Promise.all(
    Array.from({ length: times }, (_, n) => attempt(typeof email === 'string' ? email : email(n), typeof ip === 'string' ? ip : ip(n))),
  );
const enter = async (email: string, ip: string): Promise<void> => (await throttles[0]!.begin(email, ip)).succeeded();
const address = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

it('refuses an account from an address after its failures, however the address is written and whoever is asked', async () => {
  const tried = await fail(FAILURES_PER_ACCOUNT + 5, 'ada@example.com', '192.0.2.1');
  expect(tried.filter((answer) => answer === 'in')).toHaveLength(FAILURES_PER_ACCOUNT);
  expect(await attempt(' ADA@example.com', '192.0.2.1')).toEqual({ wait: '900' });
  expect(await attempt('ada@example.com', '192.0.2.2')).toBe('in');
  expect(await attempt('bob@example.com', '192.0.2.1')).toBe('in');
});

it('says how long to wait, and lets in again then', async () => {
  await fail(1, 'ada@example.com', '192.0.2.1');
  clock.move(60_000);
  await fail(FAILURES_PER_ACCOUNT - 1, 'ada@example.com', '192.0.2.1');
  expect(await attempt('ada@example.com', '192.0.2.1')).toEqual({ wait: '840' });
  clock.move(SIGN_IN_WINDOW_MS - 60_000);
  expect(await attempt('ada@example.com', '192.0.2.1')).toBe('in');
});

it('counts attempts before they are decided, and forgets those that succeed', async () => {
  await fail(FAILURES_PER_ACCOUNT - 1, 'ada@example.com', '192.0.2.1');
  const last = await throttles[0]!.begin('ada@example.com', '192.0.2.1');
  expect(await attempt('ada@example.com', '192.0.2.1')).toEqual({ wait: '900' });
  await last.succeeded();
  expect(await attempt('ada@example.com', '192.0.2.1')).toBe('in');
  for (let n = 0; n < 2 * FAILURES_OF_STRANGERS; n++) await enter('bob@example.com', address(n));
  expect(await attempt('bob@example.com', '192.0.2.1')).toBe('in');
});

it('refuses an address that tries many accounts; a /64 of IPv6 is one address; who gets in does not count', async () => {
  for (let n = 0; n < FAILURES_PER_ADDRESS; n++) await enter(`${n}@example.com`, '2001:db8::1');
  await fail(FAILURES_PER_ADDRESS, (n) => `${n}@example.com`, '2001:db8::1');
  expect(await attempt('new@example.com', '2001:db8::ffff')).toEqual({ wait: '900' });
  expect(await attempt('new@example.com', '2001:db8:0:1::1')).toBe('in');
});

it('lets 10,000 guesses from 10,000 addresses at two processes reach the hash 100 times at most, and its person in', async () => {
  const { email } = people.admin;
  const processes = throttles.map((throttle) => new Passwords(throttle));
  const [known] = await t.sql<{ password_hash: string }>('select password_hash from app_user where email = $1', [email]);
  const guess = (n: number, password: string, ip: string): Promise<boolean | string> =>
    processes[n % 2]!.matches(password, { email, ip, knownHash: known!.password_hash }).catch(
      (error: unknown) => (error as { code: string }).code,
    );
  // Their own places: home and office, a /64 each of IPv6 among them.
  expect([await guess(0, PASSWORD, '192.0.2.1'), await guess(1, PASSWORD, '2001:db8::1')]).toEqual([true, true]);
  const before = hashed();
  const answers = new Map<unknown, number>();
  for (let n = 0; n < 10_000; n += 200)
    for (const answer of await Promise.all(Array.from({ length: 200 }, (_, k) => guess(n + k, 'a guess', address(n + k)))))
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
  expect([...answers].sort()).toEqual([[false, FAILURES_OF_STRANGERS], ['rate_limited', 10_000 - FAILURES_OF_STRANGERS]]); // prettier-ignore
  expect(hashed() - before).toBe(FAILURES_OF_STRANGERS);
  expect([await guess(0, PASSWORD, '192.0.2.1'), await guess(1, PASSWORD, '2001:db8::ffff')]).toEqual([true, true]);
  // From a place that is new to the account it must wait, as nobody can tell it from the others, right or wrong.
  expect(await guess(0, PASSWORD, '192.0.2.9')).toBe('rate_limited');
  // Refusals leave nothing behind.
  expect((await t.sql<{ count: number }>('select count(*)::int as count from throttle'))[0]!.count).toBeLessThan(3 * FAILURES_OF_STRANGERS);
});

it('remembers the five places that were used last, so the bound of an account is 100 whoever guesses from where', async () => {
  for (let n = 0; n < 8; n++) {
    clock.move(1_000);
    await enter('ada@example.com', address(n));
  }
  const tried = await Promise.all(Array.from({ length: 8 }, (_, n) => fail(40, 'ada@example.com', address(n))));
  const strangers = await fail(60, 'ada@example.com', (n) => address(100 + n));
  expect([...tried.flat(), ...strangers].filter((answer) => answer === 'in')).toHaveLength(
    5 * FAILURES_PER_ACCOUNT + FAILURES_OF_STRANGERS,
  );
});

it('keeps nobody by name, and what is over goes as new attempts come', async () => {
  await fail(40, (n) => `${n}@example.com`, '192.0.2.1');
  expect(JSON.stringify(await t.sql(`select encode(name, 'escape') from throttle`))).not.toMatch(/example|192/);
  clock.move(SIGN_IN_WINDOW_MS + 1);
  await fail(40, 'ada@example.com', address);
  expect((await t.sql<{ count: number }>('select count(*)::int as count from throttle where until <= $1', [clock.now()]))[0]!.count).toBe(
    0,
  );
});
