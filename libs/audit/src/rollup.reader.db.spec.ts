import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { AuditRecord } from './audit.types';
import { MOST_ADDRESSES } from './rollup-shape';
import { PostgresStore } from './postgres-store';
import { readRollup, type ReadRollup, type RollupGroup, type RollupLine } from './rollup.reader';
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

const START = Date.UTC(2026, 0, 31, 23, 30); // over the turn of a month
const MINUTE = 60_000;
const keys = [randomUUID(), randomUUID()];
const durations = [0, 0.5, 1, 1.01, 4, 35, 36, 99, 480, 9_999, 60_000, null];
const aCall = fc.record({
  at: fc.integer({ min: 0, max: 90 * MINUTE }),
  apiKeyId: fc.constantFrom(...keys, null),
  apiKeyName: fc.constantFrom('Old name', 'New name'), // one key, two callers
  route: fc.constantFrom('/v1/invoices', '/v1/invoices/{id}', null),
  method: fc.constantFrom('GET', 'POST', null),
  status: fc.constantFrom(200, 201, 404, 429, 500, 503, null),
  country: fc.constantFrom('DE', 'FR', null),
  ip: fc.constantFrom('192.0.2.7', '2001:db8::1', null),
  durationMs: fc.constantFrom(...durations),
  responseBytes: fc.constantFrom(0, 312, 5_000_000_000, null),
  kind: fc.constantFrom('request', 'request', 'request', 'gap' as const),
});

async function stored(records: readonly AuditRecord[], batch: number): Promise<void> {
  const journalId = randomUUID();
  for (let at = 0; at < records.length; at += batch) {
    const entries = records.slice(at, at + batch).map((record, index) => ({ offset: BigInt(at + index + 1), record }));
    await store.append({ journalId, entries, upTo: BigInt(at + batch) });
  }
}
const read = (organizationId: string, change: Partial<ReadRollup> = {}): Promise<RollupLine[]> => {
  const all: ReadRollup = {
    organizationId, groupBy: 'status', from: new Date(START), to: new Date(START + 91 * MINUTE), intervalMinutes: 30, ...change,
  }; // prettier-ignore
  return database.inside(organizationId, (db) => readRollup(db, all));
};

type Count = Pick<RollupLine, 'requests' | 'clientErrors' | 'serverErrors' | 'bytesOut'>;
const named = (group: string | null, from: number): string => `${group} ${new Date(from).toISOString()}`;
/** The same once more, from the records. */
function recount(records: readonly AuditRecord[], groupBy: RollupGroup, intervalMinutes: number): Record<string, Count> {
  const counts: Record<string, Count> = {};
  for (const record of records.filter(({ kind }) => kind === 'request')) {
    const interval = intervalMinutes * MINUTE;
    const from = Math.floor(Date.parse(record.startedAt) / interval) * interval;
    const value = record[groupBy];
    const count = (counts[named(value === null ? null : String(value), from)] ??= { requests: 0, clientErrors: 0, serverErrors: 0, bytesOut: 0 }); // prettier-ignore
    count.requests++;
    count.bytesOut += record.responseBytes ?? 0;
    const family = Math.floor((record.status ?? 0) / 100);
    if (family === 4) count.clientErrors++;
    if (family === 5) count.serverErrors++;
  }
  return counts;
}

it('counts what a recount of the records counts, however they were cut into batches', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aCall, { maxLength: 60 }), fc.integer({ min: 1, max: 60 }), fc.constantFrom(1, 30, 60), async (calls, batch, intervalMinutes) => {
      const organizationId = anOrganization();
      const records = calls.map(({ at, ...call }) => aRecord({ ...call, organizationId, startedAt: new Date(START + at).toISOString() }));
      await stored(records, batch);
      for (const groupBy of ['apiKeyId', 'route', 'status', 'country', 'ip'] as const) {
        const lines = await read(organizationId, { groupBy, intervalMinutes });
        const found = lines.map(({ group, from, requests, clientErrors, serverErrors, bytesOut }) => [named(group, from.getTime()), { requests, clientErrors, serverErrors, bytesOut }]); // prettier-ignore
        expect({ groupBy, lines: Object.fromEntries(found) as unknown }).toEqual({ groupBy, lines: recount(records, groupBy, intervalMinutes) });
        expect(lines).toHaveLength(found.length);
      }
    }),
    { numRuns: 25 },
  ); // prettier-ignore
});

it('tells durations right to the step of its histogram', async () => {
  const organizationId = anOrganization();
  const at = new Date(START).toISOString();
  // 100 calls of 1 to 100 ms, two that took long, one that never ended.
  const took = [...Array.from({ length: 100 }, (_, index) => index + 1), 20_000, 20_000, null];
  await stored(took.map((durationMs) => aRecord({ organizationId, startedAt: at, durationMs })), 50); // prettier-ignore
  const [line] = await read(organizationId);
  expect(line?.requests).toBe(103);
  expect(line?.p50Ms).toBeCloseTo(51, 5);
  expect(line?.p95Ms).toBeCloseTo(96.9, 5);
  expect(line?.p99Ms).toBe(10_000); // at least
  const unended = anOrganization();
  await stored([aRecord({ organizationId: unended, startedAt: at, durationMs: null })], 1);
  expect(await read(unended)).toMatchObject([{ requests: 1, p50Ms: null, p95Ms: null, p99Ms: null }]);
});

it('tells the most frequent addresses of a flood apart and counts the others together', async () => {
  const organizationId = anOrganization();
  const startedAt = new Date(START).toISOString();
  const flood = Array.from({ length: 600 }, (_, index) => aRecord({ organizationId, startedAt, ip: `10.0.${index >> 8}.${index & 255}` }));
  const busy = Array.from({ length: 300 }, () => aRecord({ organizationId, startedAt, ip: '192.0.2.7' }));
  await stored([...flood, ...busy], 1_000);
  const lines = await read(organizationId, { groupBy: 'ip' });
  expect(lines).toHaveLength(MOST_ADDRESSES + 1);
  expect(lines.find(({ group }) => group === '192.0.2.7')?.requests).toBe(300);
  expect(lines.find(({ group }) => group === '*')?.requests).toBe(601 - MOST_ADDRESSES);
  expect(lines.reduce((sum, { requests }) => sum + requests, 0)).toBe(900);
});

it('counts nothing of a batch that was rolled back, nothing twice, and nothing of another organization', async () => {
  const organizationId = anOrganization();
  const [good, bad] = [aRecord({ organizationId, startedAt: new Date(START).toISOString() }), aRecord({ organizationId, ip: 'none' })];
  const batch = { journalId: randomUUID(), entries: [{ offset: 1n, record: good }], upTo: 1n };
  await expect(store.append({ ...batch, entries: [...batch.entries, { offset: 2n, record: bad }], upTo: 2n })).rejects.toThrow('inet');
  expect(await read(organizationId)).toEqual([]);
  await store.append(batch);
  await store.append(batch);
  expect(await read(organizationId)).toMatchObject([{ group: '200', requests: 1, bytesOut: 312 }]);
  expect(await database.inside(anOrganization(), (db) => db.query('select 1 from audit_rollup'))).toEqual([]);
});
