/**
 * Holds keep what they held when they were made, and the purge remembers when it last looked at the clock: one that has gone ahead by days must not delete what
 * nobody meant to be deleted.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = `
-- Of a hold on findings: what each of them was about when the hold was made, as a filter with its period. What it is about now is held as well.
alter table hold add column findings jsonb;

-- For the purge alone. seen_at: the clock of the last purge that was let go on. doubted_at: that of one that was not.
create table purge_clock (
  one boolean constraint purge_clock_pkey primary key default true constraint purge_clock_one check (one),
  seen_at timestamptz(3) not null,
  doubted_at timestamptz(3)
);
insert into purge_clock (seen_at) values (now());
`;

export class RetentionMended1700000000038 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(up);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table purge_clock; alter table hold drop column findings');
  }
}
