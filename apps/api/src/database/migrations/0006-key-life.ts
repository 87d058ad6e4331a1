/**
 * The life of a key, and what is known of its use: sums made from the log in the order of its sequence, so that nobody reads the log to tell when a
 * key was last used, who calls with it, or how. How far the log is summed stands in api_key_use_head, one row an organization.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As audit_rollup has them. Written here once more: a migration stays as it is, whatever becomes of the code. */
const durationColumns = [
  ...[1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 10_000].map((end) => `up_to_${end}_ms`),
  'longer',
];

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const walls = (table: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
grant select, insert, update on ${table} to pinebill_app;`;

const columns = `
alter table api_key add column rotated_by uuid, add column rotated_by_name text,
  -- When the end that the clock brought was written into the activity log.
  add column expiry_noted_at timestamptz, add column overlap_end_noted_at timestamptz;
update api_key set expiry_noted_at = case when expires_at <= now() then now() end,
  overlap_end_noted_at = case when rotated_out_at <= now() then now() end
  where expires_at <= now() or rotated_out_at <= now();
create index api_key_replaces on api_key (organization_id, replaces) where replaces is not null;
`;

const tables = `
-- One row a key. "Accepted": the door let the request in. "Dead": refused because the key was disabled, rotated out, expired or revoked; part of "refused".
create table api_key_use (
  organization_id uuid not null,
  api_key_id uuid not null,
  last_accepted_at timestamptz,
  last_accepted_ip inet,
  last_accepted_agent text,
  last_refused_at timestamptz,
  last_dead_at timestamptz,
  requests bigint not null default 0,
  refused bigint not null default 0,
  dead bigint not null default 0,
  constraint api_key_use_pkey primary key (organization_id, api_key_id)
) with (fillfactor = 70);

-- By the hour (since 1970) and status; 0: no answer is known. The durations as in audit_rollup.
create table api_key_hour (
  organization_id uuid not null,
  api_key_id uuid not null,
  hour integer not null,
  status smallint not null,
  requests bigint not null,
  bytes_out bigint not null,
  ${durationColumns.map((column) => `${column} integer not null`).join(',\n  ')},
  constraint api_key_hour_pkey primary key (organization_id, api_key_id, hour, status)
) with (fillfactor = 70);

-- Who calls, by the day (UTC): the network of the address (/24, /64; '' without an address) and the first word of the user agent.
create table api_key_caller (
  organization_id uuid not null,
  api_key_id uuid not null,
  day date not null,
  network text not null,
  agent text not null,
  requests bigint not null,
  refused bigint not null,
  dead bigint not null,
  last_accepted_at timestamptz,
  last_refused_at timestamptz,
  last_dead_at timestamptz,
  constraint api_key_caller_pkey primary key (organization_id, api_key_id, day, network, agent)
) with (fillfactor = 70);

create table api_key_use_head (
  organization_id uuid constraint api_key_use_head_pkey primary key,
  sequence bigint not null
);
${['api_key_use', 'api_key_hour', 'api_key_caller', 'api_key_use_head'].map(walls).join('\n')}
`;

/** The last use is right from the first moment; the sums follow, for the log is read from its beginning (key-use.service.ts). */
const lastUses = `
insert into api_key_use (organization_id, api_key_id, last_accepted_at, last_accepted_ip, last_accepted_agent)
select k.organization_id, k.id, used.occurred_at, used.ip, used.user_agent
from api_key k cross join lateral (
  select l.occurred_at, l.ip, coalesce(a.user_agent, l.user_agent) as user_agent
  from audit_caller c cross join lateral (
    select * from audit_log l where l.organization_id = k.organization_id and l.caller_no = c.no
      and l.occurred_at > now() - interval '400 days' and l.occurred_at < now() + interval '1 day'
      and (l.status is null or l.status not in (401, 403, 429)) and l.kind is null
    order by l.minute desc, l.occurred_at desc limit 1) l
  left join audit_agent a on a.organization_id = k.organization_id and a.no = l.agent_no
  where c.organization_id = k.organization_id and c.api_key_id = k.id and c.api_key_state in ('active', 'expiring', 'quarantined')
  order by l.occurred_at desc limit 1) used;
alter table api_key drop column last_used_at, drop column last_used_ip, drop column last_used_user_agent;
`;

/** For jobs, which work for one organization after the other and must know for which. They return ids and nothing else. */
const doors = `
create function organizations_with_uncounted_use() returns setof uuid
language sql stable security definer set search_path = app, pg_temp as $$
  select h.organization_id from audit_head h left join api_key_use_head u on u.organization_id = h.organization_id
  where h.sequence > coalesce(u.sequence, 0)
$$;
create function organizations_with_ended_keys(at timestamptz) returns setof uuid
language sql stable security definer set search_path = app, pg_temp as $$
  select distinct organization_id from api_key
  where (expires_at <= at and (expiry_noted_at is null or expiry_noted_at < expires_at))
    or (rotated_out_at <= at and (overlap_end_noted_at is null or overlap_end_noted_at < rotated_out_at))
$$;
revoke all on function organizations_with_uncounted_use(), organizations_with_ended_keys(timestamptz) from public;
grant execute on function organizations_with_uncounted_use(), organizations_with_ended_keys(timestamptz) to pinebill_app;
`;

export class KeyLife1700000000006 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const step of [columns, tables, lastUses, doors]) await db.query(step);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('When keys were last used is nowhere else by now: restore a backup instead.'));
  }
}
