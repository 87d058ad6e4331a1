/**
 * Detection that stands still is seen: how far behind it is, and why. A listener that fails keeps no finding from being stored, and is told again. And whether an
 * organization wants what its people do at the console looked at as well.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

/** As in libs/audit: records of so many numbers lie in one block, by which they are found. */
const BLOCK = 128;

const up = `
alter table detection_cursor
  -- Since it last went well: how often it failed, when and why.
  add column failures integer not null default 0,
  add column failed_at timestamptz(3),
  add column last_error text;

-- What somebody was to be told of it, and could not be.
alter table finding add column untold text constraint finding_untold check (untold in ('opened', 'updated'));
create index finding_untold on finding (organization_id, opened_at) where untold is not null;

create table detection_setting (
  organization_id uuid constraint detection_setting_pkey primary key references organization (id),
  includes_people boolean not null,
  changed_at timestamptz(3) not null,
  changed_by_name text not null
);
alter table detection_setting enable row level security;
alter table detection_setting force row level security;
create policy tenant on detection_setting to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on detection_setting to pinebill_maintenance using (true) with check (true);
grant select, insert, update on detection_setting to pinebill_app;

-- Past the walls, so it tells nothing of an organization but numbers. The oldest record is looked up for the fifty that wait longest.
create function detection_figures() returns table (behind bigint, waiting bigint, oldest_waiting_at timestamptz, failing bigint, last_failed_at timestamptz, last_error text)
language sql stable security definer set search_path = app, pg_temp as $$
  with late as (
    select h.organization_id, coalesce(c.sequence, 0) as sequence, h.sequence - coalesce(c.sequence, 0) as waiting, c.advanced_until
    from audit_head h join organization o on o.id = h.organization_id left join detection_cursor c on c.organization_id = h.organization_id
    where h.sequence > coalesce(c.sequence, 0)
  ), first as (
    select l.organization_id, l.sequence from late l order by l.advanced_until nulls first, 1 limit 50
  )
  select (select count(*) from late), (select coalesce(sum(l.waiting), 0)::bigint from late l),
    (select min(r.occurred_at) from first f cross join lateral (
       select a.occurred_at from audit_log a where a.organization_id = f.organization_id
         and a.sequence_block = ((f.sequence + 1) / ${BLOCK})::integer and a.sequence > f.sequence order by a.sequence limit 1) r),
    (select count(*) from detection_cursor c where c.failures > 0), (select max(c.failed_at) from detection_cursor c where c.failures > 0),
    (select c.last_error from detection_cursor c where c.failures > 0 order by c.failed_at desc limit 1)
$$;
revoke all on function detection_figures() from public;
grant execute on function detection_figures() to pinebill_app;
`;

const down = `
drop function detection_figures();
drop table detection_setting;
alter table finding drop column untold;
alter table detection_cursor drop column failures, drop column failed_at, drop column last_error;
`;

export class DetectionSeen1700000000036 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(up);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(down);
  }
}
