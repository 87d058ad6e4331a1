/** The walls between organizations, asked of the catalogue of PostgreSQL: a table that somebody adds without one fails here. */
import { Client } from 'pg';
import { startTestApp, organizations, people, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

/** A connection as the product has it; `inside` the organization, or in none. */
async function asApp<T>(inside: string | null, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: t.db.url, options: '-c role=pinebill_app -c search_path=app' });
  await client.connect();
  try {
    await client.query('begin');
    if (inside !== null) await client.query(`set local app.organization_id = '${inside}'`);
    return await work(client);
  } finally {
    await client.end();
  }
}

type Table = { name: string; partition: boolean; walled: boolean; forced: boolean; policies: string[] | null; mine: string[] | null };

const tablesWithOrganization = () =>
  t.sql<Table>(`
    select c.relname as name, c.relispartition as partition, c.relrowsecurity as walled, c.relforcerowsecurity as forced,
      (select array_agg(coalesce(pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)) order by polname)
         from pg_policy p where p.polrelid = c.oid and 'pinebill_app'::regrole = any(p.polroles)) as policies,
      array(select privilege_type::text from aclexplode(c.relacl) where grantee in ('pinebill_app'::regrole, 0) order by 1) as mine
    from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname in ('organization', 'app_user')
        or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped))
    order by 1`);

describe('tables with rows of organizations', () => {
  it('have row-level security, forced, with policies that look at the organization of the transaction', async () => {
    const tables = (await tablesWithOrganization()).filter(({ partition }) => !partition);
    expect(tables.length).toBeGreaterThan(10);
    for (const { name, walled, forced, policies } of tables) {
      expect({ name, walled, forced }).toEqual({ name, walled: true, forced: true });
      // A quarantined record may have no readable organization; it gets in, and nobody but maintenance reads it.
      const others = (policies ?? []).filter((text) => !text.includes(`current_setting('app.organization_id'`));
      expect({ name, others }).toEqual({ name, others: name === 'audit_quarantine' ? ['true'] : [] });
      expect(policies?.length).toBeGreaterThan(0);
    }
  });

  it('show nothing at all to a transaction that names no organization', async () => {
    const tables = (await tablesWithOrganization()).filter(({ partition }) => !partition);
    await asApp(null, async (client) => {
      for (const { name } of tables) expect([name, (await client.query(`select 1 from ${name} limit 1`)).rowCount]).toEqual([name, 0]);
    });
  });

  it('show only the own organization to a query without any filter', async () => {
    await asApp(organizations.other, async (client) => {
      expect((await client.query('select id from organization')).rows).toEqual([{ id: organizations.other }]);
      expect((await client.query('select user_id from membership')).rows).toEqual([{ user_id: people.stranger.id }]);
      expect((await client.query('select id from app_user')).rows).toEqual([{ id: people.stranger.id }]);
    });
  });

  it('take no row into another organization, and let none be moved there', async () => {
    const insert = `insert into customer (organization_id, id, name, email, created_at, updated_at)
      values ('${organizations.home}', gen_random_uuid(), 'x', 'x@x.example', now(), now())`;
    await expect(asApp(organizations.other, (client) => client.query(insert))).rejects.toThrow('row-level security');
    const move = `update membership set organization_id = '${organizations.home}'`;
    await expect(asApp(organizations.other, (client) => client.query(move))).rejects.toThrow('row-level security');
  });

  it('grant nothing on a partition: it would be a way around the policy of its parent', async () => {
    const partitions = (await tablesWithOrganization()).filter(({ partition }) => partition);
    expect(partitions.length).toBeGreaterThan(3);
    for (const { name, mine } of partitions) expect([name, mine]).toEqual([name, []]);
    for (const { name } of partitions)
      await expect(asApp(organizations.home, (client) => client.query(`select 1 from ${name}`))).rejects.toThrow('permission denied');
  });
});

describe('what is written once', () => {
  it.each(['audit_log', 'activity', 'audit_quarantine'])(
    '%s can be added to and read, not changed, by the role of the product',
    async (table) => {
      const [found] = (await tablesWithOrganization()).filter(({ name }) => name === table);
      expect(found?.mine).toEqual(['INSERT', 'SELECT']);
      for (const sql of [
        `update ${table} set organization_id = null`,
        `delete from ${table}`,
        `truncate ${table}`,
        `drop table ${table}`,
      ]) {
        await expect(asApp(organizations.home, (client) => client.query(sql))).rejects.toThrow(/permission denied|must be owner/);
      }
    },
  );

  it('nobody but maintenance owns a table or may make one', async () => {
    const owners = await t.sql(`select distinct relowner::regrole::text as owner from pg_class
      where relnamespace = 'app'::regnamespace and relkind in ('r', 'p')`);
    expect(owners).toEqual([{ owner: 'pinebill_maintenance' }]);
    await expect(asApp(null, (client) => client.query('create table app.mine (a int)'))).rejects.toThrow('permission denied');
  });
});

describe('the doors before the organization is known', () => {
  const functions = () =>
    t.sql<{ name: string; definer: boolean; settings: string[] | null; anyone: boolean }>(`
      select proname as name, prosecdef as definer, proconfig as settings,
        coalesce((select bool_or(grantee = 0) from aclexplode(proacl)), true) as anyone
      from pg_proc where pronamespace = 'app'::regnamespace order by 1`);

  it('have a search path of their own, with temporary tables last, and are closed to everybody else', async () => {
    const found = await functions();
    expect(found.length).toBeGreaterThan(10);
    for (const { name, definer, settings, anyone } of found) {
      expect({ name, definer, settings, anyone }).toEqual({ name, definer: true, settings: ['search_path=app, pg_temp'], anyone: false });
    }
  });

  it('are not fooled by a temporary table of the same name', async () => {
    const rows = await asApp(null, async (client) => {
      await client.query('create temporary table organization (id uuid, is_home boolean)');
      await client.query(`insert into organization values ('${organizations.other}', true)`);
      return (await client.query('select home_organization() as id')).rows;
    });
    expect(rows).toEqual([{ id: organizations.home }]);
  });
});
