/** Mail that came too late ends some hundreds at a time; and an organization is told which of its months are out of the log and in no certificate yet. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const AT_ONCE = 500;

const up = `
-- What was never worth sending any more; says how many, so whoever calls goes on until there is less than ${AT_ONCE}. Of each its channel is locked, until the end of this.
drop function mail_expire(timestamptz);
create function mail_expire(at timestamptz) returns bigint
language sql security definer set search_path = app, pg_temp as $$
  with late as materialized (
    select organization_id, id from mail_outbox where state = 'queued' and expires_at <= at order by organization_id, id limit ${AT_ONCE}
  ), ended as materialized (
    select mail_end(organization_id, id, 'late', 'it was too late', at) from late
  )
  select count(*) from ended
$$;
revoke all on function mail_expire(timestamptz) from public;
grant execute on function mail_expire(timestamptz) to pinebill_app;

-- Months that a purge took out of the log and has not counted yet, where the organization of the transaction has a record in them.
create function months_taken_out() returns table (month text)
language plpgsql stable security definer set search_path = app, pg_temp as $$
declare
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  taken text;
  has_some boolean;
begin
  for taken in
    select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r' and relname like 'purged\\_audit\\_log\\_%' order by 1
  loop
    begin
      execute format('select exists (select from %I where organization_id = $1)', taken) into has_some using organization;
      if has_some then month := replace(right(taken, 7), '_', '-'); return next; end if;
    exception when undefined_table then null; -- Counted and dropped just now.
    end;
  end loop;
end $$;
revoke all on function months_taken_out() from public;
grant execute on function months_taken_out() to pinebill_app;
`;

/** As migration 0039 has made it. */
const down = `
drop function months_taken_out();
drop function mail_expire(timestamptz);
create function mail_expire(at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  select mail_end(organization_id, id, 'late', 'it was too late', at) from mail_outbox where state = 'queued' and expires_at <= at
$$;
revoke all on function mail_expire(timestamptz) from public;
grant execute on function mail_expire(timestamptz) to pinebill_app;
`;

export class BoundedSteps1700000000040 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(up);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(down);
  }
}
