/**
 * Roll-ups by the kind of caller, so that "programs only" is answered from them, and how far they have been summed up by the hour. The kind of caller stands in no
 * counter of the old table, so all but those of callers are counted anew from the log: about a second for each 100,000 records.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

// The head first, as whoever stores records takes it: a process of the old version that still runs waits, and is not waited for.
const table = `
lock table audit_head, audit_rollup in access exclusive mode;
alter table audit_rollup rename to old_audit_rollup;
alter index audit_rollup_pkey rename to old_audit_rollup_pkey;
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
  actor smallint not null,
  value text not null,
  constraint audit_rollup_pkey primary key (organization_id, dimension, minute, value, actor)
) with (fillfactor = 70); -- a counter is updated for a minute: in its page, without touching the index

alter table audit_rollup enable row level security;
alter table audit_rollup force row level security;
create policy tenant on audit_rollup to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_rollup to pinebill_maintenance using (true) with check (true);
grant select, insert, update on audit_rollup to pinebill_app;
`;

const actor = `array_position(array['apiKey', 'user', 'anonymous', 'system'], c.actor_type)`;
const ends = [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 10_000];
const buckets = [...ends.map((end) => `up_to_${end}_ms`), 'longer'];
const sums = `bytes_out, requests, client_errors, server_errors, ${buckets.join(', ')}`;
const within = (index: number): string =>
  [...(index > 0 ? [`l.duration_ms > ${ends[index - 1]}`] : []), ...(index < ends.length ? [`l.duration_ms <= ${ends[index]}`] : [])].join(
    ' and ',
  );

const callers = `
insert into audit_rollup (organization_id, dimension, minute, value, actor, ${sums})
select u.organization_id, u.dimension, u.minute, u.value, coalesce(${actor}, 0), ${sums}
from old_audit_rollup u left join audit_caller c on c.organization_id = u.organization_id and c.no::text = u.value
where u.dimension = 1;
drop table old_audit_rollup;
`;

/** As the store would have counted; here every address has its counter. */
const others = `
insert into audit_rollup (organization_id, dimension, minute, value, actor, bytes_out, requests, client_errors, server_errors, ${buckets.join(', ')})
select l.organization_id, dimension, l.minute, value, coalesce(${actor}, 0), coalesce(sum(l.response_bytes), 0), count(*),
  count(*) filter (where l.status between 400 and 499), count(*) filter (where l.status >= 500),
  ${buckets.map((_, index) => `nullif(count(*) filter (where ${within(index)}), 0)`).join(', ')}
from audit_log l left join audit_caller c on c.organization_id = l.organization_id and c.no = l.caller_no,
  lateral (values (2, l.route_no::text), (3, coalesce(l.status::text, '')), (4, coalesce(l.country, '')), (5, coalesce(host(l.ip), ''))) as d (dimension, value)
where l.kind is null
group by 1, 2, 3, 4, 5;
analyze audit_rollup;
`;

const hours = `
alter table audit_head add column hours_until integer;

-- Which organizations have hours before this minute that are not summed up. Each is then worked for inside its own walls.
create function organizations_with_open_hours(before integer) returns setof uuid
language sql stable security definer set search_path = app, pg_temp as $$
  select organization_id from audit_head where hours_until is null or hours_until < before
$$;
revoke all on function organizations_with_open_hours(integer) from public;
grant execute on function organizations_with_open_hours(integer) to pinebill_app;
`;

export class Stats1700000000022 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const step of [table, callers, others, hours]) await db.query(step);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The counters of before are gone: restore a backup instead.'));
  }
}
