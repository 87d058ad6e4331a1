import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

/** What the product tells about itself: rows that no month was made for, how jobs ended, quarantined records of nobody. */
const sql = `
-- The default partition has no grant, and must not get one: it would be a way around the policy of its parent. Bounded: the question is whether.
create function stray_rows() returns bigint
language sql stable security definer set search_path = app, pg_temp as $$
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

-- A record without a readable organization is shown to the home organization, like any request of nobody.
create policy of_nobody on audit_quarantine for select to pinebill_app
  using (organization_id is null and ${current} = home_organization());
`;

export class System1700000000005 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop policy of_nobody on audit_quarantine; drop table job_outcome; drop function stray_rows()');
  }
}
