/** Exports that are made by the clock: of each week or month that is over, once, whichever process does it. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const sql = `
create table export_schedule (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint export_schedule_name_length check (length(name) between 1 and 80),
  every text not null constraint export_schedule_every check (every in ('week', 'month')),
  source text not null,
  -- As of an export, without a time: that is the period.
  request jsonb not null,
  hides_anonymous boolean not null,
  keep integer not null constraint export_schedule_keep check (keep between 1 and 60),
  created_at timestamptz(3) not null,
  created_by uuid not null,
  created_by_name text not null,
  -- Where the period begins that was asked for last; at first, of the last one that was over when the schedule was made.
  done_from timestamptz(3) not null,
  constraint export_schedule_pkey primary key (organization_id, id)
);
alter table export_schedule enable row level security;
alter table export_schedule force row level security;
create policy tenant on export_schedule to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on export_schedule to pinebill_maintenance using (true) with check (true);
grant select, insert, update, delete on export_schedule to pinebill_app;

alter table export add column period_from timestamptz(3);
-- Two processes that both think it is their turn make one.
create unique index export_once_a_period on export (organization_id, schedule_id, period_from) where schedule_id is not null;

-- Past the walls, so it tells nothing but whose schedules have a period that is over: in UTC, weeks from Monday on.
create function export_schedules_due(at timestamptz) returns table (organization_id uuid, id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select s.organization_id, s.id from export_schedule s
  where s.done_from < (date_trunc(s.every, at at time zone 'UTC') - ('1 ' || s.every)::interval) at time zone 'UTC'
  order by s.done_from limit 200
$$;
`;

export class ExportSchedules1700000000021 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
    await db.query(
      'revoke all on function export_schedules_due(timestamptz) from public; grant execute on function export_schedules_due(timestamptz) to pinebill_app',
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      `drop function export_schedules_due; drop index export_once_a_period; alter table export drop column period_from; drop table export_schedule`,
    );
  }
}
