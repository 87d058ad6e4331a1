/** What is known of the use of keys is equal to a recount of the log, however its records arrive. */
import type { AuditRecord } from '@pinebill/nestjs-audit';
import fc from 'fast-check';
import { Client } from 'pg';
import { parseId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';
import { KeyUse } from './key-use.service';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

type Key = { id: string; name: string };
let count = 0;
const mint = async (fields: object = {}): Promise<Key> =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, scopes: ['invoices:read'], ...fields } })).json;
const read = async (path: string) => (await t.call(path, { as: 'member' })).json;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ago = (ms: number): Date => new Date(Date.now() - ms);
const use = ({ id, name }: Key, at: Date, fields: Partial<AuditRecord> = {}): AuditRecord =>
  aRecord({
    ...{ startedAt: at.toISOString(), actorType: 'apiKey', actorId: parseId('key', id), actorName: name },
    ...{ apiKeyId: parseId('key', id), apiKeyName: name, apiKeyLast4: 'x7f2', apiKeyState: 'active' },
    ...fields,
  });

it('what holds up the counting of one organization holds up no other', async () => {
  const key = await mint();
  const elsewhere = (await t.call('/v1/api-keys', { as: 'stranger', body: { name: 'Elsewhere', scopes: ['invoices:read'] } })).json as Key;
  await storeRecords(t, [use(key, ago(1_000))]);
  await storeRecords(t, [use(elsewhere, ago(1_000), { organizationId: organizations.other })]);
  const holder = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await holder.connect();
  const anew = () => t.sql('truncate api_key_use, api_key_hour, api_key_caller, api_key_use_head');
  const both = [organizations.home, organizations.other];
  for (const held of both) {
    await anew();
    await t.sql('insert into api_key_use_head (organization_id, sequence) select unnest($1::uuid[]), 0', [both]);
    await holder.query('begin');
    await holder.query('select 1 from api_key_use_head where organization_id = $1 for update', [held]);
    await expect(t.app.get(KeyUse).countAll()).rejects.toThrow('lock timeout');
    expect(await t.sql('select 1 from api_key_use_head where organization_id <> $1 and sequence > 0', [held])).toHaveLength(1);
    await holder.query('commit');
  }
  await holder.end();
  await anew();
});

describe('the last use', () => {
  it('is the latest accepted request, whatever order and process its record comes from, and never goes back', async () => {
    const key = await mint();
    const times = [ago(5_000), ago(9_000), ago(1_000), ago(7_000)];
    const from = (minute: number): Partial<AuditRecord> => ({ ip: `203.0.113.${minute}`, userAgent: `acme/${minute}` });
    for (const [index, at] of times.entries()) {
      await storeRecords(t, [use(key, at, from(index))]);
      await t.app.get(KeyUse).countAll();
    }
    const refusals = [{ status: 429, reason: 'key_limit' }, { status: 403, reason: 'ip_not_allowed' }, { status: 401, reason: 'disabled_key', apiKeyState: 'disabled' }]; // prettier-ignore
    await storeRecords(t, refusals.map((fields, index) => use(key, ago(300 - index), { ...fields, ip: '198.51.100.9' }))); // prettier-ignore
    const seen = await read(`/v1/api-keys/${key.id}`);
    expect(seen).toMatchObject({
      ...{ lastUsedAt: times[2]!.toISOString(), lastUsedIp: '203.0.113.2', lastUsedUserAgent: 'acme/2' },
      ...{ refusedRequests: 3, lateUse: null },
    });
    expect(new Date(seen.lastRefusedAt) > new Date(seen.lastUsedAt)).toBe(true);
    const { json } = await t.call(`/v1/api-keys/${key.id}/revoke`, { as: 'admin', body: { reason: 'leaked' } });
    expect(json.lastAcceptedAt).toBe(times[2]!.toISOString());
  });

  it('is not that of a clock that ran ahead', async () => {
    const key = await mint();
    await storeRecords(t, [use(key, ago(60_000)), use(key, new Date(Date.now() + 40 * DAY_MS))]);
    expect(new Date((await read(`/v1/api-keys/${key.id}`)).lastUsedAt).getTime()).toBeLessThan(Date.now());
  });

  it('is kept up by every process at once, each record counted once, and no request writes it', async () => {
    const key = await mint();
    const records = Array.from({ length: 60 }, (_, index) => use(key, ago(60_000 - index)));
    const counting = t.app.get(KeyUse);
    await Promise.all([0, 1, 2].flatMap((part) => [storeRecords(t, records.filter((_, index) => index % 3 === part)), counting.countAll(), counting.countAll()])); // prettier-ignore
    await counting.countAll();
    expect((await read(`/v1/api-keys/${key.id}/usage`)).requests).toBe(60);
    const [sum] = await t.sql('select requests from api_key_use where api_key_id = $1', [parseId('key', key.id)]);
    expect(sum).toEqual({ requests: '60' });
  });
});

const anIp = fc.oneof(
  fc.constantFrom(null, '10.1.2.3', '10.1.2.200', '10.1.3.3', '2001:db8::1', '2001:db8::ffff', '2001:db8:0:1::5', '0:0:0:1::9'),
);
const anAgent = fc.constantFrom(null, '', 'Acme-Checkout/2.1 node', 'acme-checkout/3', 'curl', 'Curl 8', 'ÄB/1', `${'x'.repeat(80)}/1`);
const aUse = fc.record({
  which: fc.constantFrom('old' as const, 'next' as const),
  minutesAgo: fc.integer({ min: 1, max: 60 * 24 * 12 }),
  ip: anIp,
  userAgent: anAgent,
  country: fc.constantFrom('DE', 'FR', 'de', null),
  status: fc.constantFrom(200, 200, 200, 404, 503, 401, 403, 429, null),
  durationMs: fc.constantFrom(null, 0.5, 12, 40, 3_000, 20_000),
});
type Use = typeof aUse extends fc.Arbitrary<infer T> ? T : never;

const groups: Record<string, string> = { '10.1.2.3': '10.1.2.0/24', '10.1.2.200': '10.1.2.0/24', '10.1.3.3': '10.1.3.0/24', '2001:db8::1': '2001:db8::/64', '2001:db8::ffff': '2001:db8::/64', '2001:db8:0:1::5': '2001:db8:0:1::/64', '0:0:0:1::9': '0:0:0:1::/64' }; // prettier-ignore
const families: Record<string, string> = { 'Acme-Checkout/2.1 node': 'acme-checkout', 'acme-checkout/3': 'acme-checkout', curl: 'curl', 'Curl 8': 'curl', 'ÄB/1': 'Äb', [`${'x'.repeat(80)}/1`]: 'x'.repeat(64) }; // prettier-ignore
const callerOf = ({ ip, userAgent }: Use): string => JSON.stringify([groups[ip ?? ''] ?? null, families[userAgent ?? ''] ?? null]);
const isAccepted = ({ status }: Use): boolean => status === null || ![401, 403, 429].includes(status);

it('tells of any traffic what a recount tells: figures, callers, who has moved', async () => {
  const one = fc.asyncProperty(fc.array(aUse, { minLength: 20, maxLength: 120 }), async (uses) => {
    const old = await mint();
    const next = (await t.call(`/v1/api-keys/${old.id}/rotate`, { as: 'admin', body: { name: `Key ${++count}`, overlapSeconds: 60 } }))
      .json;
    const now = Date.now();
    const stored = uses.map((each) => ({ ...each, at: new Date(now - each.minutesAgo * 60_000) }));
    const records = stored.map(({ which, at, ip, userAgent, country, status, durationMs }) =>
      use(which === 'old' ? old : next, at, { ip, peerIp: ip, userAgent, country, status, durationMs }),
    );
    await storeRecords(t, records.slice(0, records.length / 2));
    await t.app.get(KeyUse).countAll();
    await storeRecords(t, records.slice(records.length / 2));

    const from = new Date(now - 13 * DAY_MS).toISOString();
    for (const [which, key] of [
      ['old', old],
      ['next', next],
    ] as const) {
      // prettier-ignore
      const usage = await read(`/v1/api-keys/${key.id}/usage?from=${from}&interval=day`);
      const own = stored.filter((each) => each.which === which);
      const inClass = (first: number) => own.filter(({ status }) => Math.floor((status ?? 0) / 100) === first).length;
      expect(usage).toMatchObject({ complete: true, requests: own.length, clientErrors: inClass(4), serverErrors: inClass(5) });
      const statuses = new Map(own.map(({ status }) => [status, own.filter((each) => each.status === status).length]));
      expect(new Map(usage.statuses.map((line: { status: number; requests: number }) => [line.status, line.requests]))).toEqual(statuses);
      const days = new Map(own.map(({ at }) => [Math.floor(at.getTime() / DAY_MS), 0]));
      for (const { at } of own) days.set(Math.floor(at.getTime() / DAY_MS), days.get(Math.floor(at.getTime() / DAY_MS))! + 1);
      expect(new Map(usage.history.map((line: { from: string; requests: number }) => [Date.parse(line.from) / DAY_MS, line.requests]))).toEqual(days); // prettier-ignore
      const callers = new Map(own.map((each) => [callerOf(each), own.filter((other) => callerOf(other) === callerOf(each) && isAccepted(other)).length])); // prettier-ignore
      const groups = (lines: { requests: number; firstSeenAt: string; lastSeenAt: string }[], of: string) =>
        new Map(lines.map((line) => [(line as Record<string, unknown>)[of], [line.requests, line.firstSeenAt, line.lastSeenAt]]));
      const recount = (of: (each: (typeof own)[number]) => string | null) =>
        new Map([...new Set(own.map(of))].map((value) => {
          const times = own.filter((each) => of(each) === value).map(({ at }) => at.toISOString()).sort(); // prettier-ignore
          return [value, [times.length, times[0], times.at(-1)]];
        })); // prettier-ignore
      expect(usage.countedFrom).toBe(usage.from);
      expect(groups(usage.addresses, 'address')).toEqual(recount(({ ip }) => (ip === '0:0:0:1::9' ? '::1:0:0:0:9' : ip)));
      expect(groups(usage.countries, 'country')).toEqual(recount(({ country }) => country));
      expect(groups(usage.agents, 'agent')).toEqual(recount(({ userAgent }) => userAgent));
      const mixOf = (lines: { status: number | null; requests: number }[]) => new Map(lines.map((line) => [line.status, line.requests]));
      for (const line of usage.history) {
        const then = own.filter(({ at }) => Math.floor(at.getTime() / DAY_MS) === Date.parse(line.from) / DAY_MS);
        expect(mixOf(line.statuses)).toEqual(
          new Map(then.map(({ status }) => [status, then.filter((each) => each.status === status).length])),
        );
      }
      type Line = { network: string | null; agent: string | null; requests: number };
      expect(new Map(usage.callers.map((line: Line) => [JSON.stringify([line.network, line.agent]), line.requests]))).toEqual(callers);
      const ranked = own.flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs])).sort((a, b) => a - b);
      const median = ranked[Math.ceil(ranked.length / 2) - 1];
      const steps: Record<number, [number, number]> = {
        0.5: [0, 1],
        12: [10, 20],
        40: [35, 50],
        3000: [2_500, 10_000],
        20000: [10_000, 10_000],
      };
      if (median === undefined) expect(usage.p50Ms).toBeNull();
      else expect(steps[median]![0] <= usage.p50Ms && usage.p50Ms <= steps[median]![1]).toBe(true);
    }

    const board = await read(`/v1/api-keys/${old.id}/cutover?days=5`);
    const begin = Math.floor((Date.parse(board.rotatedAt) - 5 * DAY_MS) / DAY_MS) * DAY_MS;
    expect(board).toMatchObject({ from: new Date(begin).toISOString(), old: { id: old.id }, new: { id: next.id }, complete: true });
    const inWindow = stored.filter((each) => isAccepted(each) && each.at.getTime() >= begin);
    const last = (caller: string, which: string) => Math.max(-1, ...inWindow.filter((each) => each.which === which && callerOf(each) === caller).map(({ at }) => at.getTime())); // prettier-ignore
    const remaining = [...new Set(inWindow.map(callerOf))].filter((caller) => last(caller, 'old') >= 0 && last(caller, 'next') <= last(caller, 'old')); // prettier-ignore
    expect([board.remainingCallers, board.safeToRevoke]).toEqual([remaining.length, remaining.length === 0]);
    expect(await read(`/v1/api-keys/${next.id}/cutover?days=5`)).toEqual({ ...board, asOf: expect.any(String) });
  });
  await fc.assert(one, { numRuns: 5, endOnFailure: true });
});

it('says whom a key that was never rotated serves, and is safe to revoke when that is nobody', async () => {
  const key = await mint();
  expect(await read(`/v1/api-keys/${key.id}/cutover`)).toMatchObject({ new: null, callers: [], safeToRevoke: true, lateUse: null });
  await storeRecords(t, [use(key, ago(HOUR_MS), { ip: '10.0.0.1', userAgent: 'acme/1' })]);
  expect(await read(`/v1/api-keys/${key.id}/cutover`)).toMatchObject({
    ...{ safeToRevoke: false, remainingCallers: 1 },
    callers: [{ network: '10.0.0.0/24', agent: 'acme', requests: 1, moved: false, lastNew: null }],
  });
});

it('shows nothing that the plan no longer shows', async () => {
  const key = await mint();
  await storeRecords(t, [use(key, ago(10 * DAY_MS)), use(key, ago(HOUR_MS))]);
  const path = `/v1/api-keys/${key.id}/usage?interval=day&from=${ago(20 * DAY_MS).toISOString()}`;
  expect((await read(path)).requests).toBe(2);
  await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.home]);
  try {
    expect((await read(path)).requests).toBe(1);
  } finally {
    await t.sql(`update organization set plan = 'enterprise' where id = $1`, [organizations.home]);
  }
});

it.each([
  'usage?interval=hour&from=2020-01-01T00:00:00Z',
  'usage?to=2020-01-01T00:00:00Z&from=2021-01-01T00:00:00Z',
  'cutover?days=31',
  'cutover?days=x',
])('refuses %s', async (question) => {
  const { id } = await mint();
  expect((await t.call(`/v1/api-keys/${id}/${question}`, { as: 'member' })).status).toBe(400);
});

it('after an upgrade counts what the log has from before', async () => {
  const key = await mint();
  await storeRecords(
    t,
    Array.from({ length: 30 }, (_, index) => use(key, ago(HOUR_MS + index))),
  );
  await t.app.get(KeyUse).countAll();
  const before = await read(`/v1/api-keys/${key.id}/usage`);
  for (const table of ['api_key_use', 'api_key_hour', 'api_key_caller', 'api_key_use_head']) await t.sql(`truncate ${table}`);
  expect(await read(`/v1/api-keys/${key.id}/usage`)).toEqual(before);
});
