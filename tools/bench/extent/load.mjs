/**
 * A log with a key of a million records among as many of others, over 90 days: the key was renamed once and rotated once, has six addresses and three programs, and in its last
 * three days somebody else uses it too, from four hundred addresses of two countries, with a program of their own. Rows as the store writes them, made where they lie.
 */
import pg from 'pg';

const DAY_MS = 86_400_000;
export const DAYS = 90;
export const organizationId = '0190a3c4-0000-7000-8000-000000000001';
export const keyId = (no) => `0190a3c4-7b1e-7000-8000-${String(no).padStart(12, '0')}`;
/** The key and its successor; callers 1 and 2 are the key under two names, 3 is the successor. */
export const lineage = [keyId(1), keyId(3)];
export const STOLEN_DAYS = 3;
const OTHERS = 40;
const roles = { appRole: 'pinebill_app', maintenanceRole: 'pinebill_maintenance' };

const templates = ['invoices', 'customers', 'payments', 'products'].flatMap((name) => {
  const one = `/v1/${name}/{id}`;
  return [['GET', `/v1/${name}`], ['GET', one], ['GET', one], ['POST', `/v1/${name}`], ['PATCH', one], ['POST', `${one}/finalize`]];
}); // prettier-ignore
const routes = [...new Map(templates.map(([method, route]) => [`${method} ${route}`, [method, route]])).values()];
const numbers = templates.map(([method, route]) => 1 + routes.findIndex(([m, r]) => m === method && r === route));
const agents = ['pinebill-node/2.4.1', 'pinebill-node/2.4.2', 'acme-checkout/1.0', 'python-requests/2.31', 'curl/8.5', 'axios/1.6', 'okhttp/4', 'Go-http-client/2.0']; // prettier-ignore
const array = (list) => `array[${list.map((item) => (typeof item === 'string' ? `'${item}'` : item)).join(', ')}]`;
const pick = (list, index) => `(${array(list)})[${index}]`;

const dictionaries = `
insert into audit_caller (organization_id, no, digest, actor_type, actor_id, actor_name, api_key_id, api_key_name, api_key_last4, api_key_state, service, environment)
  select '${organizationId}', no, sha256(('caller ' || no)::bytea), 'apiKey', k.id::uuid, 'Key ' || no, k.id::uuid, 'Key ' || no, 'x7f2', 'active', 'checkout', 'production'
  from generate_series(1, ${OTHERS}) no, lateral (select '0190a3c4-7b1e-7000-8000-' || lpad((case when no = 2 then 1 else no end)::text, 12, '0')) k (id);
insert into audit_route (organization_id, no, digest, method, route)
  select '${organizationId}', no, sha256(('route ' || no)::bytea), method, route
  from unnest(${array(routes.map(([method]) => method))}, ${array(routes.map(([, route]) => route))}) with ordinality r (method, route, no);
insert into audit_agent (organization_id, no, month, since_sequence, digest, user_agent)
  select '${organizationId}', no, 0, 0, sha256(('agent ' || no)::bytea), agent from unnest(${array(agents)}) with ordinality a (agent, no);
`;

const columns = 'organization_id, sequence, sequence_block, occurred_at, minute, id, request_bytes, response_bytes, caller_no, route_no, agent_no, duration_ms, auth_ms, handler_ms, status, ip, country, path, reason, error'; // prettier-ignore

/** Every other row is the key's. */
function rowsSql({ rows, beginMs, endMs }) {
  const stolenMs = endMs - STOLEN_DAYS * DAY_MS;
  const drawn = `select n, ${[1, 2, 3, 4, 5].map((no) => `random() as r${no}`).join(', ')},
    ${beginMs} + floor((n - random()) * ${(DAYS * DAY_MS) / rows})::bigint as ms, n % 2 = 1 as of_key from generate_series(1, ${rows}) n`;
  const made = `select *, of_key and ms >= ${stolenMs} and r5 < 0.4 as stolen, 1 + floor(${templates.length} * power(r2, 1.5))::int as template from (${drawn}) drawn`;
  const answered = `select *, case when r4 < 0.004 then 403 when r4 < 0.008 then 429 when r4 < 0.012 then 404 when r4 < 0.0125 then 500 else 200 end as status from (${made}) made`;
  const id = `case when ${pick(templates.map(([, route]) => route.includes('{id}')), 'template')} then substr(md5(floor(${rows / 20} * r3)::text), 1, 26) else '' end`; // prettier-ignore
  return `select '${organizationId}'::uuid, n, n / 128, to_timestamp(ms / 1000.0), ms / 60000, (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
    0, 200 + floor(4000 * r1), case when not of_key then 4 + floor(${OTHERS - 3} * r1)::int when n < ${rows} * 0.4 then 1 when n < ${rows} * 0.7 then 2 else 3 end,
    ${pick(numbers, 'template')}, case when stolen then 5 when of_key then 1 + floor(3 * r1)::int else 4 + floor(5 * r1)::int end, (2 + 400 * power(r5, 6))::real, 0.31, 2, status,
    case when stolen then '198.51.' || floor(2 * r1) || '.' || floor(200 * r3) when of_key then '203.0.113.' || floor(6 * r3) when r5 < 0.001 then '198.51.0.' || floor(50 * r3)
      else '192.0.' || floor(30 * r3) || '.9' end::inet,
    case when stolen then ${pick(['NL', 'US'], '1 + floor(2 * r2)::int')} else 'DE' end,
    ${pick(templates.map(([, route]) => route.replace(/\{id\}.*/, `${route.split('/')[2].slice(0, 3)}_`)), 'template')} || ${id} || ${pick(templates.map(([, route]) => route.split('{id}')[1] ?? ''), 'template')},
    case status when 403 then 'missing_scope' when 429 then 'key_limit' when 404 then 'resource_not_found' when 500 then 'handler_error' end,
    case when status >= 400 then '{"code": "refused", "detail": "The request was refused.", "issues": []}'::jsonb end from (${answered}) answered`; // prettier-ignore
}

/** Makes `rows` rows up to `endMs` in an empty database. */
export async function load(url, audit, { rows, endMs }) {
  const beginMs = endMs - DAYS * DAY_MS;
  const client = new pg.Client({ connectionString: url, options: '-c search_path=app -c maintenance_work_mem=512MB -c work_mem=256MB' });
  await client.connect();
  await client.query('create schema app authorization pinebill_maintenance; grant usage on schema app to pinebill_app; set role pinebill_maintenance');
  await client.query(audit.auditSchema(roles));
  await audit.ensurePartitions(audit.pgQueryable(client), new Date(beginMs), 6);
  await client.query('reset role');
  await client.query(dictionaries);
  // Made anew once the rows are there, which takes less time.
  const { rows: indexes } = await client.query(
    `select indexname as name, indexdef as definition from pg_indexes where schemaname = 'app' and tablename = 'audit_log' and indexname <> 'audit_log_pkey'`,
  );
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  await client.query('select setseed(0.5)');
  await client.query(`insert into audit_log (${columns}) ${rowsSql({ rows, beginMs, endMs })}`);
  for (const { definition } of indexes) await client.query(definition.replace(' ON ONLY ', ' ON '));
  for (const [dimension, value] of [[1, 'l.caller_no'], [3, 'l.status']])
    await client.query(`insert into audit_rollup (organization_id, dimension, minute, value, actor, bytes_out, requests, client_errors, server_errors)
      select organization_id, ${dimension}, minute, (${value})::text, 1, sum(response_bytes), count(*), count(*) filter (where status between 400 and 499), count(*) filter (where status >= 500)
      from audit_log l group by 1, 3, 4`); // prettier-ignore
  await client.query(`insert into audit_head (organization_id, sequence) values ('${organizationId}', ${rows})`);
  // As the job of the product does it.
  while (await audit.sumUpHours(audit.pgQueryable(client), organizationId, new Date(endMs)));
  await client.query('vacuum (analyze, freeze)');
  await client.end();
} // prettier-ignore
