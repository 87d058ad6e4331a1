/** Maintenance mode: one row for the whole installation. Set by the operator's command as pinebill_maintenance; the product only reads it. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Maintenance1700000000004 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table maintenance (
        only_row boolean constraint maintenance_pkey primary key default true constraint maintenance_one_row check (only_row),
        -- Null: there is none.
        started_at timestamptz,
        -- As announced; null: nobody said. It goes on until it is ended, whatever was announced.
        ends_at timestamptz,
        message text constraint maintenance_message_length check (length(message) between 1 and 200)
      );
      insert into maintenance default values;
      grant select on maintenance to pinebill_app;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table maintenance');
  }
}
