/** The walls between organizations, asked of the catalogue of PostgreSQL: a table that somebody adds without one fails here. */
import { request } from 'node:http';
import { forgedAddresses } from '@pinebill/testing';
import { Client } from 'pg';
import { parseId, typeId } from '../platform/ids';
import { KeyCheckCounts } from '../platform/key-check-counts';
import { startTestApp, organizations, people, type TestApp } from '../testing/test-app';
import { holesInTheWalls, ownedOtherwise } from '../testing/walls';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const sql = async (text: string) => ({ rows: await t.sql<{ hole: string }>(text) });

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
  t.sql<Table>(
    `
    select c.relname as name, c.relispartition as partition, c.relrowsecurity as walled, c.relforcerowsecurity as forced,
      (select array_agg(coalesce(pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)) order by polname)
         from pg_policy p where p.polrelid = c.oid and 'pinebill_app'::regrole = any(p.polroles)) as policies,
      array(select privilege_type::text from aclexplode(c.relacl) where grantee in ('pinebill_app'::regrole, 0) order by 1) as mine
    from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname = any($1)
        or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped))
    order by 1`,
    [ownedOtherwise],
  );

describe('the walls', () => {
  it('have no hole', async () => {
    expect(await holesInTheWalls(sql)).toEqual([]);
  });

  const hole = 'create table app.forgotten (organization_id uuid not null, id uuid)';
  const walled = `${hole}; alter table app.forgotten enable row level security; alter table app.forgotten force row level security`;
  const mine = `organization_id = nullif(current_setting('app.organization_id', true), '')::uuid`;
  const sabotages: [sabotage: string, hole: string][] = [
    [hole, 'forgotten has no row-level security'],
    [hole, 'forgotten does not force'],
    [hole, 'forgotten has no policy for pinebill_app'],
    [hole.replaceAll('app.', 'public.'), 'forgotten stands outside the schema app'],
    [`${walled}; create policy open on app.forgotten to public using (true)`, 'forgotten.open does not look'],
    [`${walled}; create policy half on app.forgotten to pinebill_app using (${mine}) with check (true)`, 'forgotten.half lets rows of any'],
    ['alter table app.customer no force row level security', 'customer does not force'],
    ['alter table app.invoice disable row level security', 'invoice has no row-level security'],
    ['drop policy tenant on app.api_key', 'api_key has no policy for pinebill_app'],
    ['alter policy tenant on app.app_user using (true)', 'app_user.tenant does not look'],
    ['grant select on app.audit_log_default to pinebill_app', 'audit_log_default is a partition with a grant'],
    ['grant select (path) on app.audit_log_default to public', 'audit_log_default is a partition with a grant'],
    ['grant select on app.customer to public', 'customer is granted to everybody'],
    ['create view app.everyone as select * from app.app_user', 'everyone is a view without security_invoker'],
    ['alter view app.audit_record set (security_invoker = false)', 'audit_record is a view without security_invoker'],
    ['create materialized view app.everything as select * from app.customer', 'everything is a materialized view'],
    ['alter function app.key_by_hash(bytea) reset search_path', 'key_by_hash is a security definer without a search path'],
    ['alter function app.key_by_hash(bytea) set search_path = app', 'key_by_hash is a security definer without a search path'],
    ['grant execute on function app.key_by_hash(bytea) to public', 'key_by_hash can be executed by everybody'],
    ['create function app.open() returns int language sql as $$ select 1 $$', 'open can be executed by everybody'],
    ['alter table app.customer owner to pinebill_app', 'customer belongs to pinebill_app'],
    ['grant pinebill_maintenance to pinebill_app', 'pinebill_app may do more'],
    ['alter role pinebill_app bypassrls', 'pinebill_app may do more'],
  ];
  it.each(sabotages.map(([sabotage, expected]) => [expected, sabotage]))('would show that %s', async (expected, sabotage) => {
    const client = new Client({ connectionString: t.db.url, options: '-c lock_timeout=5s' });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(sabotage);
      expect(await holesInTheWalls((text) => client.query(text))).toContainEqual(expect.stringContaining(expected));
    } finally {
      await client.end();
    }
  });
});

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

/** What the product may change, and why; every other table it can only add to. */
const changeable = [
  ...['organization', 'app_user', 'membership', 'user_session', 'invitation', 'api_key', 'customer', 'invoice', 'idempotency'], // the state of things
  ...['service', 'team'], // the lists that people keep
  ...['second_factor', 'recovery_code', 'identity_link'], // how people prove who they are
  ...['audit_head', 'audit_watermark', 'audit_journal', 'audit_intent', 'audit_rollup'], // how far recording has come, and its sums
  ...['api_key_use', 'api_key_hour', 'api_key_caller', 'api_key_use_head'], // sums of the log, and how far they go
  ...['rate_limit_bucket', 'rate_limit_process'], // what is used of limits just now
  ...['saved_view', 'saved_view_default'], // what people keep of the log's lists
  ...['incident', 'incident_subject', 'incident_caller', 'incident_follow_up', 'incident_number', 'incident_template'], // how far an incident is, and how its report is made
  ...['export', 'export_schedule', 'export_delivery'], // how far the work is, and what became of it
  ...['alert_rule', 'alert_rule_count', 'alert'], // what is watched, how far that is, and who sees to what it found
  ...['channel', 'notification'], // where alerts go, and how far what is told to them has come
  ...['detection_cursor', 'detection_state', 'detection_setting', 'finding', 'normal_usage'], // how far detection has come, what it found, and what people say of it
  ...['archive'], // how far it is written, and whether it was found right
  ...['hold'], // what must stay, until it is let go
  ...['weekly_review'], // whether it is signed
  ...['leak_report'], // how often it came, and what became of it
  ...['maintenance', 'job_outcome', 'api_process'], // what operators ordered, how jobs ended, and which processes live
];
const readOnly = ['installation', 'migration', 'purge_certificate', 'purge_progress', 'revocation_process'];
/** Reached through functions alone, or by the purge. */
const behindDoors = ['throttle', 'sign_in_network', 'purge_clock'];

describe('what is written once', () => {
  type Relation = { name: string; partition: boolean; mine: string[] };
  const relations = () =>
    t.sql<Relation>(`select relname as name, relispartition as partition,
      array(select privilege_type::text from aclexplode(relacl) where grantee in ('pinebill_app'::regrole, 0) order by 1) as mine
      from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') order by 1`);
  const verbs = (table: string): string[] => [
    // The keys of exports are the installation's.
    `update ${table} set ${table === 'export_signing_key' ? 'id = id' : 'organization_id = organization_id'}`,
    `delete from ${table}`,
    `truncate ${table}`,
    `drop table ${table}`,
  ];

  it('can be added to and read, not changed, by the role of the product: every table that is not said to change', async () => {
    const found = (await relations()).filter(({ name }) => ![...changeable, ...readOnly, ...behindDoors].includes(name));
    const tables = found.filter(({ partition }) => !partition).map(({ name }) => name);
    expect(tables).toEqual([
      'activity',
      'alert_event',
      'audit_agent',
      'audit_caller',
      'audit_log',
      'audit_quarantine',
      'audit_route',
      'delivery_attempt',
      'detection_profile',
      'detection_step',
      'export_signing_key',
      'finding_severity',
      'incident_event',
      'incident_evidence',
      'incident_note',
      'incident_step',
      'key_reminder',
      'mail_outbox',
      'password_reset',
      'review',
    ]);
    expect(found.length).toBeGreaterThan(tables.length + 3);
    for (const { name, partition, mine } of found) {
      expect([name, mine]).toEqual([name, partition ? [] : ['INSERT', 'SELECT']]);
      for (const sql of verbs(name)) {
        const tried = asApp(organizations.home, (client) => client.query(sql)).then(() => 'done', String);
        expect([sql, await tried]).toEqual([sql, expect.stringMatching(/permission denied|must be owner/)]);
      }
    }
  });

  it('is reached through the parent only: no partition can be read or added to', async () => {
    const partitions = (await relations()).filter(({ partition }) => partition);
    expect(partitions.map(({ name }) => name)).toContain('audit_log_default');
    for (const { name } of partitions) {
      for (const sql of [`select 1 from ${name}`, `insert into ${name} select * from audit_log`]) {
        await expect(asApp(organizations.home, (client) => client.query(sql))).rejects.toThrow('permission denied');
      }
    }
  });

  it('is not touched at all where a function is the only way', async () => {
    const mine = (await relations()).filter(({ name }) => behindDoors.includes(name)).map((relation) => relation.mine);
    expect(mine).toEqual(behindDoors.map(() => []));
  });

  it('is not changed through the view either', async () => {
    for (const sql of [...verbs('audit_record'), 'insert into audit_record (id) values (gen_random_uuid())']) {
      await expect(asApp(organizations.home, (client) => client.query(sql))).rejects.toThrow(
        /permission denied|must be owner|cannot|not a/,
      );
    }
  });

  it('no list here names a table that is gone', async () => {
    const names = (await relations()).map(({ name }) => name);
    expect([...changeable, ...readOnly, ...behindDoors].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('nobody but maintenance owns a table or may make one', async () => {
    const owners = await t.sql(`select distinct relowner::regrole::text as owner from pg_class
      where relnamespace = 'app'::regnamespace and relkind in ('r', 'p', 'v')`);
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
      const paths = settings?.filter((setting) => !setting.startsWith('lock_timeout='));
      expect({ name, definer, paths, anyone }).toEqual({ name, definer: true, paths: ['search_path=app, pg_temp'], anyone: false });
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

describe('a key that works from certain networks only', () => {
  /** As it goes over the wire: several lines of one header, and bytes beyond ASCII. */
  const callWith = (lines: readonly string[], secret: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]).flat();
      const headers = ['Host', 'h', 'Authorization', `Bearer ${secret}`, ...pairs].map((text) => Buffer.from(text).toString('latin1'));
      const sent = request(`${t.url}/v1/invoices`, { headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      sent.on('error', reject).end();
    });

  it('does not work for whoever claims to be there, and the record tells where they are', async () => {
    const networks = ['203.0.113.0/24', '10.0.0.0/8', '2001:db8::/32', '192.168.0.0/16', '::/128'];
    const body = { name: 'From far away', scopes: ['invoices:read'], allowedCidrs: networks };
    const { id, secret } = (await t.call('/v1/api-keys', { as: 'admin', body })).json;
    const statuses = await Promise.all(forgedAddresses.map((lines) => callWith(lines, secret)));
    expect(statuses).toEqual(forgedAddresses.map(() => 403));
    const recorded = () =>
      t.sql<{ ip: string; reason: string; n: number }>(
        `select host(ip) as ip, reason, count(*)::int as n from audit_record where api_key_id = $1 group by 1, 2`,
        [parseId('key', id)],
      );
    while ((await recorded()).reduce((sum, { n }) => sum + n, 0) < forgedAddresses.length) await t.call('/v1/session', { as: 'admin' });
    expect(await recorded()).toEqual([{ ip: '127.0.0.1', reason: 'ip_not_allowed', n: forgedAddresses.length }]);
  });
});

it('a key that is revoked while the body of its request arrives has done nothing', async () => {
  const { id, secret } = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Slow', scopes: ['customers:write'] } })).json;
  const body = JSON.stringify({ name: 'Too late', email: 'late@acme.example' });
  const counts = t.app.get(KeyCheckCounts);
  const before = counts.asked;
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'content-length': String(body.length) };
  const sent = request(`${t.url}/v1/customers`, { method: 'POST', headers });
  const status = new Promise<number>((resolve, reject) => {
    sent.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode ?? 0))).on('error', reject);
  });
  sent.write(body.slice(0, 10));
  while (counts.asked === before) await t.call('/healthz');
  // It is at the door; a call behind it goes all the way, so it has been let in.
  expect((await t.call('/v1/customers', { key: secret })).status).toBe(403);
  expect((await t.call(`/v1/api-keys/${id}/revoke`, { as: 'admin', body: { reason: 'leaked' } })).status).toBe(200);
  sent.end(body.slice(10));
  expect(await status).toBe(401);
  expect(await t.sql('select id from customer where name = $1', ['Too late'])).toEqual([]);
});

it('whoever is suspended is out, even if nobody has ended their session', async () => {
  const headers = { cookie: await t.signIn('member'), origin: t.url };
  await t.sql('update membership set suspended_at = now() where user_id = $1', [people.member.id]);
  // Not /v1/session, which looks once more.
  expect((await t.call('/v1/customers', { headers })).status).toBe(401);
  await t.sql('update membership set suspended_at = null where user_id = $1', [people.member.id]);
  expect((await t.call('/v1/customers', { headers })).status).toBe(200);
  // Suspended elsewhere: there is no way there.
  await t.sql(
    `insert into membership (id, organization_id, user_id, role, suspended_at, created_at) values ($1, $2, $1, 'admin', now(), now())`,
    [people.member.id, organizations.other],
  );
  const body = { organizationId: typeId('org', organizations.other) };
  expect((await t.call('/v1/session/organization', { method: 'PUT', headers, body })).status).toBe(404);
  expect((await t.call('/v1/session', { headers })).json.organizations).toHaveLength(1);
});

it('a key that has expired learns nothing, not even which routes there are', async () => {
  const { id, secret } = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Over', scopes: ['invoices:read'] } })).json;
  expect((await t.call('/v1/nothing', { key: secret })).status).toBe(404);
  await t.sql('update api_key set expires_at = now() where id = $1', [parseId('key', id)]);
  expect((await t.call('/v1/nothing', { key: secret })).status).toBe(401);
});
