/** What nobody asks for any more goes by itself; and a mail that is being sent is left alone for longer than sending it may take. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const forget = `
-- Links for a new password and sessions that ended so long ago, and counts of attempts whose span is over. Of all organizations; the activity, which tells of each,
-- stays. At most so many of each; answers how many of what there were most of.
create function getting_in_forget(at timestamptz, kept interval, most integer) returns bigint
language sql security definer set search_path = app, pg_temp as $$
  with links as (
    delete from password_reset r using (
      select organization_id, id from password_reset where least(used_at, expires_at) < at - kept limit most for update skip locked) old
    where r.organization_id = old.organization_id and r.id = old.id returning 1
  ), sessions as (
    delete from user_session s using (
      select id from user_session where least(ended_at, expires_at) < at - kept limit most for update skip locked) old
    where s.id = old.id returning 1
  ), counts as (
    delete from throttle t using (select name from throttle where until < at limit most for update skip locked) old
    where t.name = old.name returning 1
  )
  select greatest((select count(*) from links), (select count(*) from sessions), (select count(*) from counts))
$$;
revoke all on function getting_in_forget(timestamptz, interval, integer) from public;
grant execute on function getting_in_forget(timestamptz, interval, integer) to pinebill_app;
`;

/** As in migration 0011, but for the shortest time: a mail is cut after 90 s (notifications/smtp.ts). */
const take = (shortest: number): string => `
create or replace function mail_take(at timestamptz)
returns table (id uuid, organization_id uuid, organization_name text, to_user uuid, email text, name text, requires text, role text,
  subject text, body text, attempts integer, queued_at timestamptz, expires_at timestamptz)
language sql security definer set search_path = app, pg_temp as $$
  with due as (
    select m.organization_id, m.id from mail_outbox m where m.state = 'queued' and m.next_attempt_at <= at
    order by m.next_attempt_at, m.id limit 1 for update skip locked
  ), taken as (
    update mail_outbox m set attempts = m.attempts + 1,
      next_attempt_at = at + least(make_interval(secs => greatest(${shortest}, 30 * power(2, least(m.attempts, 12)))), interval '4 hours')
    from due where m.organization_id = due.organization_id and m.id = due.id returning m.*
  )
  select t.id, t.organization_id, o.name, t.to_user, coalesce(u.email, t.to_email), coalesce(u.name, t.to_name), t.requires, m.role,
    t.subject, t.body, t.attempts, t.queued_at, t.expires_at
  from taken t join organization o on o.id = t.organization_id
    left join membership m on m.organization_id = t.organization_id and m.user_id = t.to_user and m.suspended_at is null
    left join app_user u on u.id = m.user_id
$$;`;

export class Cleanup1700000000017 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(forget + take(120));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`drop function getting_in_forget(timestamptz, interval, integer); ${take(30)}`);
  }
}
