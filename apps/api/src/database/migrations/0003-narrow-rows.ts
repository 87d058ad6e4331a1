/**
 * The log in narrow rows, with dictionaries (ADR 0011); what is there moves over: ids, times, numbers and months stay as they are. One transaction, in which
 * the log is written once more: it needs its size again on the disk, and nobody can read or write the log meanwhile; records wait in the journals.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { logTables, processTables, rollupTable } from './0003-narrow-rows.tables';

/** The old table, its months and their indexes give up their names. */
const stepAside = `
lock table audit_log in access exclusive mode;
do $$ declare part record; begin
  for part in select c.oid, c.relname, c.relkind from pg_class c where c.relkind in ('r', 'p', 'i', 'I') and
    (c.oid in (select relid from pg_partition_tree('audit_log')) or
     c.oid in (select indexrelid from pg_index where indrelid in (select relid from pg_partition_tree('audit_log'))))
  loop
    execute format('alter %s %I rename to %I', case when part.relkind in ('i', 'I') then 'index' else 'table' end, part.relname, left('wide_' || part.relname, 63));
  end loop;
end $$;
`;

const sameMonths = `
do $$ declare part record; begin
  for part in select c.relname, pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'wide_audit_log'::regclass and c.relname <> 'wide_audit_log_default'
  loop
    execute format('create table %I partition of audit_log %s', substr(part.relname, 6), part.bound);
  end loop;
end $$;
`;

const callerColumns =
  'actor_type, actor_id, actor_name, api_key_id, api_key_name, api_key_last4, api_key_state, service, team, environment';
const prefixed = (prefix: string, columns: string): string => columns.replace(/\w+/g, `${prefix}.$&`);
/** A whole row as text: what can be hashed and joined, nulls and all. */
const rowText = (prefix: string, columns: string): string => `row(${prefixed(prefix, columns)})::text`;
// The digests are not those that the store makes: it gives its own entries to whatever it meets, and these stay for the rows of before.
const digest = (columns: string): string => `sha256(convert_to('moved ' || ${rowText('w', columns)}, 'UTF8'))`;
const LONGEST_AGENT = 512;
const MOST_AGENTS = 4_096;

const dictionaries = `
insert into audit_caller (organization_id, no, digest, ${callerColumns})
select organization_id, row_number() over (partition by organization_id), ${digest(callerColumns)}, ${callerColumns}
from (select distinct organization_id, ${callerColumns} from wide_audit_log) w;
insert into audit_route (organization_id, no, digest, method, route)
select organization_id, row_number() over (partition by organization_id), ${digest('method, route')}, method, route
from (select distinct organization_id, method, route from wide_audit_log) w;
-- The most frequent; a month of their own, before all others.
insert into audit_agent (organization_id, no, month, since_sequence, digest, user_agent)
select organization_id, no, 0, 0, ${digest('user_agent')}, user_agent
from (select organization_id, user_agent, row_number() over (partition by organization_id order by count(*) desc) as no
  from wide_audit_log where length(user_agent) <= ${LONGEST_AGENT} group by organization_id, user_agent) w
where no <= ${MOST_AGENTS};
analyze audit_caller; analyze audit_route; analyze audit_agent;
`;

const same = 'occurred_at, sequence, request_bytes, response_bytes, organization_id, id, duration_ms, auth_ms, handler_ms, status, ip, country, path, query, reason, key_fingerprint, client_request_id, trace_id, error, gap'; // prettier-ignore
const rows = `
insert into audit_log (${same}, sequence_block, minute, caller_no, route_no, agent_no, peer_ip, peer_unknown, kind, outcome, user_agent, marks)
select ${prefixed('w', same)}, w.sequence / 128,
  greatest(-2147483647, least(floor(extract(epoch from w.occurred_at) / 60), 2147483647))::integer, c.no, r.no, a.no,
  case when w.peer_ip is distinct from w.ip then w.peer_ip end, case when w.peer_ip is null and w.ip is not null then true end,
  nullif(w.kind, 'request'), nullif(w.outcome, 'completed'), case when a.no is null then w.user_agent end, nullif(w.marks, '{}')
from wide_audit_log w
  join audit_caller c on c.organization_id = w.organization_id and ${rowText('c', callerColumns)} = ${rowText('w', callerColumns)}
  join audit_route r on r.organization_id = w.organization_id and ${rowText('r', 'method, route')} = ${rowText('w', 'method, route')}
  left join audit_agent a on a.organization_id = w.organization_id and a.user_agent = w.user_agent
order by w.occurred_at;
-- A record that found no entry, or two, would be lost or doubled in silence.
do $$ begin
  if (select count(*) from audit_log) <> (select count(*) from wide_audit_log) then
    raise exception 'the log has % records and % of them moved', (select count(*) from wide_audit_log), (select count(*) from audit_log);
  end if;
end $$;
drop table wide_audit_log;
analyze audit_log;
`;

const ends = [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 10_000];
const buckets = [...ends.map((end) => `up_to_${end}_ms`), 'longer'];
const within = (index: number): string =>
  [...(index > 0 ? [`duration_ms > ${ends[index - 1]}`] : []), ...(index < ends.length ? [`duration_ms <= ${ends[index]}`] : [])].join(
    ' and ',
  );
/** Of all months, as the store would have counted; here every address has its counter. */
const rollups = `
insert into audit_rollup (organization_id, dimension, minute, value, requests, client_errors, server_errors, bytes_out, ${buckets.join(', ')})
select organization_id, dimension, minute, value, count(*), count(*) filter (where status between 400 and 499), count(*) filter (where status >= 500),
  coalesce(sum(response_bytes), 0), ${buckets.map((_, index) => `nullif(count(*) filter (where ${within(index)}), 0)`).join(', ')}
from audit_log, lateral (values (1, caller_no::text), (2, route_no::text), (3, coalesce(status::text, '')), (4, coalesce(country, '')),
  (5, coalesce(host(ip), ''))) as d (dimension, value)
where kind is null
group by organization_id, dimension, minute, value;
analyze audit_rollup;
`;

export class NarrowRows1700000000003 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const step of [stepAside, logTables, sameMonths, dictionaries, rows, rollupTable, rollups, processTables]) await db.query(step);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The log has no way back: restore a backup instead.'));
  }
}
