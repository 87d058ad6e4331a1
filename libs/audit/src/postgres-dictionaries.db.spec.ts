import { randomUUID } from 'node:crypto';
import { listRecords, type ListRecords } from './audit.reader';
import { BadRecordError, type AuditRecord } from './audit.types';
import { LONGEST_AGENT, MOST_AGENTS, MOST_NEW_AGENTS } from './postgres-dictionaries';
import { PostgresStore } from './postgres-store';
import { everyRecord } from './record-filter';
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

const append = (records: readonly AuditRecord[], by = store): Promise<unknown> =>
  by.append({
    journalId: randomUUID(),
    entries: records.map((record, at) => ({ offset: BigInt(at), record })),
    upTo: BigInt(records.length),
  });
const read = (organizationId: string): Promise<AuditRecord[]> => {
  const all: ListRecords = { organizationId, filter: everyRecord, order: 'asc', limit: 100_000, after: null, from: new Date(0), to: null };
  return database.inside(organizationId, (db) => listRecords(db, all));
};
const count = async (table: string, organizationId: string): Promise<number> => {
  const sql = `select count(*)::int as count from ${table} where organization_id = $1`;
  return (await database.as('admin').query<{ count: number }>(sql, [organizationId])).rows[0]!.count;
};
const byId = (records: readonly AuditRecord[]): Record<string, string | null> =>
  Object.fromEntries(records.map(({ id, actorName, userAgent }) => [id, `${actorName} ${userAgent}`]));

it('keeps one entry for what repeats, and the names of the moment for each record', async () => {
  const organizationId = anOrganization();
  const named = (actorName: string | null) => aRecord({ organizationId, actorName });
  const records = [named('Production API'), named('Production API'), named('Renamed'), named(null), named('')];
  await append(records.slice(0, 2));
  await append(records.slice(2));
  expect(await count('audit_caller', organizationId)).toBe(4);
  expect(await count('audit_route', organizationId)).toBe(1);
  expect(await count('audit_agent', organizationId)).toBe(1);
  expect(byId(await read(organizationId))).toEqual(byId(records));
});

it('tells callers apart whatever their names contain', async () => {
  const organizationId = anOrganization();
  const names = ['a","b', 'a', 'b', 'null', '\u0001', 'é\u2028', 'x'.repeat(20_000)];
  const records = names.flatMap((actorName, at) => [
    aRecord({ organizationId, actorName, apiKeyName: null }),
    aRecord({ organizationId, actorName: null, apiKeyName: actorName, service: names.at(-at) ?? null }),
  ]);
  await append(records);
  const found = new Map((await read(organizationId)).map((record) => [record.id, record]));
  for (const record of records) expect(found.get(record.id)).toMatchObject(record);
});

it('gives the same numbers from two processes that ship at once', async () => {
  const organizationId = anOrganization();
  const other = new PostgresStore({ url: database.url });
  const some = () =>
    Array.from({ length: 40 }, (_, at) =>
      aRecord({ organizationId, actorName: `Key ${at}`, userAgent: `agent/${at}`, route: `/v1/${at}` }),
    );
  const batches = Array.from({ length: 8 }, some);
  await Promise.all(batches.map((records, at) => append(records, at % 2 === 0 ? store : other)));
  await other.close();
  expect(await count('audit_caller', organizationId)).toBe(40);
  expect(await count('audit_agent', organizationId)).toBe(40);
  expect(byId(await read(organizationId))).toEqual(byId(batches.flat()));
});

it('keeps no number of a batch that was rolled back', async () => {
  const organizationId = anOrganization();
  const refused = [aRecord({ organizationId, actorName: 'Refused' }), aRecord({ organizationId, actorName: 'Refused', ip: 'no address' })];
  await expect(append(refused)).rejects.toThrow(BadRecordError);
  expect(await count('audit_caller', organizationId)).toBe(0);
  const records = [aRecord({ organizationId, actorName: 'First' }), aRecord({ organizationId, actorName: 'Refused' })];
  await append(records);
  expect(byId(await read(organizationId))).toEqual(byId(records));
});

it('keeps what is too long, or more than a batch or a month may add, in the row, and stops growing', async () => {
  const organizationId = anOrganization();
  const agents = (many: number) => Array.from({ length: many }, () => aRecord({ organizationId, userAgent: `flood/${randomUUID()}` }));
  const [flood, long] = [agents(1_000), aRecord({ organizationId, userAgent: 'x'.repeat(LONGEST_AGENT + 1) })];
  await append([...flood, long]);
  expect(await count('audit_agent', organizationId)).toBe(MOST_NEW_AGENTS);
  await database.as('admin').query(
    `insert into audit_agent select organization_id, 1000 + n, month, 1, sha256(n::text::bytea), n::text
     from (select * from audit_agent where organization_id = $1 limit 1) a, generate_series(1, $2) n`,
    [organizationId, MOST_AGENTS - MOST_NEW_AGENTS - 10],
  );
  const more = agents(200);
  await append(more);
  await append([...more, flood[0]!].map((record) => ({ ...record, id: aRecord().id })));
  expect(await count('audit_agent', organizationId)).toBe(MOST_AGENTS);
  const found = (await read(organizationId)).map(({ userAgent }) => userAgent).sort();
  expect(found).toEqual([...flood, long, ...more, ...more, flood[0]!].map(({ userAgent }) => userAgent).sort());
});

it('begins the user agents anew each month', async () => {
  const organizationId = anOrganization();
  await append([aRecord({ organizationId })]);
  await database.as('admin').query('update audit_agent set month = month - 1 where organization_id = $1', [organizationId]);
  await append([aRecord({ organizationId }), aRecord({ organizationId })]);
  const sql = 'select no, since_sequence::int as since from audit_agent where organization_id = $1 order by no';
  expect((await database.as('admin').query(sql, [organizationId])).rows).toEqual([{ no: 1, since: 1 }, { no: 2, since: 2 }]); // prettier-ignore
});

it('shows the entries of one organization to that one', async () => {
  const [mine, theirs] = [anOrganization(), anOrganization()];
  await append([aRecord({ organizationId: mine }), aRecord({ organizationId: theirs })]);
  for (const table of ['audit_caller', 'audit_route', 'audit_agent', 'audit_record']) {
    const seen = await database.inside(mine, (db) => db.query(`select distinct organization_id from ${table}`));
    expect([table, seen]).toEqual([table, [{ organization_id: mine }]]);
  }
});
