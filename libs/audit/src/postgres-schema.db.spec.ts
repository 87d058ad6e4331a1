import { randomUUID } from 'node:crypto';
import { ensurePartitions, isLogHeld } from './postgres-partitions';
import { PostgresStore, pgQueryable } from './postgres-store';
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

const maintenance = () => pgQueryable(database.as('pinebill_maintenance'));
async function storedAt(organizationId: string, ...times: string[]): Promise<void> {
  const entries = times.map((startedAt, at) => ({ offset: BigInt(at + 1), record: aRecord({ organizationId, startedAt }) }));
  await store.append({ journalId: randomUUID(), entries, upTo: BigInt(times.length) });
}
const places = async (organizationId: string): Promise<Record<string, unknown>[]> =>
  (
    await database
      .as('admin')
      .query<Record<string, unknown>>(
        'select tableoid::regclass::text as place from audit_log where organization_id = $1 order by occurred_at',
        [organizationId],
      )
  ).rows;

describe('row-level security', () => {
  it.each(['audit_log', 'audit_head'])('shows the rows of one organization in %s, although the query names none', async (table) => {
    const [mine, theirs] = [anOrganization(), anOrganization()];
    await storedAt(mine, '2026-01-10T00:00:00.000Z');
    await storedAt(theirs, '2026-01-10T00:00:00.000Z');
    const seen = await database.inside(mine, (db) => db.query(`select organization_id from ${table}`));
    expect(seen).toEqual([{ organization_id: mine }]);
  });

  it('shows nothing where no organization is set, also on a connection that had one', async () => {
    const mine = anOrganization();
    await storedAt(mine, '2026-01-10T00:00:00.000Z');
    const client = await database.as('pinebill_app').connect();
    await client.query('begin');
    await client.query(`set local app.organization_id = '${mine}'`);
    expect((await client.query('select 1 from audit_log')).rowCount).toBe(1);
    await client.query('commit');
    expect((await client.query('select 1 from audit_log')).rowCount).toBe(0);
    client.release();
  });

  it('takes no row for another organization', async () => {
    const insert = `insert into audit_head (organization_id, sequence) values ('${anOrganization()}', 1)`;
    await expect(database.inside(anOrganization(), (db) => db.query(insert))).rejects.toThrow('row-level security');
  });

  it('lets the maintenance role see every row', async () => {
    await storedAt(anOrganization(), '2026-01-10T00:00:00.000Z');
    const [row] = await maintenance().query('select count(distinct organization_id)::int as organizations from audit_log');
    expect(row?.['organizations']).toBeGreaterThan(2);
  });
});

describe('append-only', () => {
  type Relation = { name: string; partition: boolean };
  /** Asked of the catalogue, so that no new table is forgotten: all but those that keep account. */
  const appendOnly = async (): Promise<Relation[]> => {
    const accounts = ['audit_head', 'audit_watermark', 'audit_journal', 'audit_intent', 'audit_rollup'];
    const sql = `select relname as name, relispartition as partition from pg_class
      where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') and relname <> all($1) order by 1`;
    return (await database.as('admin').query<Relation>(sql, [accounts])).rows;
  };

  it('the application may not update, delete or truncate', async () => {
    const tables = await appendOnly();
    const names = ['audit_agent', 'audit_caller', 'audit_log', 'audit_quarantine', 'audit_route'];
    expect(tables.filter(({ partition }) => !partition).map(({ name }) => name)).toEqual(names);
    for (const { name } of tables) {
      for (const statement of [`update ${name} set organization_id = organization_id`, `delete from ${name}`, `truncate ${name}`]) {
        const tried = database.inside(anOrganization(), (db) => db.query(statement)).then(() => 'done', String);
        expect([statement, await tried]).toEqual([statement, expect.stringContaining('permission denied')]);
      }
    }
  });

  it('the application reaches partitions only through the parent, where the policy is', async () => {
    const partitions = (await appendOnly()).filter(({ partition }) => partition);
    expect(partitions.length).toBeGreaterThan(3);
    for (const { name } of partitions) {
      for (const statement of [`select 1 from ${name}`, `insert into ${name} select * from audit_log`]) {
        await expect(database.inside(anOrganization(), (db) => db.query(statement))).rejects.toThrow('permission denied');
      }
    }
  });

  it.each(['delete from audit_head', 'delete from audit_rollup', 'delete from audit_watermark', 'delete from audit_journal'])(
    'the application may not: %s',
    async (statement) => {
      await expect(database.inside(anOrganization(), (db) => db.query(statement))).rejects.toThrow('permission denied');
    },
  );
});

describe('months', () => {
  const strayRows = async () => (await maintenance().query('select 1 from audit_log_default')).length;

  it('are made once, in the past and over the turn of a year', async () => {
    const from = new Date(Date.UTC(2024, 10, 17));
    expect(await ensurePartitions(maintenance(), from, 4)).toEqual([
      'audit_log_2024_11',
      'audit_log_2024_12',
      'audit_log_2025_01',
      'audit_log_2025_02',
    ]);
    expect(await ensurePartitions(maintenance(), from, 4)).toEqual([]);
    const organizationId = anOrganization();
    await storedAt(organizationId, '2024-12-31T23:59:59.999Z', '2025-01-01T00:00:00.000Z');
    expect(await places(organizationId)).toEqual([{ place: 'audit_log_2024_12' }, { place: 'audit_log_2025_01' }]);
  });

  it('can be made by several processes at once', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => ensurePartitions(maintenance(), new Date(Date.UTC(2031, 0, 1)), 3)));
    expect(new Set(made.flat())).toEqual(new Set(['audit_log_2031_01', 'audit_log_2031_02', 'audit_log_2031_03']));
  });

  it('that do not exist lose nothing: their rows wait in the default partition and move when the month is made', async () => {
    const organizationId = anOrganization();
    await storedAt(organizationId, '2029-05-31T12:00:00.000Z', '2029-06-01T12:00:00.000Z');
    expect(await places(organizationId)).toEqual([{ place: 'audit_log_default' }, { place: 'audit_log_default' }]);
    expect(await strayRows()).toBe(2);
    await ensurePartitions(maintenance(), new Date(Date.UTC(2029, 4, 1)), 1);
    expect(await places(organizationId)).toEqual([{ place: 'audit_log_2029_05' }, { place: 'audit_log_default' }]);
    await ensurePartitions(maintenance(), new Date(Date.UTC(2029, 5, 1)), 1);
    expect(await strayRows()).toBe(0);
    expect(await database.inside(organizationId, (db) => db.query('select 1 as here from audit_log'))).toHaveLength(2);
  });

  it('wait for a long reader of the log briefly, keep nobody else from it, and are made when it has gone', async () => {
    const organizationId = anOrganization();
    await storedAt(organizationId, '2033-05-05T12:00:00.000Z');
    const dump = await database.as('admin').connect();
    await dump.query('begin; lock table app.audit_log in access share mode'); // as pg_dump does
    const from = new Date(Date.UTC(2033, 4, 1));
    const failure = await ensurePartitions(maintenance(), from, 1).then(
      () => null,
      (error: unknown) => error,
    );
    expect(isLogHeld(failure)).toBe(true);
    // Nothing is left of it, and nobody waits: the rows can be read and added to.
    await storedAt(organizationId, '2033-05-06T12:00:00.000Z');
    expect(await places(organizationId)).toEqual([{ place: 'audit_log_default' }, { place: 'audit_log_default' }]);
    await dump.query('rollback');
    dump.release();
    expect(await ensurePartitions(maintenance(), from, 1)).toEqual(['audit_log_2033_05']);
    expect(await places(organizationId)).toEqual([{ place: 'audit_log_2033_05' }, { place: 'audit_log_2033_05' }]);
  });

  it('have the indexes of the parent', async () => {
    await ensurePartitions(maintenance(), new Date(Date.UTC(2027, 0, 1)), 1);
    const rows = await maintenance().query(`select indexdef from pg_indexes where tablename = 'audit_log_2027_01'`);
    const found = rows.map(({ indexdef }) => String(indexdef).replace(/.* USING /, ''));
    expect(found.sort()).toEqual([
      'btree (organization_id, agent_no, minute)',
      'btree (organization_id, caller_no, minute)',
      'btree (organization_id, caller_no, route_no, minute)',
      'btree (organization_id, caller_no, status, minute) WHERE (status >= 400)',
      'btree (organization_id, country, minute) WHERE (country IS NOT NULL)',
      'btree (organization_id, ip, minute)',
      'btree (organization_id, key_fingerprint, minute) WHERE (key_fingerprint IS NOT NULL)',
      'btree (organization_id, minute, duration_ms) WHERE (duration_ms >= (1000)::double precision)',
      'btree (organization_id, occurred_at, id)',
      'btree (organization_id, path COLLATE "C")',
      'btree (organization_id, reason, minute) WHERE (reason IS NOT NULL)',
      'btree (organization_id, route_no, minute)',
      'btree (organization_id, route_no, status, minute) WHERE (status >= 400)',
      'btree (organization_id, sequence_block)',
      'btree (organization_id, status, minute)',
    ]);
  });
});
