/** Migration 0003, and those after it, over a database that has a log in the old layout. */
import { randomUUID } from 'node:crypto';
import { auditSchema, ensurePartitions, pgQueryable, PostgresStore, recordId, type AuditRecord } from '@pinebill/nestjs-audit';
import { cloneDatabase, type TestDatabase } from '@pinebill/testing';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { maintenanceDataSource } from './data-source';
import { Foundation1700000000001 } from './migrations/0001-foundation';
import { AuditLog1700000000002 } from './migrations/0002-audit-log';
import { prepareDatabase } from './prepare-database';

let db: TestDatabase;
let client: Client;
beforeAll(async () => {
  db = await cloneDatabase(__filename);
  client = await connect(db.url);
  // Roles belong to the cluster, and specs run at the same time.
  for (const role of ['pinebill_maintenance', 'pinebill_app']) {
    await client.query(`do $$ begin create role ${role} nologin; exception when duplicate_object or unique_violation then null; end $$`);
  }
  await client.query('create schema app authorization pinebill_maintenance; grant usage on schema app to pinebill_app');
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

async function connect(url: string): Promise<Client> {
  const connection = new Client({ connectionString: url, options: '-c search_path=app' });
  await connection.connect();
  return connection;
}

async function migrate(migrations: (typeof Foundation1700000000001 | typeof AuditLog1700000000002)[]): Promise<void> {
  const all = maintenanceDataSource(db.url);
  const source = new DataSource({ ...all.options, migrations });
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
}

/** As a start of the product does it; returns what it said. */
async function prepared(): Promise<string[]> {
  const said: string[] = [];
  const firstRun = { organization: 'Home', adminEmail: 'admin@example.com', adminPassword: 'correct horse battery staple' };
  await prepareDatabase({ ownerUrl: db.url, loginUrl: db.url, firstRun, log: (message) => said.push(message) });
  return said;
}

const organizations = [randomUUID(), randomUUID()] as const;
const key = randomUUID();
const columns = 'organization_id, occurred_at, id, sequence, kind, outcome, method, path, route, query, status, reason, actor_type, actor_id, actor_name, api_key_id, api_key_name, api_key_last4, api_key_state, key_fingerprint, service, team, environment, ip, peer_ip, country, user_agent, duration_ms, auth_ms, handler_ms, request_bytes, response_bytes, client_request_id, trace_id, error, marks, gap'; // prettier-ignore

/** Every nullable column with and without a value, in two organizations and three months, one of them not made. */
async function fillOldLog(): Promise<void> {
  await client.query('set role pinebill_maintenance');
  await ensurePartitions(pgQueryable(client), new Date(Date.UTC(2026, 0, 1)), 2);
  await client.query('reset role');
  await client.query(
    `insert into audit_log (${columns})
    select ($1::uuid[])[n % 2 + 1], timestamptz '2026-01-30 12:00Z' + n * interval '7 hours', gen_random_uuid(), n / 2 + 1,
      case when n % 11 = 0 then 'gap' else 'request' end, (array['completed', 'aborted', 'unknown'])[n % 3 + 1],
      (array['GET', 'POST', null])[n % 3 + 1], '/v1/' || n, (array['/v1/{id}', null])[n % 2 + 1], case when n % 4 = 0 then '{"a": "1"}'::jsonb end,
      case when n % 5 > 0 then 200 + n % 4 * 100 end, case when n % 5 = 0 then 'role' end, (array['apiKey', 'user', 'anonymous'])[n % 3 + 1],
      case when n % 3 = 0 then $2::uuid end, case when n % 4 = 0 then 'a "name", (1)' end, case when n % 3 = 0 then $2::uuid end, 'Key ' || n % 3,
      case when n % 3 = 0 then 'x7f2' end, case when n % 3 = 0 then 'active' end, case when n % 3 = 2 then 'abcdef012345' end,
      case when n % 2 = 0 then 'checkout' end, case when n % 7 = 0 then 'team' end, '',
      case when n % 6 > 0 then '192.0.2.7'::inet end, (array['192.0.2.7', '10.0.0.1', null])[n % 3 + 1]::inet, case when n % 2 = 0 then 'DE' end,
      (array['curl/8.5.0', repeat('long ', 200), null])[n % 3 + 1], n * 1.25, 0.25, null, n, 5000000000 + n, case when n % 9 = 0 then 'client' end,
      case when n % 9 = 0 then 'trace' end, case when n % 5 = 0 then '{"code": "x"}'::jsonb end,
      case when n % 4 = 0 then array['sanitized', 'redacted'] else '{}' end, case when n % 11 = 0 then '{"count": 3}'::jsonb end
    from generate_series(0, 199) n`,
    [organizations, key],
  );
  for (const id of organizations) await client.query('insert into audit_head (organization_id, sequence) values ($1, 100)', [id]);
}

type Place = { place: string };
const logOf = async (relation: string): Promise<unknown[]> => (await client.query(`select ${columns} from ${relation} order by id`)).rows;
const placesOf = async (): Promise<Place[]> =>
  (await client.query<Place>('select tableoid::regclass::text || count(*) as place from audit_log group by tableoid order by 1')).rows;

/** Columns, indexes, constraints, policies and rights of the log, as the catalogue has them. */
async function catalogue(connection: Client): Promise<unknown[]> {
  const { rows } = await connection.query<Record<string, unknown>>(`
    select c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text, array(select acl::text from unnest(c.relacl) acl order by 1) as rights,
      (select array_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull) order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0) as columns,
      (select array_agg(pg_get_indexdef(indexrelid) order by indexrelid::regclass::text) from pg_index where indrelid = c.oid) as indexes,
      (select array_agg(concat_ws(' ', conname, pg_get_constraintdef(oid)) order by conname) from pg_constraint where conrelid = c.oid and contype <> 'n') as constraints,
      (select array_agg(concat_ws(' ', polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) order by polname) from pg_policy where polrelid = c.oid) as policies,
      case when c.relkind = 'v' then pg_get_viewdef(c.oid) end as view
    from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname like 'audit\\_%' and c.relname !~ '_\\d{4}_\\d\\d$' order by 1`);
  const functions = await connection.query<Record<string, unknown>>(
    `select pg_get_functiondef(oid) as definition from pg_proc where pronamespace = 'app'::regnamespace and proname like 'audit\\_%' order by 1`,
  );
  return [...rows, ...functions.rows];
}

it('moves every record with its id, time and number, month by month, and the next one follows', async () => {
  await migrate([Foundation1700000000001, AuditLog1700000000002]);
  await fillOldLog();
  const [before, placesBefore] = [await logOf('audit_log'), await placesOf()];
  expect(before).toHaveLength(200);
  const said = await prepared();
  expect(said).toEqual([
    expect.stringMatching(/^Moving the log \([1-9]\d* [kM]B\) into/),
    expect.stringMatching(/^The log has moved, in \d+ s\.$/),
  ]);
  expect(await prepared()).toEqual([]);
  expect(await logOf('audit_record')).toEqual(before);
  expect(await placesOf()).toEqual(placesBefore);
  expect(placesBefore.map(({ place }) => place.replace(/\d+$/, ''))).toContain('audit_log_default');
  const left = await client.query(`select 1 from pg_class where relnamespace = 'app'::regnamespace and relname like '%wide%'`);
  expect(left.rowCount).toBe(0);
});

it('leaves minutes and blocks that the reader finds its rows by', async () => {
  const wrong = `select 1 from audit_log where sequence_block <> sequence / 128 or minute <> floor(extract(epoch from occurred_at) / 60)`;
  expect((await client.query(wrong)).rowCount).toBe(0);
});

it('counts what is there by the minute, once in each dimension', async () => {
  const { rows } = await client.query<
    Record<string, number>
  >(`select dimension, sum(requests)::int as requests, sum(client_errors)::int as errors,
    sum(bytes_out) as bytes, sum(up_to_50_ms)::int as middling from audit_rollup group by dimension order by dimension`);
  const counted = await client.query<
    Record<string, number>
  >(`select count(*)::int as requests, count(*) filter (where status between 400 and 499)::int as errors,
    sum(response_bytes) as bytes, count(*) filter (where duration_ms > 35 and duration_ms <= 50)::int as middling from audit_record where kind = 'request'`);
  expect(rows).toEqual([1, 2, 3, 4, 5].map((dimension) => ({ dimension, ...counted.rows[0] })));
  expect(counted.rows[0]?.['middling']).toBeGreaterThan(3);
});

it('counts each kind of caller by itself, in every dimension', async () => {
  const { rows } = await client.query(
    'select dimension, actor, sum(requests)::int as requests from audit_rollup group by 1, 2 order by 1, 2',
  );
  const counted = await client.query<{ actor: number; requests: number }>(`
    select array_position(array['apiKey', 'user', 'anonymous', 'system'], actor_type) as actor, count(*)::int as requests
    from audit_record where kind = 'request' group by 1 order by 1`);
  expect(counted.rows.map(({ actor }) => actor)).toEqual([1, 2, 3]);
  expect(rows).toEqual([1, 2, 3, 4, 5].flatMap((dimension) => counted.rows.map((line) => ({ dimension, ...line }))));
});

it('goes on with the numbers of before', async () => {
  const store = new PostgresStore({ url: db.url });
  const [organizationId] = organizations;
  const old = await client.query<{ json: Record<string, unknown> }>(
    `select to_json(r) as json from audit_record r where organization_id = $1 and kind = 'request' limit 1`,
    [organizationId],
  );
  const startedAt = '2026-02-01T00:00:00.000Z';
  const record = {
    ...aRecordOf(organizationId), id: recordId(new Date(startedAt)), startedAt, actorName: old.rows[0]?.json['actor_name'] as string | null,
  }; // prettier-ignore
  await store.append({ journalId: randomUUID(), entries: [{ offset: 1n, record }], upTo: 1n });
  await store.close();
  const { rows } = await client.query('select sequence::int from audit_record where id = $1', [record.id]);
  expect(rows).toEqual([{ sequence: 101 }]);
});

it('makes what the library describes for a new installation', async () => {
  const migrated = await catalogue(client);
  expect(migrated.length).toBeGreaterThan(10);
  const fresh = await cloneDatabase(`${__filename}.fresh`);
  const connection = await connect(fresh.url);
  await connection.query('create schema app authorization pinebill_maintenance; grant usage on schema app to pinebill_app');
  await connection.query('set role pinebill_maintenance');
  await connection.query(auditSchema({ appRole: 'pinebill_app', maintenanceRole: 'pinebill_maintenance' }));
  const described = await catalogue(connection);
  await connection.end();
  expect(migrated).toEqual(described);
  await fresh.drop();
});

function aRecordOf(organizationId: string): Omit<AuditRecord, 'id' | 'startedAt' | 'actorName'> {
  return {
    organizationId, kind: 'request', durationMs: 1, clientRequestId: null, method: 'GET', path: '/v1/7', query: null, route: '/v1/{id}', status: 200,
    outcome: 'completed', reason: null, actorType: 'apiKey', actorId: key, apiKeyId: key, apiKeyName: 'Key 0', apiKeyLast4: 'x7f2', apiKeyState: 'active',
    keyFingerprint: null, service: null, team: null, environment: null, ip: null, peerIp: null, country: null, userAgent: 'curl/8.5.0', requestBytes: 0,
    responseBytes: 0, authMs: null, handlerMs: null, error: null, traceId: null, marks: [], gap: null,
  }; // prettier-ignore
}
