/**
 * Scheduled exports are delivered: into a directory or a bucket that whoever runs the product has allowed. One row for each export that is to be;
 * the row is made with the export, and says what became of it.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const sql = `
alter table export_schedule add column destination text
  constraint export_schedule_destination check (destination in ('directory', 's3'));
-- Below the folder of the organization; empty: that one itself.
alter table export_schedule add column folder text not null default '';

create table export_delivery (
  organization_id uuid not null references organization (id),
  export_id uuid not null,
  schedule_id uuid not null,
  -- Whoever made the schedule: they are told when it fails.
  created_by uuid not null,
  created_at timestamptz(3) not null,
  destination text not null constraint export_delivery_destination check (destination in ('directory', 's3')),
  folder text not null,
  state text not null constraint export_delivery_state check (state in ('waiting', 'delivering', 'delivered', 'failed', 'removed')),
  attempt integer not null default 0,
  -- In a row; of the last one what it said, for programs and for people.
  failures integer not null default 0,
  failure_code text,
  failure text,
  next_at timestamptz(3) not null,
  lease_until timestamptz,
  delivered_at timestamptz(3),
  -- Where it is, below what whoever runs the product has named.
  location text,
  constraint export_delivery_pkey primary key (organization_id, export_id)
);
create index export_delivery_open on export_delivery (next_at) where state in ('waiting', 'delivering');
create index export_delivery_schedule on export_delivery (organization_id, schedule_id, created_at);
alter table export_delivery enable row level security;
alter table export_delivery force row level security;
create policy tenant on export_delivery to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on export_delivery to pinebill_maintenance using (true) with check (true);
grant select, insert, update on export_delivery to pinebill_app;

-- Past the walls, so it tells nothing but which exports somebody should look after now: whose files are made (or will never be), when their time
-- has come, or whoever was at it is gone.
create function export_deliveries_due(at timestamptz) returns table (organization_id uuid, export_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select d.organization_id, d.export_id from export_delivery d
  join export e on e.organization_id = d.organization_id and e.id = d.export_id
  where ((d.state = 'waiting' and d.next_at <= at) or (d.state = 'delivering' and d.lease_until < clock_timestamp()))
    and e.state not in ('queued', 'running')
  order by d.next_at limit 50
$$;
`;

const signature = 'export_deliveries_due(timestamptz)';

export class ExportDeliveries1700000000026 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
    await db.query(`revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      `drop function ${signature}; drop table export_delivery; alter table export_schedule drop column destination, drop column folder`,
    );
  }
}
