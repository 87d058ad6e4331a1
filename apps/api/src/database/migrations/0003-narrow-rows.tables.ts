/** The tables of migration 0003, as the library described them then: a migration does not change afterwards. narrow-rows.db.spec.ts compares. */

/** audit_log, its dictionaries and the view audit_record. */
export const logTables = `
create table audit_log (
  occurred_at timestamptz(3) not null,
  sequence bigint not null,
  request_bytes bigint,
  response_bytes bigint,
  organization_id uuid not null,
  id uuid not null,
  sequence_block integer not null,
  minute integer not null,
  caller_no integer not null,
  route_no integer not null,
  agent_no integer,
  duration_ms real,
  auth_ms real,
  handler_ms real,
  status smallint,
  ip inet,
  country text,
  path text,
  query jsonb,
  reason text,
  peer_ip inet,
  peer_unknown boolean,
  kind text,
  outcome text,
  user_agent text,
  key_fingerprint text,
  client_request_id text,
  trace_id text,
  error jsonb,
  marks text[],
  gap jsonb,
  constraint audit_log_pkey primary key (organization_id, occurred_at, id)
) partition by range (occurred_at);
-- Many rows share an entry of these two, and PostgreSQL keeps an entry that repeats once, with 6 bytes a row. Whoever reads sorts within
-- a block or a minute. Not unique: that would need occurred_at in it. The head row's lock keeps the numbers apart.
create index audit_log_sequence on audit_log (organization_id, sequence_block);
create index audit_log_caller on audit_log (organization_id, caller_no, minute);
-- Empty in normal life: takes what no month was made for, so that a clock that jumped loses nothing.
create table audit_log_default partition of audit_log default;

alter table audit_log enable row level security;
alter table audit_log force row level security;
create policy tenant on audit_log to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_log to pinebill_maintenance using (true) with check (true);
grant select, insert on audit_log to pinebill_app;

-- Who called, under the names of the moment: a key that is renamed is another caller from then on.
create table audit_caller (
  organization_id uuid not null,
  no integer not null,
  digest bytea not null,
  actor_type text not null,
  actor_id uuid,
  actor_name text,
  api_key_id uuid,
  api_key_name text,
  api_key_last4 text,
  api_key_state text,
  service text,
  team text,
  environment text,
  constraint audit_caller_pkey primary key (organization_id, no),
  constraint audit_caller_digest unique (organization_id, digest)
);
create index audit_caller_api_key on audit_caller (organization_id, api_key_id) where api_key_id is not null;
create table audit_route (
  organization_id uuid not null,
  no integer not null,
  digest bytea not null,
  method text,
  route text,
  constraint audit_route_pkey primary key (organization_id, no),
  constraint audit_route_digest unique (organization_id, digest)
);
-- Begun anew each month: what callers write into a header must go with retention, and who floods it spoils one month.
create table audit_agent (
  organization_id uuid not null,
  no integer not null,
  month integer not null,
  since_sequence bigint not null,
  digest bytea not null,
  user_agent text not null,
  constraint audit_agent_pkey primary key (organization_id, no),
  constraint audit_agent_digest unique (organization_id, month, digest)
);

alter table audit_caller enable row level security;
alter table audit_caller force row level security;
create policy tenant on audit_caller to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_caller to pinebill_maintenance using (true) with check (true);
grant select, insert on audit_caller to pinebill_app;

alter table audit_route enable row level security;
alter table audit_route force row level security;
create policy tenant on audit_route to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_route to pinebill_maintenance using (true) with check (true);
grant select, insert on audit_route to pinebill_app;

alter table audit_agent enable row level security;
alter table audit_agent force row level security;
create policy tenant on audit_agent to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_agent to pinebill_maintenance using (true) with check (true);
grant select, insert on audit_agent to pinebill_app;

-- With the rights of whoever asks, so behind the same walls.
create view audit_record with (security_invoker = true) as
  select l.organization_id as organization_id, l.occurred_at as occurred_at, l.id as id, l.sequence as sequence, coalesce(l.kind, 'request') as kind, coalesce(l.outcome, 'completed') as outcome, r.method as method, l.path as path, r.route as route, l.query as query, l.status as status, l.reason as reason, c.actor_type as actor_type, c.actor_id as actor_id, c.actor_name as actor_name, c.api_key_id as api_key_id, c.api_key_name as api_key_name, c.api_key_last4 as api_key_last4, c.api_key_state as api_key_state, c.service as service, c.team as team, c.environment as environment, l.key_fingerprint as key_fingerprint, l.ip as ip, coalesce(l.peer_ip, case when l.peer_unknown is null then l.ip end) as peer_ip, l.country as country, coalesce(a.user_agent, l.user_agent) as user_agent, l.duration_ms as duration_ms, l.auth_ms as auth_ms, l.handler_ms as handler_ms, l.request_bytes as request_bytes, l.response_bytes as response_bytes, l.client_request_id as client_request_id, l.trace_id as trace_id, l.error as error, coalesce(l.marks, '{}') as marks, l.gap as gap
  from audit_log l left join audit_caller c on c.organization_id = l.organization_id and c.no = l.caller_no
  left join audit_route r on r.organization_id = l.organization_id and r.no = l.route_no
  left join audit_agent a on a.organization_id = l.organization_id and a.no = l.agent_no;
grant select on audit_record to pinebill_app;
`;

/** Counts a minute. */
export const rollupTable = `
create table audit_rollup (
  organization_id uuid not null,
  bytes_out bigint not null,
  minute integer not null,
  requests integer not null,
  client_errors integer not null,
  server_errors integer not null,
  -- Null: none yet; a counter of a quiet minute is small.
  up_to_1_ms integer,
  up_to_2_ms integer,
  up_to_5_ms integer,
  up_to_10_ms integer,
  up_to_20_ms integer,
  up_to_35_ms integer,
  up_to_50_ms integer,
  up_to_75_ms integer,
  up_to_100_ms integer,
  up_to_150_ms integer,
  up_to_250_ms integer,
  up_to_500_ms integer,
  up_to_1000_ms integer,
  up_to_2500_ms integer,
  up_to_10000_ms integer,
  longer integer,
  dimension smallint not null,
  value text not null,
  constraint audit_rollup_pkey primary key (organization_id, dimension, minute, value)
) with (fillfactor = 70); -- a counter is updated for a minute: in its page, without touching the index

alter table audit_rollup enable row level security;
alter table audit_rollup force row level security;
create policy tenant on audit_rollup to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_rollup to pinebill_maintenance using (true) with check (true);
grant select, insert, update on audit_rollup to pinebill_app;
`;

/** What keeps account of processes. */
export const processTables = `
-- A process says here that it lives, and what its journal still holds. Belongs to processes, not to organizations.
create table audit_journal (
  journal_id uuid constraint audit_journal_pkey primary key,
  host text not null,
  pid integer not null,
  directory text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  pending_entries bigint not null,
  journal_bytes bigint not null,
  stopped_at timestamptz
);
grant select, insert, update on audit_journal to pinebill_app;

-- Requests that have begun and have no row yet, in mode committed.
create table audit_intent (
  journal_id uuid not null,
  organization_id uuid not null,
  id uuid not null,
  occurred_at timestamptz(3) not null,
  record jsonb not null,
  constraint audit_intent_pkey primary key (organization_id, id)
);
create index audit_intent_journal on audit_intent (journal_id);

alter table audit_intent enable row level security;
alter table audit_intent force row level security;
create policy tenant on audit_intent to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_intent to pinebill_maintenance using (true) with check (true);
grant select, insert, update, delete on audit_intent to pinebill_app;

-- Which organizations have intents of one journal, or of journals that nobody has heard of for so long. Past the walls, so it tells nothing but that; the search
-- path is fixed when it is made, with temporary tables last.
do $$ begin execute format($f$
create function audit_abandoned_intents(older_than_seconds double precision, of_journal uuid) returns table (organization_id uuid, journal_id uuid)
language sql stable security definer set search_path = %I, pg_temp as $q$
  select distinct i.organization_id, i.journal_id from audit_intent i left join audit_journal j on j.journal_id = i.journal_id
  where case when of_journal is null then j.seen_at is null or j.seen_at < now() - make_interval(secs => older_than_seconds)
    else i.journal_id = of_journal end
  order by 1, 2
$q$ $f$, current_schema()); end $$;
revoke all on function audit_abandoned_intents(double precision, uuid) from public;
grant execute on function audit_abandoned_intents(double precision, uuid) to pinebill_app;
`;
