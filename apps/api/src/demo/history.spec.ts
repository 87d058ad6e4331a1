import type { AuditRecord } from '@pinebill/nestjs-audit';
import { notebookTimes, subscriptionTimes } from './breach-times';
import { bakery, finder, guesser, intruder, larkspur, people, reader, type CastOrganization } from './cast';
import { history, type HistoryOptions } from './history';
import type { HistoryOrganization } from './history-records';

const to = new Date('2026-03-18T09:30:00.000Z');
const from = new Date(to.getTime() - 28 * 86_400_000);

function organization(id: string, source: CastOrganization, isHome: boolean): HistoryOrganization {
  return {
    id,
    isHome,
    requests: source.requests,
    keys: source.keys.map((key, index) => ({ ...key, id: `${id}-key-${String(index)}`, last4: 'x7f2' })),
    people: isHome ? people.map((person, index) => ({ id: `${id}-person-${String(index)}`, name: person.name, role: person.role })) : [],
    customers: Array.from({ length: source.customers }, (_, index) => `cus_${id}${String(index)}`),
    invoices: Array.from({ length: source.invoices }, (_, index) => `inv_${id}${String(index)}`),
  };
}

function options(seed = 1): HistoryOptions {
  let count = 0;
  return {
    seed,
    from,
    to,
    organizations: [organization('home', larkspur, true), organization('shop', bakery, false)],
    recordId: (at) => `${at.toISOString()}-${String(count++).padStart(7, '0')}`,
    country: (ip) => (ip === finder.ip ? 'BR' : 'DE'),
  };
}

const records: AuditRecord[] = [...history(options())];
const home = records.filter((record) => record.organizationId === 'home');
const hourOf = (record: AuditRecord): number => new Date(record.startedAt).getUTCHours();
const dayOf = (record: AuditRecord): number => new Date(record.startedAt).getUTCDay();

it('holds at least 100,000 records, all inside the four weeks, oldest first, each with an id of its own', () => {
  expect(records.length).toBeGreaterThanOrEqual(100_000);
  expect(records.length).toBeLessThan(140_000);
  expect(records.every((record) => record.startedAt >= from.toISOString() && record.startedAt < to.toISOString())).toBe(true);
  expect(records.every((record, index) => index === 0 || (records[index - 1]?.id ?? '') < record.id)).toBe(true);
});

it('tells the same story for the same seed, and another one for another', () => {
  const head = (seed: number) =>
    Array.from(
      { length: 500 },
      (
        (it) => () =>
          it.next().value
      )(history(options(seed))),
    );
  expect(head(7)).toEqual(head(7));
  expect(head(7)).not.toEqual(head(8));
});

it('is busier on weekdays than on weekends, and by day than by night', () => {
  const weekend = records.filter((record) => dayOf(record) === 0 || dayOf(record) === 6).length / 8;
  const weekday = records.filter((record) => dayOf(record) > 0 && dayOf(record) < 6).length / 20;
  expect(weekday).toBeGreaterThan(weekend * 1.5);
  const byDay = records.filter((record) => hourOf(record) >= 8 && hourOf(record) < 18).length / 10;
  const byNight = records.filter((record) => hourOf(record) < 6 || hourOf(record) >= 22).length / 8;
  expect(byDay).toBeGreaterThan(byNight * 2);
});

it('keeps to the keys, people and resources of each organization', () => {
  for (const { id, keys, customers, invoices } of options().organizations) {
    const mine = records.filter((record) => record.organizationId === id);
    const known = new Set([...keys.map((key) => key.id), ...customers, ...invoices]);
    const named = mine
      .flatMap((record) => [record.apiKeyId, /(?:cus|inv)_\w+/.exec(record.path ?? '')?.[0] ?? null])
      .filter((each) => each !== null);
    expect(named.filter((each) => !known.has(each))).toEqual([]);
    expect(mine.some((record) => record.apiKeyId !== null)).toBe(true);
  }
});

it('has several callers a key, keys that were never used, and keys refused after their end', () => {
  const callersOf = (name: string) =>
    new Set(home.filter((record) => record.apiKeyName === name).map((record) => `${record.ip ?? ''} ${record.userAgent ?? ''}`));
  expect(callersOf('Production API').size).toBe(3);
  expect(callersOf('Backup reader').size).toBe(0);
  expect(
    home.some((record) => record.apiKeyName === 'Trial integration' && record.reason === 'expired_key' && record.apiKeyState === 'expired'),
  ).toBe(true);
  expect(home.some((record) => record.apiKeyName === 'Contractor laptop' && record.status === 200 && record.apiKeyState === 'active')).toBe(
    true,
  );
});

it('says why wherever a request failed, and only there', () => {
  const wrong = records.filter(
    (record) => (record.reason === null) !== (record.status ?? 500) < 400 || (record.error === null) !== (record.reason === null),
  );
  expect(wrong).toEqual([]);
});

describe('contains each pattern of the guide', () => {
  const perMinute = (matching: AuditRecord[]): number => {
    const minutes = new Map<string, number>();
    for (const { startedAt } of matching) minutes.set(startedAt.slice(0, 16), (minutes.get(startedAt.slice(0, 16)) ?? 0) + 1);
    return Math.max(0, ...minutes.values());
  };
  it('a burst of 401s from one address', () => {
    const burst = home.filter((record) => record.ip === guesser.ip);
    expect(burst.length).toBeGreaterThan(900);
    expect(burst.every((record) => record.status === 401)).toBe(true);
    expect(new Set(burst.map((record) => record.reason))).toEqual(new Set(['unknown_key', 'bad_checksum', 'malformed_key', 'revoked_key']));
    expect(burst.every((record) => (record.keyFingerprint !== null) === (record.reason === 'unknown_key'))).toBe(true);
  });
  it('a runaway loop', () => {
    expect(perMinute(home.filter((record) => record.apiKeyName === 'Mobile backend'))).toBeGreaterThan(90);
  });
  it('a new address on an old key', () => {
    const found = home.filter((record) => record.ip === finder.ip);
    expect(found.length).toBeGreaterThan(100);
    expect(new Set(found.map((record) => `${record.apiKeyName ?? ''} ${record.country ?? ''}`))).toEqual(new Set(['Legacy importer BR']));
  });
  it('an integration that always gets 400, with the field and the rule', () => {
    const connector = home.filter((record) => record.apiKeyName === 'ERP connector');
    expect(connector.length).toBeGreaterThan(500);
    expect(new Set(connector.map((record) => `${String(record.status)} ${record.error?.issues[0]?.pointer ?? ''}`))).toEqual(
      new Set(['400 /lines/0/unitAmount']),
    );
  });
  it('intermittent 429s of one key', () => {
    const warehouse = home.filter((record) => record.apiKeyName === 'Data warehouse sync');
    const limited = warehouse.filter((record) => record.status === 429);
    expect(limited.length).toBeGreaterThan(300);
    expect(limited.length).toBeLessThan(warehouse.length / 5);
  });
  it('404s of a version that does not exist', () => {
    const wrong = home.filter((record) => record.reason === 'wrong_version');
    expect(wrong.length).toBeGreaterThan(50);
    expect(wrong.every((record) => record.path?.startsWith('/v2/') && record.route === null)).toBe(true);
  });
});

describe('contains two breaches', () => {
  const ofKey = (name: string) => home.filter((record) => record.apiKeyName === name);
  const from = (records: AuditRecord[], ip: string) => records.filter((record) => record.ip === ip);

  it('one that was stopped: read until the key was revoked, refused from then on, and its service goes on with the key that took its place', () => {
    const { begins, revoked, replaced } = notebookTimes(to.getTime());
    const accepted = (records: AuditRecord[]) =>
      records.filter(({ status }) => status === 200).map(({ startedAt }) => Date.parse(startedAt));
    const read = accepted(from(ofKey('Analytics notebook'), reader.ip));
    expect(read.length).toBeGreaterThan(30);
    expect([Math.min(...read) >= begins, Math.max(...accepted(ofKey('Analytics notebook'))) < revoked]).toEqual([true, true]);
    const late = from(ofKey('Analytics notebook'), reader.ip).filter(({ startedAt }) => Date.parse(startedAt) >= revoked);
    expect(new Set(late.map(({ reason, apiKeyState }) => `${reason} ${apiKeyState}`))).toEqual(new Set(['revoked_key revoked']));
    const next = ofKey('Analytics nightly');
    expect(next.length).toBeGreaterThan(100);
    expect(next.every(({ startedAt, ip }) => Date.parse(startedAt) >= replaced && ip === '142.132.180.9')).toBe(true);
  });

  it('one that goes on: weeks of use from one network, then a stranger who reads, writes a few and is refused the rest', () => {
    const { night, againEnds } = subscriptionTimes(to.getTime());
    const stranger = from(ofKey('Subscription billing'), intruder.ip);
    const times = stranger.map(({ startedAt }) => Date.parse(startedAt));
    expect([Math.min(...times) >= night, Math.max(...times) <= againEnds, againEnds < to.getTime()]).toEqual([true, true, true]);
    expect(new Set(stranger.map(({ method, status }) => `${method} ${status}`))).toEqual(
      new Set(['GET 200', 'POST 201', 'PATCH 200', 'GET 403']),
    );
    expect(stranger.filter(({ method }) => method !== 'GET')).toHaveLength(8);
    const others = ofKey('Subscription billing').filter(({ ip }) => ip !== intruder.ip);
    expect(others.length).toBeGreaterThan(1_000);
    expect(others.every(({ ip }) => ip?.startsWith('18.197.61.'))).toBe(true);
  });
});
