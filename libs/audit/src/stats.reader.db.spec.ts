import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { listRecords } from './audit.reader';
import type { AuditRecord } from './audit.types';
import { PostgresStore, pgQueryable } from './postgres-store';
import { everyRecord, type RecordCondition, type RecordFilter, type RecordMatcher } from './record-filter';
import { matcherOf } from './record-match';
import { sumUpHours } from './rollup-hours';
import { bucketColumns, bucketOf, MOST_ADDRESSES, quantileMs } from './rollup-shape';
import { carriedBy, statsGroups, type StatsGroup } from './stats-plan';
import { readStats, type ReadStats, type Stats, type StatsLine } from './stats.reader';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from './testing/audit-database';

let database: AuditDatabase;
let store: PostgresStore;
beforeAll(async () => {
  database = await auditDatabase(__filename);
  store = new PostgresStore({ url: database.url });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const START = Date.UTC(2026, 0, 31, 22, 30); // over the turn of a month
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const SPAN = 2 * DAY + 200 * MINUTE; // with whole days in it, and all of it near midnight
const keys = [randomUUID(), randomUUID()];
const aCall = fc.record({
  at: fc.tuple(fc.nat(2), fc.noBias(fc.integer({ min: 0, max: 200 * MINUTE }))).map(([day, at]) => day * DAY + at), // else most begin together
  apiKeyId: fc.constantFrom(...keys, null),
  apiKeyName: fc.constantFrom('Old name', 'New name'), // one key, two callers
  actorType: fc.constantFrom('apiKey' as const, 'user' as const, 'anonymous' as const),
  service: fc.constantFrom('checkout', '*', null),
  route: fc.constantFrom('/v1/invoices', '/v1/invoices/{id}', null),
  method: fc.constantFrom('GET', 'POST', null),
  status: fc.constantFrom(200, 201, 404, 429, 500, 503, null),
  country: fc.constantFrom('DE', 'FR', null),
  ip: fc.constantFrom('192.0.2.7', '192.0.2.200', '2001:db8::1', null),
  userAgent: fc.constantFrom('curl/8', 'CURL/9', 'Acme', null),
  path: fc.constantFrom('/v1/a', '/v1/ab', '/v2', null),
  reason: fc.constantFrom('role', null),
  durationMs: fc.constantFrom(0, 0.5, 1, 1.01, 4, 35, 35.000_000_1, 36, 99, 480, 9_999, 60_000, null),
  responseBytes: fc.constantFrom(0, 312, 5_000_000_000, null),
  kind: fc.constantFrom('request', 'request', 'request', 'gap' as const),
});
const conditionOf = (field: RecordCondition['field'], matchers: RecordCondition['anyOf']): fc.Arbitrary<RecordCondition> =>
  fc.record({ field: fc.constant(field), negated: fc.boolean(), anyOf: fc.subarray([...matchers], { minLength: 1 }) });
const exact = (...values: string[]): RecordCondition['anyOf'] => values.map((value) => ({ kind: 'exact', value }));
const single = (address: string): RecordMatcher => ({ kind: 'addressRange', first: address, last: address });
const aCondition = fc.oneof(
  conditionOf('apiKeyId', exact(...keys)),
  conditionOf('actorType', exact('apiKey', 'user')),
  conditionOf('service', exact('checkout', '*')),
  conditionOf('route', exact('/v1/invoices')),
  conditionOf('method', exact('get', 'POST')),
  conditionOf('status', [{ kind: 'class', value: 4 }, { kind: 'number', value: 200 }]), // prettier-ignore
  conditionOf('country', exact('de')),
  conditionOf('ip', [{ kind: 'addressRange', first: '192.0.2.0', last: '192.0.2.127' }, { kind: 'addressRange', first: '2001:db8::', last: '2001:db8::ffff' }]), // prettier-ignore
  conditionOf('userAgent', [{ kind: 'contains', value: 'Curl' }]),
  conditionOf('path', [{ kind: 'prefix', value: '/v1/a' }, ...exact('/v1/ab')]),
  conditionOf('reason', exact('role')),
);
/** Of addresses: by a list of them, which is looked up in the key, or by a range, over all of them. */
const onAddresses = fc.oneof(
  conditionOf('ip', [single('192.0.2.7'), single('192.0.2.200'), single('198.51.100.9')]),
  conditionOf('ip', [single('192.0.2.7'), single('2001:db8::1')]),
  conditionOf('ip', [{ kind: 'addressRange', first: '192.0.2.0', last: '192.0.2.127' }]),
  conditionOf('actorType', exact('apiKey', 'user')),
);
const aFilter: fc.Arbitrary<RecordFilter> = fc.record({
  conditions: fc.array(aCondition, { maxLength: 2 }),
  minDurationMs: fc.constantFrom(null, null, null, 1.01, 36),
  maxDurationMs: fc.constantFrom(null, null, null, 35, 480),
});

async function stored(records: readonly AuditRecord[], { batch = 1_000, between = async (): Promise<void> => {} } = {}): Promise<void> {
  const journalId = randomUUID();
  for (let at = 0; at < records.length; at += batch) {
    const entries = records.slice(at, at + batch).map((record, index) => ({ offset: BigInt(at + index + 1), record }));
    await store.append({ journalId, entries, upTo: BigInt(at + batch) });
    await between();
  }
}
/** As the job does it, each step in a transaction that is committed. */
async function sumUp(organizationId: string, now: number): Promise<void> {
  const client = await database.as('pinebill_app').connect();
  for (let more = true; more;) {
    await client.query('begin');
    await client.query(`set local app.organization_id = '${organizationId}'`);
    more = await sumUpHours(pgQueryable(client), organizationId, new Date(now));
    await client.query('commit');
  }
  client.release();
}
const read = (organizationId: string, change: Partial<ReadStats> = {}): Promise<Stats> => {
  const all: ReadStats = {
    organizationId, filter: everyRecord, groupBy: 'status', from: new Date(START), to: new Date(START + SPAN + 1), intervalMinutes: 60, mostGroups: 100, mostLines: 10_000, mostRows: 1_000, ...change,
  }; // prettier-ignore
  return database.inside(organizationId, (db) => readStats(db, all));
};

function groupOf(groupBy: StatsGroup | null, record: AuditRecord): string | null {
  if (groupBy === null) return null;
  if (groupBy === 'statusClass') return record.status === null ? null : `${Math.floor(record.status / 100)}xx`;
  if (groupBy === 'endpoint') return record.method === null || record.route === null ? null : `${record.method} ${record.route}`;
  const value = record[groupBy];
  return value === null ? null : String(value);
}
/** The same once more, from the records. */
function recount(
  records: readonly AuditRecord[],
  { filter, groupBy, from, to, intervalMinutes }: ReadStats,
  isTold: (group: string | null) => boolean = () => true,
): Map<string, Omit<StatsLine, 'group' | 'from'>> {
  const holds = matcherOf(filter);
  const lines = new Map<string, AuditRecord[]>();
  for (const record of records) {
    const at = Date.parse(record.startedAt);
    if (record.kind !== 'request' || at < from.getTime() || at >= to.getTime() || !holds(record)) continue;
    const step = (intervalMinutes ?? 1) * MINUTE;
    const begin = intervalMinutes === null ? from.getTime() : Math.floor(at / step) * step;
    const group = groupOf(groupBy, record);
    const name = nameOf({ group, others: !isTold(group) }, begin);
    lines.set(name, [...(lines.get(name) ?? []), record]);
  }
  return new Map([...lines].map(([name, all]) => [name, figuresOf(all, name.startsWith('others'))]));
}
const nameOf = ({ group, others }: Pick<StatsLine, 'group' | 'others'>, begin: number): string =>
  `${others ? 'others' : `of ${group}`} ${begin}`;
function figuresOf(records: readonly AuditRecord[], others: boolean) {
  const inClass = (first: number): number => records.filter(({ status }) => Math.floor((status ?? 0) / 100) === first).length;
  const buckets = bucketColumns.map(
    (_, index) => records.filter(({ durationMs }) => durationMs !== null && bucketOf(durationMs) === index).length,
  );
  return {
    others,
    requests: records.length,
    clientErrors: inClass(4),
    serverErrors: inClass(5),
    bytesOut: records.reduce((sum, { responseBytes }) => sum + (responseBytes ?? 0), 0),
    ...{ p50Ms: quantileMs(buckets, 0.5), p95Ms: quantileMs(buckets, 0.95), p99Ms: quantileMs(buckets, 0.99) },
  };
}

it('counts what a recount of the records counts: any filter, group, interval and period, whatever came in which batch and was summed up when', async () => {
  const seen = { rollUps: 0, rows: 0 };
  const any = fc.record({ filter: aFilter, groupBy: fc.constantFrom(null, ...statsGroups) });
  const byAddress = fc.record({
    filter: fc.array(onAddresses, { maxLength: 2 }).map((conditions) => ({ ...everyRecord, conditions })),
    groupBy: fc.constantFrom<StatsGroup | null>('ip', 'ip', null),
  });
  const aQuestion = fc.record({
    of: fc.oneof(any, byAddress),
    intervalMinutes: fc.constantFrom(1, 60, 1_440, null),
    mostGroups: fc.constantFrom(1, 2, 100),
    begin: fc.oneof(fc.constant(0), fc.integer({ min: -10, max: MINUTE }), fc.noBias(fc.integer({ min: 0, max: SPAN }))),
    length: fc.oneof(fc.constant(SPAN), fc.integer({ min: 1, max: 2 * MINUTE }), fc.noBias(fc.integer({ min: 1, max: SPAN }))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(aCall, { maxLength: 60 }), fc.integer({ min: 5, max: 30 }), fc.array(aQuestion, { minLength: 12, maxLength: 12 }), async (calls, batch, questions) => {
      const organizationId = anOrganization();
      const records = calls.map(({ at, ...call }) => aRecord({ ...call, organizationId, startedAt: new Date(START + at).toISOString() }));
      // Half-way everything is summed up: what comes later is late.
      let batches = 0;
      await stored(records, { batch, between: async () => { if (++batches % 2 === 1) await sumUp(organizationId, START + (batches + 1) * (SPAN / 3)); } }); // prettier-ignore
      for (const { of, begin, length, ...question } of questions) {
        const from = new Date(START + begin);
        const asked: ReadStats = { organizationId, ...of, ...question, from, to: new Date(from.getTime() + length), mostLines: 10_000, mostRows: 1_000 };
        const stats = await read(organizationId, asked);
        const found = stats.lines.map(({ group, from: start, ...line }) => [nameOf({ group, others: line.others }, start.getTime()), line] as const);
        const told = new Set(stats.lines.filter(({ others }) => !others).map(({ group }) => group));
        expect({ asked, lines: new Map(found) }).toEqual({ asked, lines: recount(records, asked, (group) => told.has(group)) });
        // The busiest are told apart, and no more of them than asked for.
        const totals = [...recount(records, { ...asked, intervalMinutes: null })].map(([name, { requests }]) => ({ requests, told: [...told].some((group) => name === nameOf({ group, others: false }, from.getTime())) })); // prettier-ignore
        expect(told.size).toBe(Math.min(totals.length, asked.mostGroups));
        expect(Math.min(...totals.flatMap((one) => (one.told ? one.requests : [])))).toBeGreaterThanOrEqual(Math.max(0, ...totals.flatMap((one) => (one.told ? [] : one.requests)))); // prettier-ignore
        expect(stats).toMatchObject({ exact: true, countedFrom: from, source: carriedBy(of.groupBy, of.filter) ? 'rollUps' : 'rows' });
        expect(stats.lines).toHaveLength(new Map(found).size);
        seen[stats.source]++;
      }
    }),
    { numRuns: 25, endOnFailure: true },
  ); // prettier-ignore
  expect(Math.min(seen.rollUps, seen.rows)).toBeGreaterThan(20);
});

it('counts a record that comes after its day was summed up in its minute, its hour and its day', async () => {
  const organizationId = anOrganization();
  const day = Date.UTC(2026, 1, 1);
  const at = (minutes: number) => aRecord({ organizationId, startedAt: new Date(day + minutes * MINUTE).toISOString() });
  await stored([at(300), at(1_800)]);
  await sumUp(organizationId, day + 2 * DAY);
  await stored([at(310), at(400)]);
  for (const intervalMinutes of [null, 1_440, 60, 1]) {
    const { lines } = await read(organizationId, { groupBy: null, intervalMinutes, from: new Date(day), to: new Date(day + DAY) });
    expect(lines.reduce((sum, { requests }) => sum + requests, 0)).toBe(3);
  }
});

it('a filter finds the same records in memory and in PostgreSQL', async () => {
  const organizationId = anOrganization();
  const records = fc
    .sample(aCall, 120)
    .map(({ at, ...call }) => aRecord({ ...call, organizationId, startedAt: new Date(START + at).toISOString() }));
  await stored(records);
  const list = { organizationId, order: 'asc' as const, limit: 200, after: null, from: new Date(START), to: null };
  await fc.assert(
    fc.asyncProperty(aFilter, async (filter) => {
      const found = await database.inside(organizationId, (db) => listRecords(db, { ...list, filter }));
      expect(new Set(found.map(({ id }) => id))).toEqual(new Set(records.filter(matcherOf(filter)).map(({ id }) => id)));
    }),
    { numRuns: 100 },
  );
});

it('tells durations right to the step of its histogram', async () => {
  const organizationId = anOrganization();
  const at = new Date(START).toISOString();
  // 100 calls of 1 to 100 ms, two that took long, one that never ended.
  const took = [...Array.from({ length: 100 }, (_, index) => index + 1), 20_000, 20_000, null];
  await stored(took.map((durationMs) => aRecord({ organizationId, startedAt: at, durationMs })), { batch: 50 }); // prettier-ignore
  const [line] = (await read(organizationId)).lines;
  expect(line?.requests).toBe(103);
  expect(line?.p50Ms).toBeCloseTo(51, 5);
  expect(line?.p95Ms).toBeCloseTo(96.9, 5);
  expect(line?.p99Ms).toBe(10_000); // at least
  const unended = anOrganization();
  await stored([aRecord({ organizationId: unended, startedAt: at, durationMs: null })]);
  expect((await read(unended)).lines).toMatchObject([{ requests: 1, p50Ms: null, p95Ms: null, p99Ms: null }]);
});

it('tells the busiest groups apart and the others as one', async () => {
  const organizationId = anOrganization();
  const calls = ['a', 'a', 'a', 'b', 'b', 'c', 'd'].map((service) =>
    aRecord({ organizationId, service, startedAt: new Date(START).toISOString() }),
  );
  await stored(calls);
  const { lines } = await read(organizationId, { groupBy: 'service', mostGroups: 2 });
  expect(lines.map(({ group, others, requests }) => [group, others, requests])).toEqual([['a', false, 3], ['b', false, 2], [null, true, 2]]); // prettier-ignore
});

it('tells one address as one, however it is written, and as PostgreSQL writes it', async () => {
  const organizationId = anOrganization();
  const ips = ['0:0:0:1::9', '::1:0:0:0:9', '2001:DB8::1', '2001:db8:0::1', '192.0.2.7', null];
  await stored(ips.map((ip) => aRecord({ organizationId, ip, startedAt: new Date(START).toISOString() })));
  const { source, lines } = await read(organizationId, { groupBy: 'ip', from: new Date(START - MINUTE) });
  const wanted = [['2001:db8::1', 2], ['::1:0:0:0:9', 2], ['192.0.2.7', 1], [null, 1]]; // prettier-ignore
  expect([source, lines.map(({ group, requests }) => [group, requests])]).toEqual(['rollUps', wanted]);
});

it('reads no more lines than whoever asks can use', async () => {
  const organizationId = anOrganization();
  await stored(
    Array.from({ length: 9 }, (_, minute) => aRecord({ organizationId, startedAt: new Date(START + minute * MINUTE).toISOString() })),
  );
  for (const [mostLines, lines] of [
    [4, 5],
    [9, 9],
  ] as const)
    // prettier-ignore
    expect((await read(organizationId, { intervalMinutes: 1, mostLines })).lines).toHaveLength(lines);
});

describe('addresses that were not told apart', () => {
  const organizationId = anOrganization();
  const startedAt = new Date(START + MINUTE).toISOString();
  beforeAll(async () => {
    await stored([aRecord({ organizationId, startedAt: new Date(START).toISOString() })]);
    const flood = Array.from({ length: 600 }, (_, index) =>
      aRecord({ organizationId, startedAt, ip: `10.0.${index >> 8}.${index & 255}` }),
    );
    const busy = Array.from({ length: 300 }, () => aRecord({ organizationId, startedAt, ip: '192.0.2.7' }));
    await stored([...flood, ...busy]);
  });

  it('are counted over the rows where these are few enough', async () => {
    const all = await read(organizationId, { groupBy: 'ip', mostGroups: 1_000 });
    expect([all.source, all.exact, all.lines.length]).toEqual(['rows', true, 601]);
  });

  it('stand together where there are too many rows, and the answer says that it is not exact', async () => {
    const { lines, ...all } = await read(organizationId, { groupBy: 'ip', mostGroups: 1_000, mostRows: 10 });
    expect(all).toMatchObject({ source: 'rollUps', exact: false });
    expect(lines).toHaveLength(MOST_ADDRESSES + 1);
    expect(lines.find(({ group }) => group === '192.0.2.7')?.requests).toBe(301);
    expect(lines.filter(({ others }) => others)).toMatchObject([{ requests: 601 - MOST_ADDRESSES }]);
  });
});

it('counts the newest rows where there are too many, says since when, and that it is not exact', async () => {
  const organizationId = anOrganization();
  const every = (minutes: number, calls: number) =>
    Array.from({ length: calls }, () =>
      aRecord({ organizationId, startedAt: new Date(START + minutes * MINUTE).toISOString(), apiKeyId: keys[0]! }),
    );
  await stored([...every(0, 10), ...every(70, 10), ...every(75, 10), ...every(140, 10)]);
  const filter: RecordFilter = { ...everyRecord, conditions: [{ field: 'path', negated: false, anyOf: exact('/v1/invoices') }] };
  const counted = async (mostRows: number, more: RecordCondition[] = []) => {
    const { lines, exact: isExact, countedFrom } = await read(organizationId, { filter: { ...filter, conditions: [...filter.conditions, ...more] }, groupBy: null, intervalMinutes: null, mostRows }); // prettier-ignore
    return [lines[0]?.requests ?? 0, isExact, (countedFrom.getTime() - START) / MINUTE];
  };
  expect(await counted(40)).toEqual([40, true, 0]);
  expect(await counted(25)).toEqual([20, false, 75]);
  expect(await counted(5)).toEqual([10, false, 140]); // the newest minute is counted whole
  await sumUp(organizationId, START + SPAN);
  expect(await counted(25)).toEqual([20, false, 75]);
  // Rows of another key do not count where an index passes them over.
  expect(await counted(25, [{ field: 'apiKeyId', negated: false, anyOf: exact(keys[1]!) }])).toEqual([0, true, 0]);
});

it('counts nothing of a batch that was rolled back, nothing twice, and nothing of another organization', async () => {
  const organizationId = anOrganization();
  const [good, bad] = [aRecord({ organizationId, startedAt: new Date(START).toISOString() }), aRecord({ organizationId, ip: 'none' })];
  const batch = { journalId: randomUUID(), entries: [{ offset: 1n, record: good }], upTo: 1n };
  await expect(store.append({ ...batch, entries: [...batch.entries, { offset: 2n, record: bad }], upTo: 2n })).rejects.toThrow('inet');
  expect((await read(organizationId)).lines).toEqual([]);
  await store.append(batch);
  await store.append(batch);
  expect((await read(organizationId)).lines).toMatchObject([{ group: '200', requests: 1, bytesOut: 312 }]);
  expect(await database.inside(anOrganization(), (db) => db.query('select 1 from audit_rollup'))).toEqual([]);
});
