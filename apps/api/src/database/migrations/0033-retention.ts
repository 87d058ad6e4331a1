/**
 * Retention that is carried out: what is still kept after a change to a shorter one, what is held against every purge, how far a purge has come, and the
 * certificates that remain of what is gone. Certificates are written by pinebill_maintenance, which deletes; the product reads them, and can do nothing else.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const walls = (table: string, grants: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
grant ${grants} on ${table} to pinebill_app;
`;

const up = `
-- What is kept at least until seven days after retention_shrunk_at; null: what the plan shows, and no more.
alter table organization add column kept_days integer constraint organization_kept_days check (kept_days > 0),
  add column retention_shrunk_at timestamptz(3),
  -- Where what will be purged is archived before; null: nowhere.
  add column archive_to text constraint organization_archive_to check (archive_to in ('directory', 's3'));

create table hold (
  organization_id uuid not null references organization (id),
  id uuid not null,
  reason text not null constraint hold_reason_length check (length(reason) between 1 and 1000),
  -- As a query of the log says it, with its period; empty: everything.
  filter jsonb not null,
  -- Null: until somebody releases it.
  until timestamptz(3),
  created_at timestamptz(3) not null,
  created_by uuid not null,
  created_by_name text not null,
  released_at timestamptz(3),
  released_by uuid,
  released_by_name text,
  release_reason text constraint hold_release_reason_length check (length(release_reason) between 1 and 1000),
  constraint hold_pkey primary key (organization_id, id)
);

create table purge_certificate (
  organization_id uuid not null references organization (id),
  id uuid not null,
  began_at timestamptz(3) not null,
  ended_at timestamptz(3) not null,
  -- deleted: row by row; dropped: a whole month.
  how text not null constraint purge_certificate_how check (how in ('deleted', 'dropped')),
  -- Nothing that began later is gone.
  cutoff_at timestamptz(3) not null,
  -- The plan, the days kept, and how many holds were heeded.
  policy jsonb not null,
  -- Of the log. Which numbers exactly; null: in more pieces than are written down, and then the first and the last are.
  rows bigint not null,
  sequences int8multirange,
  first_sequence bigint,
  last_sequence bigint,
  oldest_at timestamptz(3),
  newest_at timestamptz(3),
  -- Of what is derived from it: counters, use of keys and the like, by table.
  others jsonb not null,
  by_name text not null,
  constraint purge_certificate_pkey primary key (organization_id, id)
);
create index purge_certificate_in_order on purge_certificate (organization_id, ended_at, id);

-- A purge that is going on, in the transaction of each of its steps: whoever goes on after a kill knows what is gone already. It becomes the certificate.
create table purge_progress (
  organization_id uuid constraint purge_progress_pkey primary key references organization (id),
  id uuid not null,
  began_at timestamptz(3) not null,
  cutoff_at timestamptz(3) not null,
  policy jsonb not null,
  rows bigint not null default 0,
  sequences int8multirange,
  first_sequence bigint,
  last_sequence bigint,
  oldest_at timestamptz(3),
  newest_at timestamptz(3),
  others jsonb not null default '{}',
  -- All up to this row has been looked at.
  position_at timestamptz(3),
  position_id uuid
);

-- What was written away before it was purged. The purge takes nothing of an organization that archives but what a verified one holds.
create table archive (
  organization_id uuid not null references organization (id),
  id uuid not null,
  created_at timestamptz(3) not null,
  state text not null constraint archive_state check (state in ('writing', 'verified', 'failed')),
  -- Records that began before to_at, with numbers up to up_to_sequence, less those that the one before holds.
  to_at timestamptz(3) not null,
  up_to_sequence bigint not null,
  rows bigint not null default 0,
  first_sequence bigint,
  last_sequence bigint,
  oldest_at timestamptz(3),
  newest_at timestamptz(3),
  destination text not null constraint archive_destination check (destination in ('directory', 's3')),
  location text not null,
  file text not null,
  bytes bigint not null default 0,
  sha256 text,
  verified_at timestamptz(3),
  failure text,
  constraint archive_pkey primary key (organization_id, id)
);
create index archive_in_order on archive (organization_id, to_at, id);

-- Which organizations archive. Each is then worked for inside its own walls.
create function organizations_that_archive() returns setof uuid
language sql stable security definer set search_path = app, pg_temp as $$ select id from organization where archive_to is not null $$;
revoke all on function organizations_that_archive() from public;
grant execute on function organizations_that_archive() to pinebill_app;
`;

const grants: Record<string, string> = {
  hold: 'select, insert, update',
  purge_certificate: 'select',
  purge_progress: 'select',
  archive: 'select, insert, update',
};

export class Retention1700000000033 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(up + Object.entries(grants).map(([table, grant]) => walls(table, grant)).join('')); // prettier-ignore
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop function organizations_that_archive()');
    await db.query(Object.keys(grants).map((table) => `drop table ${table};`).join(' ')); // prettier-ignore
    await db.query('alter table organization drop column kept_days, drop column retention_shrunk_at, drop column archive_to');
  }
}
