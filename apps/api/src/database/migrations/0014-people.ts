/** Several organizations a person, sign-offs of access reviews that nobody can change, and indexes for the filters of the activity list. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const sql = `
-- The policy lets in only the one whose id the transaction names, so a new organization is made from inside itself.
grant insert on organization to pinebill_app;

-- Evidence: who looked at what, and when. The snapshot is the text that was hashed, so anybody can hash it again; jsonb would reorder it.
create table review (
  organization_id uuid not null references organization (id),
  id uuid not null,
  kind text not null constraint review_kind check (kind in ('access')),
  note text constraint review_note_length check (length(note) between 1 and 2000),
  signed_at timestamptz not null,
  signed_by uuid not null,
  signed_by_name text not null,
  snapshot text not null,
  sha256 bytea not null,
  constraint review_pkey primary key (organization_id, signed_at, id),
  constraint review_hash check (sha256 = sha256(convert_to(snapshot, 'UTF8')))
);
create unique index review_id on review (organization_id, id);
alter table review enable row level security;
alter table review force row level security;
create policy tenant on review to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on review to pinebill_maintenance using (true) with check (true);
grant select, insert on review to pinebill_app;

create index activity_by_actor on activity (organization_id, actor_id, occurred_at, id) where actor_id is not null;
create index activity_by_target on activity (organization_id, target_id, occurred_at, id) where target_id is not null;
`;

export class People1700000000014 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      drop index activity_by_target;
      drop index activity_by_actor;
      drop table review;
      revoke insert on organization from pinebill_app;`);
  }
}
