// Rows of the log made where they lie, for what takes millions: the same kinds as tools/bench/shipping/records.mjs, without roll-ups.
const DAY_S = 86_400;

/** `rows` requests of one organization over `days` days up to now, numbered on from what is there. */
export async function loadRows(query, { organizationId, rows, days }) {
  await query(`
    insert into app.audit_caller (organization_id, no, digest, actor_type, actor_id, actor_name, api_key_id, api_key_name, api_key_last4, api_key_state, service, team, environment)
    select '${organizationId}', 1000 + n, sha256(('bench caller ' || n)::bytea), 'apiKey', id, 'Key ' || n, id, 'Key ' || n, 'x7f2', 'active',
      (array['checkout', 'reporting', 'crm-sync', 'mobile'])[1 + n % 4], (array['payments', 'data', 'growth', 'apps'])[1 + n % 4], 'production'
    from (select n, gen_random_uuid() as id from generate_series(0, 39) n) k`);
  await query(`
    insert into app.audit_route (organization_id, no, digest, method, route)
    select '${organizationId}', 1000 + n, sha256(('bench route ' || n)::bytea), (array['GET', 'POST', 'GET', 'PATCH'])[1 + n % 4], '/v1/' || (array['invoices', 'customers', 'payments'])[1 + n % 3] || case when n % 2 = 0 then '/{id}' else '' end
    from generate_series(0, 23) n`);
  await query(`
    insert into app.audit_agent (organization_id, no, month, since_sequence, digest, user_agent)
    select '${organizationId}', 1000 + n, 0, 0, sha256(('bench agent ' || n)::bytea), (array['python-requests/2.31.0', 'curl/8.5.0', 'axios/1.6.8', 'PineBill-PHP/3.4 (linux; x86_64)'])[1 + n % 4] || ' build ' || n
    from generate_series(0, 19) n`);
  const [{ sequence }] = await query(
    `select coalesce(max(sequence), 0)::int as sequence from app.audit_head where organization_id = '${organizationId}'`,
  );
  await query(`
    insert into app.audit_log (occurred_at, sequence, request_bytes, response_bytes, organization_id, id, sequence_block, minute, caller_no, route_no, agent_no,
      duration_ms, auth_ms, handler_ms, status, ip, country, path, query, reason, error)
    select at, s, case when n % 4 = 1 then 312 else 0 end, 200 + (n * 7919) % 4000, '${organizationId}', gen_random_uuid(), (s / 128)::int, (extract(epoch from at) / 60)::int,
      1000 + (n * 31) % 40, 1000 + (n * 17) % 24, 1000 + (n * 13) % 20, round(((2 + (n * 7) % 400)::numeric / 3), 2)::real, 0.31, 9.7,
      case when n % 25 = 0 then 403 else 200 end, ('203.0.' || n % 250 || '.' || (n / 250) % 250)::inet, 'DE', '/v1/invoices/inv_' || md5(n::text),
      case when n % 3 = 0 then '{"limit": "50"}'::jsonb end, case when n % 25 = 0 then 'missing_scope' end,
      case when n % 25 = 0 then '{"code": "missing_scope", "detail": "The API key lacks the scope.", "issues": []}'::jsonb end
    from (select n, ${sequence} + n as s, date_trunc('milliseconds', now() - make_interval(secs => ${days * DAY_S} * (1 - n / ${rows}.0))) as at
      from generate_series(1::bigint, ${rows}) n) numbered`);
  await query(`
    insert into app.audit_head (organization_id, sequence) values ('${organizationId}', ${sequence + rows})
    on conflict (organization_id) do update set sequence = excluded.sequence`);
  await query('vacuum (analyze) app.audit_log');
  await query('analyze app.audit_caller; analyze app.audit_route; analyze app.audit_agent');
}
