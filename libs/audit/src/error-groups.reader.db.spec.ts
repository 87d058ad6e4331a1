import { randomUUID } from 'node:crypto';
import type { Queryable } from './audit.types';
import { readErrorGroups, type ReadErrorGroups } from './error-groups.reader';
import { PostgresStore } from './postgres-store';
import { everyRecord, type RecordCondition, type RecordFilter } from './record-filter';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from './testing/audit-database';

let database: AuditDatabase;
let store: PostgresStore;
const organizationId = anOrganization();
const START = Date.UTC(2026, 0, 31, 22, 30);
const MINUTE = 60_000;
const [busy, quiet] = [randomUUID(), randomUUID()];

/** Many requests, few errors: every 200th, one a minute, and one of another key. */
beforeAll(async () => {
  database = await auditDatabase(__filename);
  store = new PostgresStore({ url: database.url });
  const records = Array.from({ length: 6_000 }, (_, index) =>
    aRecord({
      ...{ organizationId, startedAt: new Date(START + Math.floor(index / 200) * MINUTE).toISOString(), actorType: 'apiKey' },
      ...{ apiKeyId: index === 3_000 ? quiet : busy, status: index % 200 === 0 ? 404 : 200, reason: null },
    }),
  );
  const entries = records.map((record, index) => ({ offset: BigInt(index + 1), record }));
  await store.append({ journalId: randomUUID(), entries, upTo: BigInt(records.length) });
  await database.as('admin').query('analyze audit_log');
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const read: ReadErrorGroups = { organizationId, filter: everyRecord, from: new Date(START), to: new Date(START + 30 * MINUTE), mostGroups: 9, mostRows: 30, parts: 3, mostCallers: 2 }; // prettier-ignore

it('bounds what it reads by the errors, however many requests there are, and says from when on it has them', async () => {
  const at = (mostRows: number) => database.inside(organizationId, (db) => readErrorGroups(db, { ...read, mostRows }));
  expect(await at(30)).toMatchObject({ counted: 30, countedFrom: read.from, groups: [{ requests: 30, course: [10, 10, 10] }] });
  const total = { requests: 6_000, clientErrors: 30, serverErrors: 0 };
  expect(await at(12)).toMatchObject({ counted: 12, countedFrom: new Date(START + 18 * MINUTE), total, groups: [{ requests: 12, course: [0, 2, 10] }] }); // prettier-ignore
});

const ofKey: RecordCondition = { field: 'apiKeyId', negated: false, anyOf: [{ kind: 'exact', value: quiet }] };
it.each<[string, RecordFilter, number]>([
  ['everybody', everyRecord, 30],
  ['a key', { ...everyRecord, conditions: [ofKey] }, 1],
])('finds the errors of %s by an index of statuses and minutes, also behind the wall', async (_, filter, errors) => {
  const plans: string[] = [];
  await database.inside(organizationId, async (db) => {
    const query: Queryable['query'] = async (sql, values) => {
      if (sql.includes('l.status >= 400')) plans.push(JSON.stringify(await db.query(`explain (format json) ${sql}`, values)));
      return db.query(sql, values);
    };
    expect((await readErrorGroups({ query }, { ...read, filter })).counted).toBe(errors);
  });
  const conditions = plans.map(
    (plan) => /audit_log_2026_01_organization_id_\w*status_minute_idx.*?Index Cond\\?":\\?"(.*?)"/.exec(plan)?.[1],
  );
  expect(conditions).toEqual([expect.stringMatching(/status >= 400.*minute >= \d+.*minute <= \d+/)]);
});
