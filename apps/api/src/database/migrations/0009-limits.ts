/**
 * What the processes tell each other of rate limits. Uuids, counts and times, no organization's data, and written for many organizations in one
 * statement: outside the walls, like the journals' heartbeats. A row that is missing says that its bucket is full.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = `
create table rate_limit_bucket (
  -- Of a key, an organization or a session.
  subject uuid not null,
  policy text not null,
  per_minute integer not null constraint rate_limit_bucket_positive check (per_minute > 0),
  -- When all is there again, if nothing more is used: GCRA's theoretical arrival time.
  full_at timestamptz not null,
  -- Of what was asked for last; read by who asked, in the same statement.
  granted integer not null,
  -- Requests let through in this minute since 1970, and in the one before.
  minute integer not null,
  used integer not null,
  used_before integer not null,
  -- When a request was last refused, to within seconds.
  limited_at timestamptz,
  constraint rate_limit_bucket_pkey primary key (subject, policy)
) with (fillfactor = 50); -- updated all the time: in its page, without touching the index
grant select, insert, update, delete on rate_limit_bucket to pinebill_app;

-- Who shares. A process says so once a second.
create table rate_limit_process (
  id uuid constraint rate_limit_process_pkey primary key,
  seen_at timestamptz not null
) with (fillfactor = 50);
grant select, insert, update, delete on rate_limit_process to pinebill_app;
`;

export class Limits1700000000009 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table rate_limit_process; drop table rate_limit_bucket');
  }
}
