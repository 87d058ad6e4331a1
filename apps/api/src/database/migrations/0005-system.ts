import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the product tells about itself: rows that no month was made for, how jobs ended, what is in the quarantine. */
const sql = `
-- The default partition has no grant, and must not get one: it would be a way around the policy of its parent. Bounded: the question is whether.
create function stray_rows() returns bigint
language sql stable security definer set search_path = app, pg_temp set lock_timeout = '200ms' as $$
  select count(*) from (select 1 from audit_log_default limit 100000) as stray
$$;
revoke all on function stray_rows() from public;
grant execute on function stray_rows() to pinebill_app;

-- How each job ended last, in whichever process it ran. Belongs to the installation.
create table job_outcome (
  name text constraint job_outcome_pkey primary key,
  outcome text not null constraint job_outcome_known check (outcome in ('done', 'failed')),
  ended_at timestamptz not null,
  duration_ms integer not null,
  -- In a row; 0 after a success.
  failures integer not null,
  host text not null
);
grant select, insert, update on job_outcome to pinebill_app;

-- How many there are concerns everybody who runs the installation; the table itself shows each organization its own.
create function quarantined_records() returns bigint
language sql stable security definer set search_path = app, pg_temp set lock_timeout = '200ms' as $$
  select count(*) from (select 1 from audit_quarantine limit 100000) as kept
$$;
revoke all on function quarantined_records() from public;
grant execute on function quarantined_records() to pinebill_app;

-- For the home organization, and nobody else: what is there, newest first. Its own records and those of nobody as they were; of other organizations that there is
-- one, whose, since when and why, without the record and without what the error quotes from it. By milliseconds, for that is what a cursor holds, and by a uuid
-- (version 8) made of the place, which is what tells two apart. The table holds few rows, so it has no index.
create function quarantine_of_installation(after_at timestamptz, after_id uuid, most integer)
returns table (id uuid, at timestamptz, journal_id uuid, journal_offset bigint, organization_id uuid, organization_name text, error text, record bytea)
language sql stable security definer set search_path = app, pg_temp set lock_timeout = '2s' as $$
  select k.id, k.at, k.journal_id, k.journal_offset, k.organization_id, o.name,
    case when k.readable then k.error else regexp_replace(k.error, '".*"', '"..."') end, case when k.readable then k.record end
  from (
    select (substr(place, 1, 12) || '8' || substr(place, 14, 3) || '8' || substr(place, 18))::uuid as id, date_trunc('milliseconds', q.quarantined_at) as at,
      q.journal_id, q.journal_offset, q.organization_id, q.error, q.record, q.organization_id is null or q.organization_id = home_organization() as readable
    from audit_quarantine q, md5(q.journal_id || ':' || q.journal_offset) as place
  ) as k left join organization o on o.id = k.organization_id
  where nullif(current_setting('app.organization_id', true), '')::uuid = home_organization()
    and (after_at is null or (k.at, k.id) < (after_at, after_id))
  order by k.at desc, k.id desc limit least(most, 1000)
$$;
revoke all on function quarantine_of_installation(timestamptz, uuid, integer) from public;
grant execute on function quarantine_of_installation(timestamptz, uuid, integer) to pinebill_app;
`;

export class System1700000000005 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      'drop function quarantine_of_installation; drop function quarantined_records; drop table job_outcome; drop function stray_rows',
    );
  }
}
