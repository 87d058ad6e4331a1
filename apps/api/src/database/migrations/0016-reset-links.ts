/** A password that its person changes ends the links for a new one that are still open. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ResetLinks1700000000016 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- In every organization: a link belongs to the one it was made in, the password to the person.
      create function password_reset_end_for_user(person uuid, at timestamptz) returns void
      language sql security definer set search_path = app, pg_temp as $$
        update password_reset set used_at = at where user_id = person and used_at is null
      $$;
      revoke all on function password_reset_end_for_user(uuid, timestamptz) from public;
      grant execute on function password_reset_end_for_user(uuid, timestamptz) to pinebill_app;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop function password_reset_end_for_user(uuid, timestamptz)');
  }
}
