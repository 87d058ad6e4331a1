/** What happened in a week, made once when it is over, for somebody to look at and sign. What is signed is a review like any other: nobody can change it. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const kinds = (names: string): string => `
alter table review drop constraint review_kind;
alter table review add constraint review_kind check (kind in (${names}));
`;

const up = `
create table weekly_review (
  organization_id uuid not null references organization (id),
  id uuid not null,
  -- Its Monday, in UTC.
  week date not null constraint weekly_review_monday check (extract(isodow from week) = 1),
  digest jsonb not null,
  attention integer not null,
  made_at timestamptz(3) not null,
  due_at timestamptz(3) not null,
  -- Null: nobody has signed it yet.
  review_id uuid,
  constraint weekly_review_pkey primary key (organization_id, id),
  constraint weekly_review_review foreign key (organization_id, review_id) references review (organization_id, id)
);
create unique index weekly_review_once on weekly_review (organization_id, week);
alter table weekly_review enable row level security;
alter table weekly_review force row level security;
create policy tenant on weekly_review to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on weekly_review to pinebill_maintenance using (true) with check (true);
grant select, insert, update on weekly_review to pinebill_app;
${kinds(`'access', 'weekly'`)}

-- Past the walls, so it tells nothing but which organizations, there by the end of the week, have no review of it.
create function weekly_reviews_due(monday date) returns table (organization_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select o.id from organization o where o.created_at < (monday + 7)::timestamp at time zone 'UTC'
    and not exists (select 1 from weekly_review w where w.organization_id = o.id and w.week = monday)
  order by o.id limit 200
$$;
revoke all on function weekly_reviews_due(date) from public;
grant execute on function weekly_reviews_due(date) to pinebill_app;
`;

// What was signed of weeks has no place in the version before.
const down = `
drop function weekly_reviews_due(date);
drop table weekly_review;
delete from review where kind = 'weekly';
${kinds(`'access'`)}
`;

export class WeeklyReviews1700000000034 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(up);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(down);
  }
}
