import type { MigrationInterface, QueryRunner } from 'typeorm';
import { doorFunctions, passwordReset, throttle } from './0011-mail.doors';

/**
 * Mail that is to be sent, one row a recipient, written in the transaction of what it tells of. The product adds rows and reads its own
 * organization's; the sender works for all of them, through the functions below. What a mail says is kept until it is decided what becomes of it,
 * no longer: it may hold a link that opens something.
 */
const outbox = `
create table mail_outbox (
  organization_id uuid not null references organization (id),
  id uuid not null,
  -- Either a person, whose address and role are looked up when the mail is sent, or an address.
  to_user uuid,
  to_email text,
  to_name text,
  requires text,
  subject text not null constraint mail_outbox_subject_line check (length(subject) between 1 and 200 and subject !~ '[[:cntrl:]]'),
  body text not null,
  dedupe_key text,
  state text not null default 'queued' constraint mail_outbox_state check (state in ('queued', 'sent', 'failed', 'skipped')),
  queued_at timestamptz not null,
  expires_at timestamptz not null,
  next_attempt_at timestamptz not null,
  attempts integer not null default 0,
  ended_at timestamptz,
  last_error text,
  constraint mail_outbox_pkey primary key (organization_id, id),
  constraint mail_outbox_recipient check ((to_user is null) <> (to_email is null)),
  constraint mail_outbox_no_body_kept check (state = 'queued' or body = '')
);
create unique index mail_outbox_once on mail_outbox (organization_id, dedupe_key, coalesce(to_user::text, lower(to_email))) where dedupe_key is not null;
create index mail_outbox_due on mail_outbox (next_attempt_at, id) where state = 'queued';
create index mail_outbox_ended on mail_outbox (ended_at) where state <> 'queued';
alter table mail_outbox enable row level security;
alter table mail_outbox force row level security;
create policy tenant on mail_outbox to pinebill_app
  using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy maintenance on mail_outbox to pinebill_maintenance using (true) with check (true);
grant select, insert on mail_outbox to pinebill_app;
`;

/** In the order in which they are made. */
const functions = {
  ...doorFunctions,
  'mail_is_due(timestamptz)': `
create function mail_is_due(at timestamptz) returns boolean
language sql stable security definer set search_path = app, pg_temp as $$
  select exists (select 1 from mail_outbox where state = 'queued' and next_attempt_at <= at)
$$`,
  // One at a time, so that who may read it is looked up right before it leaves. The next attempt is put down first: a process that is killed
  // while it sends leaves the mail to whoever comes next.
  'mail_take(timestamptz)': `
create function mail_take(at timestamptz)
returns table (id uuid, organization_id uuid, organization_name text, to_user uuid, email text, name text, requires text, role text,
  subject text, body text, attempts integer, queued_at timestamptz, expires_at timestamptz)
language sql security definer set search_path = app, pg_temp as $$
  with due as (
    select m.organization_id, m.id from mail_outbox m where m.state = 'queued' and m.next_attempt_at <= at
    order by m.next_attempt_at, m.id limit 1 for update skip locked
  ), taken as (
    update mail_outbox m set attempts = m.attempts + 1,
      next_attempt_at = at + least(make_interval(secs => 30 * power(2, least(m.attempts, 12))), interval '4 hours')
    from due where m.organization_id = due.organization_id and m.id = due.id returning m.*
  )
  select t.id, t.organization_id, o.name, t.to_user, coalesce(u.email, t.to_email), coalesce(u.name, t.to_name), t.requires, m.role,
    t.subject, t.body, t.attempts, t.queued_at, t.expires_at
  from taken t join organization o on o.id = t.organization_id
    left join membership m on m.organization_id = t.organization_id and m.user_id = t.to_user and m.suspended_at is null
    left join app_user u on u.id = m.user_id
$$`,
  'mail_end(uuid, uuid, text, text, timestamptz)': `
create function mail_end(organization uuid, mail uuid, outcome text, error text, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox set state = outcome, last_error = error, ended_at = at, body = ''
  where organization_id = organization and id = mail and state = 'queued'
$$`,
  // counted: whether the attempt was one at this mail, and not at a server that is away.
  'mail_retry(uuid, uuid, text, boolean, timestamptz)': `
create function mail_retry(organization uuid, mail uuid, error text, counted boolean, next timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox set last_error = error, attempts = case when counted then attempts else attempts - 1 end,
    next_attempt_at = case when counted then next_attempt_at else next end
  where organization_id = organization and id = mail and state = 'queued'
$$`,
  // By the name it was queued under, or what that begins with: what it tells of is no longer so. In the organization of the transaction.
  'mail_withdraw(text, timestamptz)': `
create function mail_withdraw(key text, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox set state = 'skipped', last_error = 'withdrawn', ended_at = at, body = ''
  where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid and state = 'queued'
    and (dedupe_key = key or starts_with(dedupe_key, key || ':'))
$$`,
  'mail_expire(timestamptz)': `
create function mail_expire(at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox set state = 'skipped', last_error = 'it was too late', ended_at = at, body = '' where state = 'queued' and expires_at <= at
$$`,
  // What nobody asks for any more; a thousand at a time.
  'mail_forget(timestamptz)': `
create function mail_forget(before timestamptz) returns bigint
language sql security definer set search_path = app, pg_temp as $$
  with gone as (
    delete from mail_outbox m using (select organization_id, id from mail_outbox where state <> 'queued' and ended_at < before limit 1000) old
    where m.organization_id = old.organization_id and m.id = old.id returning 1)
  select count(*) from gone
$$`,
  'mail_figures(timestamptz)': `
create function mail_figures(since timestamptz)
returns table (queued bigint, oldest_queued_at timestamptz, failed bigint, last_failed_at timestamptz, last_error text)
language sql stable security definer set search_path = app, pg_temp set lock_timeout = '200ms' as $$
  select w.queued, w.oldest, f.failed, f.last, coalesce(
    (select m.last_error from mail_outbox m where m.state = 'failed' and m.ended_at >= since order by m.ended_at desc limit 1),
    (select m.last_error from mail_outbox m where m.state = 'queued' and m.last_error is not null order by m.next_attempt_at limit 1))
  from (select count(*) as queued, min(q.queued_at) as oldest from (select queued_at from mail_outbox where state = 'queued' limit 100000) q) w,
    (select count(*) as failed, max(e.ended_at) as last from mail_outbox e where e.state = 'failed' and e.ended_at >= since) f
$$`,
};

export class Mail1700000000011 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(outbox + passwordReset + throttle);
    for (const [signature, sql] of Object.entries(functions)) {
      await db.query(sql);
      await db.query(`revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    for (const signature of Object.keys(functions).reverse()) await db.query(`drop function ${signature}`);
    await db.query('drop table mail_outbox, password_reset, throttle, sign_in_network');
  }
}
