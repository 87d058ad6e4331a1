import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { randomUUID } from 'node:crypto';
import { getRecord, listRecords, type ListRecords } from './audit.reader';
import type { Look } from './record-search';
import type { AuditRecord, Queryable, StoredRecord } from './audit.types';
import { PostgresStore } from './postgres-store';
import { everyRecord, type RecordCondition, type RecordFilter, type RecordMatcher } from './record-filter';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from './testing/audit-database';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 20);
const keys = [randomUUID(), randomUUID()];
const pick = <T>(from: readonly T[], at: number): T => from[at % from.length]!;

/** Few values a field, so that filters hit; every nullable field is null now and then. */
const values = {
  method: ['GET', 'POST', 'DELETE', null],
  status: [200, 201, 400, 404, 429, 500, null],
  path: ['/v1/invoices', '/v1/invoices/inv_1', '/v1/100%', '/v1/1000', '/v1/a_b', '/v1/axb', '/v1/Invoices', null],
  // The longest is in no dictionary.
  userAgent: ['curl/8.5.0', 'Stripe_Node 1.0', 'python-requests/2.31', '50%_off\\', `${'long '.repeat(200)}node`, null],
  route: ['/v1/invoices', '/v1/invoices/{id}', null],
  keyFingerprint: ['abcdef012345', null],
  team: ['payments', null],
  environment: ['production', 'staging', null],
  ip: ['192.0.2.7', '192.0.2.200', '10.0.0.1', '2001:db8::1', 'fe80::1', null],
  reason: ['unknown_key', 'role', null],
  country: ['DE', 'FR', null],
  service: ['checkout', 'reports', null],
} as const;

const records: AuditRecord[] = Array.from({ length: 240 }, (_, at) => {
  const mixed = (at * 7_919) % 1_009;
  return aRecord({
    startedAt: new Date(START + Math.floor(at / 3) * HOUR * 5).toISOString(), // three at a time share their millisecond
    method: pick(values.method, mixed),
    status: pick(values.status, mixed >> 1),
    path: pick(values.path, mixed >> 2),
    userAgent: pick(values.userAgent, mixed >> 3),
    ip: pick(values.ip, mixed >> 1),
    reason: pick(values.reason, mixed >> 4),
    country: pick(values.country, mixed),
    service: pick(values.service, mixed >> 2),
    route: pick(values.route, mixed >> 3),
    keyFingerprint: pick(values.keyFingerprint, mixed >> 1),
    team: pick(values.team, mixed >> 4),
    environment: pick(values.environment, mixed >> 1),
    kind: pick(['request', 'gap', 'mode'] as const, mixed >> 5),
    outcome: pick(['completed', 'aborted', 'unknown', 'protocolError'] as const, mixed >> 2),
    // One key under several names is several callers.
    apiKeyName: pick(['Production API', 'Production API (old)', null], mixed >> 2),
    apiKeyState: pick(['active', 'revoked'], mixed >> 5),
    peerIp: pick(['192.0.2.7', '10.0.0.1', null], mixed >> 3),
    clientRequestId: pick(['client-1', null], mixed >> 2),
    traceId: pick(['0af7651916cd43dd8448eb211c80319c', null], mixed >> 1),
    query: pick([{ limit: '50', tag: ['a', 'b'] }, null], mixed >> 2),
    gap:
      mixed % 7 === 0 ? { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:01:00.000Z', count: null, atMost: 9, cause: 'kill' } : null,
    apiKeyId: pick([...keys, null], mixed >> 1),
    actorType: pick(['apiKey', 'user', 'anonymous'] as const, mixed >> 3),
    durationMs: pick([0, 1.25, 12.4, 250.75, 1_400, null], mixed),
    error:
      mixed % 5 === 0 ? { code: 'invalid_field', detail: 'é "quoted"', issues: [{ pointer: '/a', rule: 'min', expected: '1' }] } : null,
    marks: mixed % 4 === 0 ? ['sanitized', 'redacted'] : [],
    responseBytes: 5_000_000_000 + at,
  });
});

let database: AuditDatabase;
const organizationId = anOrganization();
beforeAll(async () => {
  database = await auditDatabase(__filename);
  const store = new PostgresStore({ url: database.url });
  const entries = [
    ...records.map((record) => ({ ...record, organizationId })),
    ...records.map((record) => ({ ...record, organizationId: anOrganization() })),
  ];
  await store.append({ journalId: randomUUID(), entries: entries.map((record, at) => ({ offset: BigInt(at + 1), record })), upTo: 1_000n });
  await store.close();
});
afterAll(() => database.drop());

const everything: ListRecords = {
  organizationId, filter: everyRecord, order: 'desc', limit: 1_000, after: null, from: new Date(START), to: new Date(START + 1_000 * HOUR),
}; // prettier-ignore
const list = (change: Partial<ListRecords>, look?: Look): Promise<StoredRecord[]> =>
  database.inside(organizationId, (db) => listRecords(db, { ...everything, ...change }, look));
const expected = records.map((record) => ({ ...record, organizationId }));
const oldestFirst = [...expected].sort((a, b) => (a.startedAt + a.id < b.startedAt + b.id ? -1 : 1));

it('user agents are found where all of them are numbered, and those that come to stand in their rows as well', async () => {
  const tidy = anOrganization();
  const store = new PostgresStore({ url: database.url });
  const add = async (agents: readonly (string | null)[], from: number): Promise<void> => {
    await store.append({
      journalId: randomUUID(),
      entries: agents.map((userAgent, at) => ({ offset: BigInt(at + 1), record: aRecord({ organizationId: tidy, userAgent, startedAt: new Date(START + (from + at) * HOUR).toISOString() }) })),
      upTo: 1_000n,
    });
  }; // prettier-ignore
  const found = async (value: string, limit: number): Promise<(string | null)[]> => {
    const conditions: RecordCondition[] = [{ field: 'userAgent', negated: false, anyOf: [{ kind: 'contains', value }] }];
    const rows = await database.inside(tidy, (db) => listRecords(db, { ...everything, organizationId: tidy, limit, filter: { ...everyRecord, conditions } }, { rare: 2, first: 2, longest: 4 })); // prettier-ignore
    return rows.map(({ userAgent }) => userAgent);
  };
  const [few, many] = [['curl/8', 'axios/1'], Array.from({ length: 12 }, (_, at) => `bot/${at}`)];
  await add([...few, ...many, ...few, ...few], 0);
  expect(await found('curl', 2)).toEqual(['curl/8', 'curl/8']);
  expect(await found('i', 50)).toEqual(['axios/1', 'axios/1', 'axios/1']);
  expect(await found('bot', 50)).toEqual([...many].reverse());
  expect(await found('sqlmap', 50)).toEqual([]);
  const long = `${'long '.repeat(200)}curl`;
  await add([long, null, 'curl/8'], 100);
  expect(await found('curl', 50)).toEqual(['curl/8', long, 'curl/8', 'curl/8', 'curl/8']);
  expect(await found('long', 50)).toEqual([long]);
  await store.close();
});

/** The grammar once more, without SQL. */
function matches(record: AuditRecord, { field, anyOf, negated }: RecordCondition): boolean {
  const own = field === 'requestId' ? record.id : record[field];
  const folded = field === 'method' || field === 'country' || field === 'userAgent';
  const fold = (value: unknown): string => (folded ? String(value).toLowerCase() : String(value));
  const one = (matcher: RecordMatcher): boolean => {
    if (own === null) return false;
    if (matcher.kind === 'exact' || matcher.kind === 'number') return fold(own) === fold(matcher.value);
    if (matcher.kind === 'class') return Math.floor(Number(own) / 100) === matcher.value;
    if (matcher.kind === 'prefix') return fold(own).startsWith(fold(matcher.value));
    if (matcher.kind === 'contains') return fold(own).includes(fold(matcher.value));
    if (matcher.kind === 'among') return matcher.ids.includes(String(own));
    const bytes = [String(own), matcher.first, matcher.last].map((address) => Buffer.from(ipaddr.parse(address).toByteArray()));
    return bytes[0]!.length === bytes[1]!.length && bytes[0]!.compare(bytes[1]!) >= 0 && bytes[0]!.compare(bytes[2]!) <= 0;
  };
  return anyOf.some(one) !== negated;
}
const passes = (record: AuditRecord, filter: RecordFilter): boolean =>
  filter.conditions.every((condition) => matches(record, condition)) &&
  (filter.minDurationMs === null || (record.durationMs !== null && record.durationMs >= filter.minDurationMs)) &&
  (filter.maxDurationMs === null || (record.durationMs !== null && record.durationMs <= filter.maxDurationMs));

const known = <T>(list: readonly (T | null)[]): T[] => list.filter((value): value is T => value !== null);
const exact = (list: readonly (string | null)[]) =>
  fc.constantFrom(...known(list)).map((value): RecordMatcher => ({ kind: 'exact', value }));
const among = (some: readonly { id: string; startedAt: string }[]): RecordMatcher => ({
  kind: 'among',
  ids: some.map(({ id }) => id),
  times: some.map(({ startedAt }) => new Date(startedAt)),
});
const matcherOf = {
  method: exact(values.method),
  reason: exact(values.reason),
  country: exact(values.country),
  service: exact(values.service),
  team: exact(values.team),
  environment: exact(values.environment),
  keyFingerprint: exact(values.keyFingerprint),
  route: fc.oneof(exact(values.route), fc.constant<RecordMatcher>({ kind: 'prefix', value: '/v1/invoices/' })),
  apiKeyId: exact(keys),
  actorType: exact(['apiKey', 'user', 'anonymous']),
  requestId: fc.oneof(exact(records.slice(0, 20).map(({ id }) => id)), fc.subarray(records.slice(0, 60), { minLength: 1 }).map(among)),
  status: fc.oneof(fc.constantFrom(200, 404, 500).map((value): RecordMatcher => ({ kind: 'number', value })), fc.constantFrom(2, 4, 5).map((value): RecordMatcher => ({ kind: 'class', value }))),
  path: fc.oneof(exact(values.path), fc.constantFrom('/v1/inv', '/v1/100%', '/v1/a_', '/V1', '/V\u{1f680}', '/V\ud7ff', '/V\u{10ffff}', '\u{10ffff}', '').map((value): RecordMatcher => ({ kind: 'prefix', value }))),
  userAgent: fc.constantFrom('CURL', '%', '_', '\\', 'node', "o'").map((value): RecordMatcher => ({ kind: 'contains', value })),
  ip: fc.constantFrom(['192.0.2.0', '192.0.2.127'], ['10.0.0.1', '10.0.0.1'], ['0.0.0.0', '255.255.255.255'], ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'])
    .map(([first = '', last = '']): RecordMatcher => ({ kind: 'addressRange', first, last })),
}; // prettier-ignore
const conditionOf = fc.constantFrom(...(Object.keys(matcherOf) as (keyof typeof matcherOf)[])).chain((field) =>
  fc.record<RecordCondition>({
    field: fc.constant(field),
    negated: fc.boolean(),
    anyOf: fc.array(matcherOf[field], { minLength: 1, maxLength: 3 }),
  }),
);
const filterOf = fc.record<RecordFilter>({
  minDurationMs: fc.constantFrom(null, 0, 12.4, 1_000),
  maxDurationMs: fc.constantFrom(null, 12.4, 250.75),
  conditions: fc.array(conditionOf, { maxLength: 3 }),
});

describe('a list', () => {
  it('gives back each record as it went in, with its number', async () => {
    const found = await list({ order: 'asc' });
    expect(found.map(({ sequence, ...record }) => ({ ...record, sequence: sequence > 0 }))).toEqual(
      oldestFirst.map((record) => ({ ...record, sequence: true })),
    );
  });

  const wanted = (field: RecordCondition['field'], ...anyOf: RecordMatcher[]): RecordCondition => ({ field, negated: false, anyOf });
  const of = (...conditions: RecordCondition[]): RecordFilter => ({ ...everyRecord, conditions });
  const [get, errors, german] = [
    wanted('method', { kind: 'exact', value: 'GET' }),
    wanted('status', { kind: 'class', value: 4 }),
    wanted('country', { kind: 'exact', value: 'de' }),
  ];
  const checkout = wanted('service', { kind: 'exact', value: 'checkout' });
  const invoices = wanted('route', { kind: 'exact', value: '/v1/invoices' });
  type Example = [RecordFilter, { order: 'asc' | 'desc'; limit: 1 | 5 | 1_000; from: number; to: number }, Look];
  /** What is found by each index, with a condition left over; and ranges that overlap. */
  const everyWay: RecordFilter[] = [
    of(checkout, get, german), of(checkout, errors, german), of(invoices, errors, german), of(checkout, german), of(get, german), of(errors, german),
    of(wanted('userAgent', { kind: 'contains', value: 'node' }), errors),
    of(wanted('requestId', among(records.slice(0, 90))), errors),
    of(wanted('ip', { kind: 'addressRange', first: '192.0.2.7', last: '192.0.2.7' }, { kind: 'addressRange', first: '192.0.2.0', last: '192.0.2.127' }, { kind: 'addressRange', first: '0.0.0.0', last: '255.255.255.255' })),
    of(wanted('path', { kind: 'exact', value: '/v1/invoices' }, { kind: 'prefix', value: '/v1/inv' }, { kind: 'prefix', value: '/v1/' })),
  ]; // prettier-ignore
  // However few rows are looked through before an index is asked, and wherever the page begins.
  const looks: readonly (Look | undefined)[] = [
    undefined,
    { rare: 1, first: 1, longest: 1 },
    { rare: 1, first: 1, longest: 1 },
    { rare: 9, first: 20, longest: 200 },
  ];
  it('holds for any filter, in pages of any size, what the same filter says in memory', async () => {
    const page = fc.record({
      order: fc.constantFrom('asc' as const, 'desc' as const),
      limit: fc.constantFrom(1, 5, 1_000),
      from: fc.nat(180),
      to: fc.nat(420),
    });
    await fc.assert(
      fc.asyncProperty(filterOf, page, fc.constantFrom(...looks), async (filter, { order, limit, ...range }, look) => {
        const [from, to] = [new Date(START + range.from * HOUR), new Date(START + range.to * HOUR)];
        const inRange = oldestFirst.filter(
          ({ startedAt }) => Date.parse(startedAt) >= from.getTime() && Date.parse(startedAt) < to.getTime(),
        );
        const wanted = inRange.filter((record) => passes(record, filter)).map(({ id }) => id);
        if (order === 'desc') wanted.reverse();
        const first = await list({ filter, order, limit, from, to }, look);
        expect(first.map(({ id }) => id)).toEqual(wanted.slice(0, limit));
        const last = first.at(-1);
        if (!last) return;
        const after = { occurredAt: new Date(last.startedAt), id: last.id };
        expect((await list({ filter, order, limit, from, to, after }, look)).map(({ id }) => id)).toEqual(wanted.slice(limit, 2 * limit));
      }),
      {
        numRuns: 300,
        examples: everyWay.map((filter): Example => [
          filter,
          { order: 'desc', limit: 5, from: 0, to: 420 },
          { rare: 1, first: 1, longest: 1 },
        ]),
      },
    );
  });

  it.each(['asc', 'desc'] as const)(
    'in pages (%s) neither loses nor repeats a record, also where many share a millisecond',
    async (order) => {
      for (const limit of [1, 2, 7, 100]) {
        const seen: string[] = [];
        for (let after: ListRecords['after'] = null, rounds = 0; rounds < 300; rounds++) {
          const page = await list({ order, limit, after });
          const last = page.at(-1);
          if (!last) break;
          seen.push(...page.map(({ id }) => id));
          after = { occurredAt: new Date(last.startedAt), id: last.id };
        }
        const wanted = oldestFirst.map(({ id }) => id);
        expect(seen).toEqual(order === 'asc' ? wanted : wanted.reverse());
      }
    },
  );

  it('is half-open: from is in, to is not', async () => {
    const [from, to] = [new Date(START + 5 * HOUR), new Date(START + 10 * HOUR)];
    expect((await list({ from, to })).map(({ startedAt }) => startedAt)).toEqual(Array.from({ length: 3 }, () => from.toISOString()));
    expect(await list({ from: to, to })).toEqual([]);
    expect(await list({ to: null })).toHaveLength(240);
  });

  it('is empty for another organization, whatever the query asks', async () => {
    expect(await database.inside(anOrganization(), (db) => listRecords(db, everything))).toEqual([]);
  });
});

describe('one record', () => {
  it('is found by its id, not before the beginning, and not by another organization', async () => {
    const record = expected[100]!;
    const get = (organization: string, from = new Date(0)) =>
      database.inside(organization, (db) => getRecord(db, organizationId, record.id, { from }));
    expect(await get(organizationId)).toMatchObject(record);
    expect(await get(organizationId, new Date(Date.parse(record.startedAt) + 1))).toBeNull();
    expect(await get(anOrganization())).toBeNull();
    expect(await database.inside(organizationId, (db) => getRecord(db, organizationId, randomUUID(), { from: new Date(0) }))).toBeNull();
  });
});

describe('plans', () => {
  const rare = randomUUID();
  /** A month of many calls: of the rare key under two names, so as two callers, and many of another. */
  beforeAll(async () => {
    await database.as('admin').query(
      `insert into audit_caller (organization_id, no, digest, actor_type, api_key_id)
       select $1, 1000 + n, sha256(n::text::bytea), 'apiKey', case when n < 2 then $2 else $3 end::uuid from generate_series(0, 2) n`,
      [organizationId, rare, keys[0]],
    );
    await database.as('admin').query(
      `insert into audit_log (organization_id, occurred_at, id, sequence, sequence_block, minute, route_no, caller_no, agent_no, status, ip, country, reason, key_fingerprint, path, duration_ms)
       select $1, at, gen_random_uuid(), 1000 + n, (1000 + n) / 128, extract(epoch from at) / 60, 1 + n % 5, case when n % 1000 = 0 then 1000 + n / 1000 % 2 else 1002 end, 1 + n % 4,
         200 + n % 7 * 50, '198.51.100.0'::inet + n % 200, (array['DE', 'FR', 'US'])[1 + n % 3], case when n % 9 = 0 then 'role' end, case when n % 50 = 0 then md5((n % 70)::text) end,
         '/v1/invoices/' || n % 5000, case when n % 100 = 0 then 2000 else n % 300 end
       from generate_series(1, 20000) as n, lateral (select timestamptz '2026-03-01Z' + n * interval '1 minute' as at) t`,
      [organizationId],
    );
    await database.as('admin').query('analyze audit_log');
  });

  /** The text of the plans of whatever the work asks. */
  async function plan(work: (db: Queryable) => Promise<unknown>): Promise<string> {
    return database.inside(organizationId, async (db) => {
      const texts: string[] = [];
      await db.query('set local enable_seqscan = off');
      await work({
        async query(sql, parameters) {
          if (!sql.startsWith('set ')) {
            const rows = await db.query(`explain ${sql}`, parameters);
            texts.push(rows.map((row) => String(row['QUERY PLAN'])).join('\n'));
          }
          return db.query(sql, parameters);
        },
      });
      return texts.join('\n');
    });
  }
  const partitions = (text: string): string[] => [...new Set(text.match(/audit_log_\d{4}_\d{2}(?=\s)|audit_log_default(?=\s)/g))].sort();

  it('of a list touch the months of its range, and use the key', async () => {
    const inMarch = { ...everything, limit: 50, from: new Date(Date.UTC(2026, 2, 2)), to: new Date(Date.UTC(2026, 2, 9)) };
    const text = await plan((db) => listRecords(db, inMarch));
    expect(partitions(text)).toEqual(['audit_log_2026_03']);
    expect(text).toContain('Index Scan');
    expect(text).not.toContain('Sort');
  });

  it.each([['desc', ['audit_log_2026_01']], ['asc', ['audit_log_2026_01', 'audit_log_2026_02']]] as const)('of a later page (%s) leave out the months that are read already', async (order, months) => {
    const after = { occurredAt: new Date(Date.UTC(2026, 0, 25)), id: randomUUID() };
    const range = { from: new Date(Date.UTC(2026, 0, 1)), to: new Date(Date.UTC(2026, 2, 1)) };
    expect(partitions(await plan((db) => listRecords(db, { ...everything, ...range, order, after })))).toEqual(months);
  }); // prettier-ignore

  const exactly = (...wanted: string[]): RecordMatcher[] => wanted.map((value) => ({ kind: 'exact', value }));
  const rarely: [string, Partial<Record<RecordCondition['field'], RecordMatcher[]>>, number | null][] = [
    ['caller_no_minute', { apiKeyId: exactly(randomUUID()) }, null],
    ['caller_no_route_no_minute', { service: exactly('none'), method: exactly('GET') }, null],
    ['caller_no_status_minute', { apiKeyId: exactly(keys[0]!), status: [{ kind: 'class', value: 5 }] }, null],
    ['status_minute', { status: [{ kind: 'number', value: 507 }] }, null],
    ['route_no_minute', { method: exactly('DELETE') }, null],
    ['route_no_status_minute', { route: exactly('/v1/none'), status: [{ kind: 'class', value: 5 }] }, null],
    ['ip_minute', { ip: [{ kind: 'addressRange', first: '192.0.2.9', last: '192.0.2.9' }] }, null],
    ['ip_minute', { ip: [{ kind: 'addressRange', first: '192.0.3.0', last: '192.0.3.255' }] }, null],
    ['agent_no_minute', { userAgent: [{ kind: 'contains', value: 'sqlmap' }] }, null],
    ['country_minute', { country: exactly('KP') }, null],
    ['reason_minute', { reason: exactly('ip_blocked') }, null],
    ['key_fingerprint_minute', { keyFingerprint: exactly('000000000000') }, null],
    ['minute_duration_ms', {}, 90_000],
    ['path', { path: exactly('/v1/invoices/inv_9') }, null],
    ['path', { path: [{ kind: 'prefix', value: '/wp-' }] }, null],
  ];
  it.each(rarely)('of what is rare use the index by %s, in the months of the range alone: %j', async (index, fields, minDurationMs) => {
    const conditions = Object.entries(fields).map(([field, anyOf]) => ({
      field: field as RecordCondition['field'],
      negated: false,
      anyOf,
    }));
    const range = { from: new Date(Date.UTC(2026, 2, 2)), to: new Date(Date.UTC(2026, 2, 20)) };
    const text = await plan((db) =>
      listRecords(
        db,
        { ...everything, ...range, limit: 10, filter: { ...everyRecord, minDurationMs, conditions } },
        { rare: 1, first: 1, longest: 1 },
      ),
    );
    expect(text).toContain(`using audit_log_2026_03_organization_id_${index}_idx`);
    expect(partitions(text)).toEqual(['audit_log_2026_03']);
  });

  it('of what no dictionary knows read no month at all', async () => {
    const conditions: RecordCondition[] = [{ field: 'method', negated: false, anyOf: exactly('PURGE') }];
    const text = await plan((db) => listRecords(db, { ...everything, filter: { ...everyRecord, conditions } }));
    expect(text).toContain('audit_route');
    expect(partitions(text)).toEqual([]);
  });

  it('of a path that is a route read the newest rows first, of any other its index', async () => {
    const first = async (path: string): Promise<string> => {
      const texts: string[] = [];
      const conditions: RecordCondition[] = [{ field: 'path', negated: false, anyOf: exactly(path) }];
      await database.inside(organizationId, (db) =>
        listRecords(
          { query: (sql, values) => (texts.push(sql), db.query(sql, values)) },
          { ...everything, filter: { ...everyRecord, conditions } },
        ),
      );
      return texts[1] ?? '';
    };
    expect(await first('/v1/invoices')).toMatch(/order by l\.occurred_at desc, l\.id desc limit/);
    expect(await first('/v1/invoices/inv_1')).toContain('few0 as materialized');
  });

  it('of one record, and of a filter by request id, touch the month of its id', async () => {
    const { id } = expected[10]!;
    const filter: RecordFilter = {
      ...everyRecord,
      conditions: [{ field: 'requestId', negated: false, anyOf: [{ kind: 'exact', value: id }] }],
    };
    expect(partitions(await plan((db) => getRecord(db, organizationId, id, { from: new Date(0) })))).toEqual(['audit_log_2026_01']);
    expect(
      partitions(await plan((db) => listRecords(db, { ...everything, from: new Date(0), to: new Date(Date.UTC(2026, 11, 1)), filter }))),
    ).toEqual(['audit_log_2026_01']);
  });

  it('of one key among many calls use its index', async () => {
    const filter: RecordFilter = { ...everyRecord, conditions: [{ field: 'apiKeyId', negated: false, anyOf: exactly(rare) }] };
    const march = { ...everything, from: new Date(Date.UTC(2026, 2, 1)), to: null, filter, limit: 15 };
    const text = await plan((db) => listRecords(db, march));
    expect(text).toMatch(/Index Scan[\w ]* using audit_log_2026_03_organization_id_caller_no_minute_idx/);
    expect(text).not.toMatch(/Scan[\w ]* using audit_log_2026_03_pkey/);
    const found = await list(march);
    expect(found.map(({ apiKeyId }) => apiKeyId)).toEqual(Array.from({ length: 15 }, () => rare));
    const last = found.at(-1)!;
    expect(await list({ ...march, after: { occurredAt: new Date(last.startedAt), id: last.id } })).toHaveLength(5);
  });
});
