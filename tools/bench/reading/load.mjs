/**
 * A log of any size, made where it lies: rows as the store writes them (dictionaries, numbers without a gap, version 7 ids), of one organization that has half of
 * them and of nineteen others, over 90 days. Few keys, routes and addresses call often and many seldom; renamed keys, staging, refusals, a few errors, and what there
 * are exactly three rows of (planted.mjs). Each month is filled as a table by itself, then gets its indexes, and is attached.
 */
import pg from 'pg';
import { excluded, placesOf, planted } from './planted.mjs';
import { daysSql, rollUpSql } from './rollups.mjs';

const DAY_MS = 86_400_000;
export const DAYS = 90;
export const organizationId = '0190a3c4-0000-7000-8000-000000000001';
export const keyId = (no) => `0190a3c4-7b1e-7000-8000-${String(no).padStart(12, '0')}`;
const otherId = (no) => `0190a3c4-0000-7000-8000-0000000001${String(no).padStart(2, '0')}`;
const OTHERS = 19;
const roles = { appRole: 'pinebill_app', maintenanceRole: 'pinebill_maintenance' };

const KEYS = 60;
/** The first of them had other names in the first half of the time. */
const RENAMED = 10;
const ANONYMOUS = 100;
const templates = ['invoices', 'customers', 'payments', 'refunds', 'products', 'prices', 'webhooks', 'reports'].flatMap((name) => {
  const one = `/v1/${name}/{id}`;
  return [['GET', `/v1/${name}`], ['GET', one], ['POST', `/v1/${name}`], ['PATCH', one], ['PUT', one], ['POST', `${one}/finalize`]];
}); // prettier-ignore
/** Numbered from 1; 49 is what no route matched, 50 is called three times. */
const routes = [...templates, ['GET', null], ['DELETE', '/v1/webhooks/{id}']];
const agents = ['python-requests/2.3', 'Stripe_Node 1.', 'curl/8.', 'axios/1.', 'Go-http-client/2.', 'PineBill-PHP/3.'].flatMap((name) =>
  [0, 1, 2, 3].map((version) => `${name}${version}`),
);
const array = (list) => `array[${list.map((item) => (item === null ? 'null' : typeof item === 'string' ? `'${item}'` : item)).join(', ')}]`;
const pick = (list, index) => `(${array(list)})[${index}]`;

const dictionaries = `
create temporary table tenant as select unnest(${array([organizationId, ...Array.from({ length: OTHERS }, (_, no) => otherId(no + 1))])})::uuid as id;
insert into audit_caller (organization_id, no, digest, actor_type, actor_id, actor_name, api_key_id, api_key_name, api_key_last4, api_key_state, service, team, environment)
  select t.id, no, sha256(('caller ' || no)::bytea), 'apiKey', key, name, key, name, 'x7f2', 'active',
    case when no = 99 then 'legacy' else ${pick(['checkout', 'reporting', 'crm-sync', 'mobile', 'billing', 'support'], '1 + no % 6')} end,
    ${pick(['payments', 'data', 'growth', 'apps'], '1 + no % 4')}, case when no % 10 = 0 then 'staging' else 'production' end
  from tenant t, lateral (select no, '0190a3c4-7b1e-7000-8000-' || lpad((case when no between ${KEYS + 1} and ${KEYS + RENAMED} then no - ${KEYS} else no end)::text, 12, '0'),
    'Key ' || no from (select generate_series(1, ${KEYS + RENAMED}) as no union all select 99) n) c (no, id, name), lateral (select c.id::uuid as key) k
  union all select id, ${ANONYMOUS}, sha256('anonymous'), 'anonymous', null, null, null, null, null, null, null, null, null from tenant;
insert into audit_route (organization_id, no, digest, method, route)
  select t.id, no, sha256(('route ' || no)::bytea), method, route from tenant t,
    unnest(${array(routes.map(([method]) => method))}, ${array(routes.map(([, route]) => route))}) with ordinality r (method, route, no);
insert into audit_agent (organization_id, no, month, since_sequence, digest, user_agent)
  select t.id, no, 0, 0, sha256(('agent ' || no)::bytea), agent from tenant t, unnest(${array(agents)}) with ordinality a (agent, no)
  union all select id, 90, 0, 0, sha256('rare agent'), 'sqlmap/1.7' from tenant;
`;

/** Rows `first` to `last` of all `rows`, oldest first. Odd ones are the large organization's. */
function rowsOf({ first, last, fromMs }, { rows, beginMs }) {
  const raw = `select n, ${[1, 2, 3, 4, 5, 6, 7, 8].map((no) => `random() as r${no}`).join(', ')} from generate_series(${first}::bigint, ${last}) n`;
  const drawn = `select *, case when r6 < 0.02 then ${ANONYMOUS} else 1 + floor(${KEYS} * power(r7, 2.5))::int end as caller, 1 + floor(${templates.length} * power(r8, 2))::int as route,
    greatest(${fromMs}, ${beginMs} + floor((n - r1) * ${(DAYS * DAY_MS) / rows})::bigint) as ms, md5(n::text) as hash from (${raw}) raw`;
  const routed = `select *, ${excluded.route} as routed, ${pick([200, 200, 201, 200, 200, 202], '1 + (route - 1) % 6')} as usual from (${drawn}) drawn`;
  const answered = `select *, case when caller = ${ANONYMOUS} then 401 when r4 < 0.0002 then 500 when r4 < 0.004 then 403 when r4 < 0.008 then 400 when r4 < 0.011 then 429 when r4 < 0.013 then 401
    when r4 > 0.988 then 404 else usual end as answer, (2 + 400 * power(r5, 6) + case when r5 > 0.999 then 6000000 * (r5 - 0.999) * r1 else 0 end)::numeric(9, 2)::real as duration from (${routed}) routed`;
  const made = `select *, ${excluded.status} as status, case when caller = ${ANONYMOUS} then '198.18.' || floor(16 * r2) || '.' || floor(250 * r3) else '203.0.' || caller || '.' || floor(16 * r2 * r2) end::inet as ip
    from (${answered}) answered`;
  const id = `case when ${pick(templates.map(([, route]) => route.includes('{id}')), 'routed')} then substr(md5(floor(${Math.max(rows / 20, 1)} * r3)::text), 1, 26) else '' end`;
  return `select case when n % 2 = 1 then '${organizationId}' else ${pick(Array.from({ length: OTHERS }, (_, no) => otherId(no + 1)), `1 + (n / 2) % ${OTHERS}`)} end::uuid as organization_id,
    case when n % 2 = 1 then (n + 1) / 2 else 1 + (n / 2 - 1) / ${OTHERS} end as sequence, to_timestamp(ms / 1000.0) as occurred_at, ms / 60000 as minute,
    (lpad(to_hex(ms), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid as id, case when routed % 6 in (3, 4, 5) then 312 else 0 end as request_bytes,
    200 + floor(4000 * r1) as response_bytes, case when caller <= ${RENAMED} and n < ${rows} / 2 then caller + ${KEYS} else caller end as caller_no,
    case when status = 404 and r3 > 0.5 then 49 else routed end as route_no, 1 + case when r1 < 0.93 then (caller * 7) % 20 else floor(24 * r2) end as agent_no,
    duration as duration_ms, 0.31 as auth_ms, duration * 0.9 as handler_ms, status, ip, ${pick(['DE', 'US', 'FR', 'NL', 'GB', 'ES', 'SE', 'PL'], `1 + case when caller = ${ANONYMOUS} then floor(8 * r2)::int else caller % 5 end`)} as country,
    ${pick(templates.map(([, route]) => route.replace(/\{id\}.*/, `${route.split('/')[2].slice(0, 3)}_`)), 'routed')} || ${id} || ${pick(templates.map(([, route]) => route.split('{id}')[1] ?? ''), 'routed')} as path,
    case when routed % 6 = 1 and r2 < 0.5 then '{"limit": "50"}'::jsonb end as query,
    case status when 400 then 'invalid_field' when 401 then case when caller = ${ANONYMOUS} then 'unknown_key' else 'expired_key' end when 403 then 'missing_scope' when 404 then 'resource_not_found' when 429 then 'key_limit' when 500 then 'handler_error' end as reason,
    case when caller = ${ANONYMOUS} then substr(md5(floor(5000 * r3)::text), 1, 12) end as key_fingerprint,
    case when status >= 400 then '{"code": "refused", "detail": "The request was refused.", "issues": []}'::jsonb end as error from (${made}) made`;
} // prettier-ignore
const columns = 'organization_id, sequence, occurred_at, minute, id, request_bytes, response_bytes, caller_no, route_no, agent_no, duration_ms, auth_ms, handler_ms, status, ip, country, path, query, reason, key_fingerprint, error'; // prettier-ignore

async function connect(url, ...statements) {
  const client = new pg.Client({
    connectionString: url,
    options: '-c search_path=app -c maintenance_work_mem=512MB -c work_mem=256MB -c synchronous_commit=off',
  });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  return client;
}

/** Which rows lie in which month. */
function monthsOf(audit, { rows, beginMs, endMs }) {
  const months = [];
  for (let at = new Date(beginMs); at.getTime() < endMs;) {
    const next = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
    const numberAt = (ms) => Math.floor(((Math.min(ms, endMs) - beginMs) / (DAYS * DAY_MS)) * rows);
    const start = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
    const bounds = [new Date(start).toISOString(), new Date(next).toISOString()];
    months.push({
      name: `audit_log_${bounds[0].slice(0, 7).replace('-', '_')}`,
      bounds,
      first: numberAt(at.getTime()) + 1,
      last: numberAt(next),
      fromMs: at.getTime(),
    });
    at = new Date(next);
  }
  return months;
}

/** The indexes of the log, as the schema of the product declares them. */
async function indexesOf(client) {
  const { rows } = await client.query(
    `select indexname as name, replace(indexdef, ' ON ONLY ', ' ON ') as definition from pg_indexes where schemaname = 'app' and tablename = 'audit_log'`,
  );
  return rows;
}

async function fillMonth(client, month, shape, indexes) {
  const { name, bounds: [from, to] } = month; // prettier-ignore
  // In one transaction with its table, so that no row is written to the WAL as well.
  await client.query(
    `begin; create table ${name} (like audit_log including defaults including storage); alter table ${name} owner to pinebill_maintenance`,
  );
  await client.query(`select setseed(${(month.first % 1_000) / 1_000})`);
  await client.query(`insert into ${name} (sequence_block, ${columns}) select sequence / 128, ${columns} from (${rowsOf(month, shape)}) r`);
  for (const index of indexes)
    await client.query(
      index.definition.replace(`INDEX ${index.name} ON app.audit_log `, `INDEX ${index.name.replace('audit_log', name)} ON app.${name} `),
    );
  await client.query(
    `alter table ${name} add primary key using index ${name}_pkey; alter table ${name} add constraint in_month check (occurred_at >= '${from}' and occurred_at < '${to}')`,
  );
  await client.query(
    `alter table audit_log attach partition ${name} for values from ('${from}') to ('${to}'); alter table ${name} drop constraint in_month; commit`,
  );
}

/** Two at a time: as many as the machine has processors. */
async function inTurns(clients, tasks) {
  const left = [...tasks];
  await Promise.all(clients.map(async (client) => { for (let task = left.shift(); task; task = left.shift()) await task(client); })); // prettier-ignore
}

async function plant(client, rows) {
  for (const { name, sequences } of placesOf(rows))
    await client.query(`update audit_log set ${planted[name]} where organization_id = '${organizationId}' and sequence_block = any($1) and sequence = any($2)`, [sequences.map((one) => Math.floor(one / 128)), sequences]); // prettier-ignore
}

/** Makes `rows` rows up to `endMs` in an empty database; hours and days are summed up, minutes are there for the last two days. */
export async function load(url, audit, { rows, endMs }) {
  const shape = { rows, endMs, beginMs: endMs - DAYS * DAY_MS };
  const admin = await connect(url, 'create schema app authorization pinebill_maintenance; grant usage on schema app to pinebill_app', 'set role pinebill_maintenance');
  await admin.query(audit.auditSchema(roles));
  await admin.query('reset role');
  await admin.query(dictionaries);
  const indexes = await indexesOf(admin);
  const clients = await Promise.all([connect(url), connect(url)]);
  const months = monthsOf(audit, shape).sort((a, b) => b.last - b.first - (a.last - a.first));
  await inTurns(clients, months.map((month) => (client) => fillMonth(client, month, shape, indexes)));
  // As the product makes them ahead.
  await admin.query('set role pinebill_maintenance');
  await audit.ensurePartitions(audit.pgQueryable(admin), new Date(endMs), 3);
  await admin.query('reset role');
  await plant(admin, rows);
  const [hour, day] = [3_600_000, DAY_MS].map((length) => Math.floor(endMs / length) * length);
  const sums = [1, 2, 3, 4, 5].flatMap((dimension) => [
    { dimension, level: 'hour', since: new Date(shape.beginMs), until: new Date(hour) },
    { dimension, level: 'minute', since: new Date(day - 2 * DAY_MS), until: new Date(endMs) },
  ]);
  const shared = { organizationId, ends: audit.bucketEndsMs, columns: audit.bucketColumns };
  await inTurns(clients, sums.map((sum) => (client) => client.query(rollUpSql({ ...sum, ...shared }))));
  await admin.query('analyze audit_rollup');
  await admin.query(daysSql({ ...shared, untilMinute: hour / 60_000 }));
  await admin.query(`insert into audit_head (organization_id, sequence, hours_until) values ('${organizationId}', ${Math.ceil(rows / 2)}, ${hour / 60_000})`);
  const tables = [...months.map(({ name }) => name), 'audit_rollup', 'audit_caller', 'audit_route', 'audit_agent'];
  await inTurns(clients, tables.map((table) => (client) => client.query(`vacuum (analyze, freeze) ${table}`)));
  await Promise.all([admin, ...clients].map((client) => client.end()));
} // prettier-ignore
