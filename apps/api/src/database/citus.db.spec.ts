/** Rules 1 and 2 of the log's tables, so that they can be distributed by organization (Citus): asked of the catalogue, after all migrations. */
import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

/** Belong to processes, not to organizations: small, and the same on every node. */
const ofProcesses = ['audit_journal', 'audit_watermark'];
/** Keys without the organization, and why. */
const exceptions: Record<string, string> = {
  audit_quarantine_pkey: 'A record whose organization cannot be read is kept as well; its place in a journal is all that it has.',
};

const logTables = async () =>
  (
    await t.sql<{ name: string }>(`select relname as name from pg_class
      where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') and relname like 'audit\\_%' order by 1`)
  ).map(({ name }) => name);

it('every primary key and unique index of the log has the organization', async () => {
  const without = await t.sql<{ index: string }>(
    `select c.relname as index from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class r on r.oid = i.indrelid
     where i.indisunique and r.relname = any($1) and r.relname <> all($2) and not exists (
       select from pg_attribute a where a.attrelid = i.indrelid and a.attname = 'organization_id' and a.attnum = any(i.indkey)) order by 1`,
    [await logTables(), ofProcesses],
  );
  expect(without.map(({ index }) => index)).toEqual(Object.keys(exceptions));
});

it('no table of the log has a trigger or a foreign key, nor does one point at it', async () => {
  const tables = await logTables();
  expect(tables.length).toBeGreaterThan(10);
  const triggers = await t.sql(`select tgname from pg_trigger where tgrelid::regclass::text = any($1)`, [tables]);
  const keys = await t.sql(
    `select conname from pg_constraint where contype = 'f' and (conrelid::regclass::text = any($1) or confrelid::regclass::text = any($1))`,
    [tables],
  );
  expect([triggers, keys]).toEqual([[], []]);
});

it('the log is partitioned by time, under the key of organization, time and id', async () => {
  const [key] = await t.sql(`select pg_get_partkeydef('audit_log'::regclass) as range, pg_get_indexdef('audit_log_pkey'::regclass) as key`);
  expect(key).toEqual({ range: 'RANGE (occurred_at)', key: expect.stringContaining('(organization_id, occurred_at, id)') });
});
