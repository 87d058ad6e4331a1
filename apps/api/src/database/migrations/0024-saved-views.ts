/**
 * Saved views of the log: a filter with a name, and how the list looks with it. Private ones are seen by their maker alone, so a name is taken
 * among one's own, or among the shared ones: a name that clashed with somebody's private view would tell that it exists.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const walls = (table: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
grant select, insert, update, delete on ${table} to pinebill_app;
`;

const sql = `
create table saved_view (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint saved_view_name_length check (length(name) between 1 and 80),
  shared boolean not null,
  -- The one grammar of filters, by the names of its parameters.
  filter jsonb not null,
  -- Null: as the filter's from and to say.
  range text,
  -- Null: as whoever looks has chosen.
  columns text[],
  sort_order text not null constraint saved_view_order check (sort_order in ('desc', 'asc')),
  density text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  created_by uuid not null,
  created_by_name text not null,
  constraint saved_view_pkey primary key (organization_id, id)
);
create unique index saved_view_own_name_taken on saved_view (organization_id, created_by, lower(name)) where not shared;
create unique index saved_view_shared_name_taken on saved_view (organization_id, lower(name)) where shared;

-- What the log opens with, for one person in one organization.
create table saved_view_default (
  organization_id uuid not null references organization (id),
  user_id uuid not null,
  saved_view_id uuid not null,
  constraint saved_view_default_pkey primary key (organization_id, user_id),
  constraint saved_view_default_view foreign key (organization_id, saved_view_id) references saved_view (organization_id, id) on delete cascade
);
create index saved_view_default_by_view on saved_view_default (organization_id, saved_view_id);
`;

export class SavedViews1700000000024 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql + walls('saved_view') + walls('saved_view_default'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table saved_view_default; drop table saved_view');
  }
}
