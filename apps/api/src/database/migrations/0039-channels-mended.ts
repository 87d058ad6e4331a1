/**
 * Places of senders are shared out among organizations, and what PagerDuty is told comes in its order; channels of mail know what became of their
 * mails, and what waits for them ends with them; missed weeks are made up for, for however many organizations.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const taken = `organization_id uuid, id uuid, channel_id uuid, event text, data jsonb, created_at timestamptz, attempts integer, tries integer,
  plan text, organization_name text, kind text, name text, target bytea, secret bytea, previous_secret bytea, previous_until timestamptz,
  failing_since timestamptz, disabled_at timestamptz`;
const takenColumns = `n.organization_id, n.id, n.channel_id, n.event, n.data, n.created_at::timestamptz, n.attempts, n.tries, o.plan, o.name, c.kind,
  c.name, c.target, c.secret, c.previous_secret, c.previous_until::timestamptz, c.failing_since::timestamptz, c.disabled_at::timestamptz`;
const mail = `id uuid, organization_id uuid, organization_name text, to_user uuid, email text, name text, requires text, role text,
  subject text, body text, attempts integer, queued_at timestamptz, expires_at timestamptz`;

type Functions = Record<string, string>;

/** The notification that a mail is of; null: it is of none. */
const notificationOf = (key: string): string => `case when starts_with(${key}, 'notification:') then split_part(${key}, ':', 2)::uuid end`;
/** First the channel, then its mails, whoever changes both: so nobody waits for somebody who waits for them. */
const lockChannel = `
  select 1 from mail_outbox m join notification n on n.organization_id = m.organization_id and n.id = ${notificationOf('m.dedupe_key')}
    join channel c on c.organization_id = n.organization_id and c.id = n.channel_id
  where m.organization_id = organization and m.id = mail for no key update of c;`;

/** In the order in which they are made. */
const now: Functions = {
  // One, of a channel that has a place free, in an organization that has one: whoever has the fewest on their way comes first, and then whoever has
  // waited longest. So a receiver that is slow or dead keeps its own places busy, an organization of such receivers its own, and nobody else's. The
  // organization is taken first, then the channel, so that places are counted once, over all processes. The next attempt is put down before this
  // one begins: a process that is killed while it sends leaves the notification to whoever comes then.
  // PagerDuty puts events together by the alert: of one alert only one is on its way, and what it opened is not said once it is resolved.
  'notification_take(timestamptz, interval, integer, integer, boolean)': `
create function notification_take(at timestamptz, lease interval, places integer, places_of_organization integer, healthy_only boolean)
returns table (${taken}, overtaken boolean)
language plpgsql security definer set search_path = app, pg_temp as $$
declare
  candidate record;
  chosen uuid;
begin
  for candidate in
    with recursive waiting as (
      (select w.organization_id, w.channel_id, w.next_attempt_at from notification w where w.state = 'queued' and w.mail_key is null
       order by w.organization_id, w.channel_id, w.next_attempt_at limit 1)
      union all
      select following.* from waiting w cross join lateral (
        select f.organization_id, f.channel_id, f.next_attempt_at from notification f
        where f.state = 'queued' and f.mail_key is null and (f.organization_id, f.channel_id) > (w.organization_id, w.channel_id)
        order by f.organization_id, f.channel_id, f.next_attempt_at limit 1) following
    ), busy as (
      select b.organization_id, b.channel_id, count(*) as count from notification b where b.state = 'queued' and b.taken_until > at group by 1, 2
    ), busy_organization as (
      select b.organization_id, sum(b.count) as count from busy b group by 1
    )
    select w.organization_id, w.channel_id, c.kind, case when c.failing_since is null then places else 1 end as places
    from waiting w join channel c on c.organization_id = w.organization_id and c.id = w.channel_id
      left join busy b on b.organization_id = w.organization_id and b.channel_id = w.channel_id
      left join busy_organization bo on bo.organization_id = w.organization_id
    where w.next_attempt_at <= at and (not healthy_only or c.failing_since is null)
      and coalesce(bo.count, 0) < places_of_organization
      and coalesce(b.count, 0) < case when c.failing_since is null then places else 1 end
    order by coalesce(bo.count, 0), w.next_attempt_at limit 200
  loop
    if not pg_try_advisory_xact_lock(hashtextextended('notification_take:' || candidate.organization_id, 0)) then continue; end if;
    perform 1 from channel c where c.organization_id = candidate.organization_id and c.id = candidate.channel_id for no key update skip locked;
    if not found then continue; end if;
    if (select count(*) >= places_of_organization or count(*) filter (where n.channel_id = candidate.channel_id) >= candidate.places
        from notification n where n.organization_id = candidate.organization_id and n.state = 'queued' and n.taken_until > at) then continue; end if;
    update notification n set attempts = n.attempts + 1, tries = n.tries + 1, taken_until = at + lease, next_attempt_at = at + lease
    where n.organization_id = candidate.organization_id and n.id = (
      select due.id from notification due where due.organization_id = candidate.organization_id and due.channel_id = candidate.channel_id
        and due.state = 'queued' and due.mail_key is null and due.next_attempt_at <= at
        and (candidate.kind <> 'pagerDuty' or not exists (
          select 1 from notification other where other.organization_id = due.organization_id and other.channel_id = due.channel_id
            and other.state = 'queued' and other.taken_until > at and other.data ->> 'id' = due.data ->> 'id'))
      order by due.next_attempt_at, due.id limit 1 for update skip locked)
    returning n.id into chosen;
    if chosen is null then continue; end if;
    return query
      select ${takenColumns}, c.kind = 'pagerDuty' and n.event <> 'alert.resolved' and exists (
          select 1 from notification later where later.organization_id = n.organization_id and later.channel_id = n.channel_id
            and later.created_at >= n.created_at and later.event = 'alert.resolved' and later.data ->> 'id' = n.data ->> 'id')
      from notification n join channel c on c.organization_id = n.organization_id and c.id = n.channel_id join organization o on o.id = n.organization_id
      where n.organization_id = candidate.organization_id and n.id = chosen;
    return;
  end loop;
end $$`,
  // What waits, of all organizations: for /metrics, so it tells neither whose nor what. Of mail all of it, also what no channel sends.
  'notification_waiting()': `
create function notification_waiting() returns table (kind text, waiting bigint, oldest timestamptz)
language sql stable security definer set search_path = app, pg_temp as $$
  select c.kind, count(*), min(n.created_at)::timestamptz from notification n join channel c on c.organization_id = n.organization_id and c.id = n.channel_id
  where n.state = 'queued' and n.mail_key is null group by 1
  union all select 'mail', count(*), min(m.queued_at)::timestamptz from mail_outbox m where m.state = 'queued'
$$`,
  // What an alert says is missed by somebody, so it is no "skipped" when there was never a server to take it.
  'mail_ends_as(text, text)': `
create function mail_ends_as(dedupe_key text, outcome text) returns text
language sql immutable security definer set search_path = app, pg_temp as $$
  select case when outcome <> 'late' then outcome when starts_with(dedupe_key, 'notification:') then 'failed' else 'skipped' end
$$`,
  // A channel of mail has delivered what was taken for anybody, and fails while something was refused for somebody, or nothing leaves.
  'channel_of_mail(uuid, text, text, text, timestamptz)': `
create function channel_of_mail(organization uuid, key text, outcome text, error text, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update channel c set
    delivered_at = case when outcome = 'sent' then at else c.delivered_at end,
    failing_since = case when outcome <> 'sent' then coalesce(c.failing_since, at) when refused.still then c.failing_since end,
    last_error = case when outcome <> 'sent' then error when refused.still then c.last_error end
  from notification n, (
    select exists (select 1 from mail_outbox m where m.organization_id = organization and m.dedupe_key = key and m.state = 'failed') as still) refused
  where n.organization_id = organization and n.id = ${notificationOf('key')} and c.organization_id = n.organization_id and c.id = n.channel_id
    and outcome in ('sent', 'failed', 'retried')
$$`,
  // Sent is sent, also what was withdrawn while it was on its way.
  'mail_end(uuid, uuid, text, text, timestamptz)': `
create function mail_end(organization uuid, mail uuid, outcome text, error text, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$${lockChannel}
  with ended as (
    update mail_outbox m set state = mail_ends_as(m.dedupe_key, outcome), ended_at = at, body = '',
      last_error = error || case when outcome = 'late' and m.last_error is not null then ': ' || m.last_error else '' end
    where m.organization_id = organization and m.id = mail and (m.state = 'queued' or outcome = 'sent')
    returning m.dedupe_key, m.state, m.last_error)
  select channel_of_mail(organization, dedupe_key, state, last_error, at) from ended
$$`,
  'mail_retry(uuid, uuid, text, boolean, timestamptz, timestamptz)': `
create function mail_retry(organization uuid, mail uuid, error text, counted boolean, next timestamptz, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$${lockChannel}
  with again as (
    update mail_outbox set last_error = error, attempts = case when counted then attempts else attempts - 1 end,
      next_attempt_at = case when counted then next_attempt_at else next end
    where organization_id = organization and id = mail and state = 'queued' returning dedupe_key)
  select channel_of_mail(organization, dedupe_key, 'retried', error, at) from again
$$`,
  'mail_expire(timestamptz)': `
create function mail_expire(at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  select mail_end(organization_id, id, 'late', 'it was too late', at) from mail_outbox where state = 'queued' and expires_at <= at
$$`,
  // Of a channel: in the organization of the transaction, which has the channel locked. One that is being taken is asked about by whoever takes it.
  'mail_withdraw_of_channel(uuid, text, timestamptz)': `
create function mail_withdraw_of_channel(channel uuid, why text, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox m set state = 'skipped', last_error = why, ended_at = at, body = ''
  from (
    select w.organization_id, w.id from notification n join mail_outbox w on w.organization_id = n.organization_id and w.dedupe_key = n.mail_key
    where n.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid and n.channel_id = channel and n.mail_key is not null
      and w.state = 'queued' for update of w skip locked) waiting
  where m.organization_id = waiting.organization_id and m.id = waiting.id
$$`,
  // As before; of what a channel sends also the plan, and why it is not to be sent after all (null: it is).
  'mail_take(timestamptz)': `
create function mail_take(at timestamptz)
returns table (${mail}, plan text, withdrawn text)
language sql security definer set search_path = app, pg_temp as $$
  with due as (
    select m.organization_id, m.id from mail_outbox m where m.state = 'queued' and m.next_attempt_at <= at
    order by m.next_attempt_at, m.id limit 1 for update skip locked
  ), taken as (
    update mail_outbox m set attempts = m.attempts + 1,
      next_attempt_at = at + least(make_interval(secs => greatest(120, 30 * power(2, least(m.attempts, 12)))), interval '4 hours')
    from due where m.organization_id = due.organization_id and m.id = due.id returning m.*
  )
  select t.id, t.organization_id, o.name, t.to_user, coalesce(u.email, t.to_email), coalesce(u.name, t.to_name), t.requires, m.role,
    t.subject, t.body, t.attempts, t.queued_at, t.expires_at,
    case when starts_with(t.dedupe_key, 'notification:') then o.plan end,
    case when not coalesce(starts_with(t.dedupe_key, 'notification:'), false) then null when c.id is null then 'the channel was deleted'
      when c.disabled_at is not null then 'the channel was switched off' end
  from taken t join organization o on o.id = t.organization_id
    left join membership m on m.organization_id = t.organization_id and m.user_id = t.to_user and m.suspended_at is null
    left join app_user u on u.id = m.user_id
    left join notification n on n.organization_id = t.organization_id and n.id = ${notificationOf('t.dedupe_key')}
    left join channel c on c.organization_id = n.organization_id and c.id = n.channel_id
$$`,
  // Past the walls, so it tells nothing but which organizations have no review of which week: of the last one, and of those before in which there were
  // reviews already, or the organization had just begun. A page at a time, the oldest week first.
  'weekly_reviews_due(date, date, date, uuid)': `
create function weekly_reviews_due(oldest date, newest date, after_week date, after_organization uuid) returns table (organization_id uuid, week date)
language sql stable security definer set search_path = app, pg_temp as $$
  select o.id, w.monday::date from generate_series(oldest::timestamp, newest::timestamp, interval '7 days') w (monday) cross join organization o
  where o.created_at < (w.monday + interval '7 days') at time zone 'UTC'
    and (w.monday::date = newest or o.created_at >= oldest::timestamp at time zone 'UTC'
      or exists (select 1 from weekly_review r where r.organization_id = o.id and r.week < w.monday::date))
    and not exists (select 1 from weekly_review r where r.organization_id = o.id and r.week = w.monday::date)
    and (w.monday::date, o.id) > (after_week, after_organization)
  order by 2, 1 limit 200
$$`,
};

/** What they take the place of, as migrations 0011, 0017, 0032 and 0034 have made it. */
const before: Functions = {
  'notification_take(timestamptz, interval, integer, boolean)': `
create function notification_take(at timestamptz, lease interval, places integer, healthy_only boolean)
returns table (${taken})
language plpgsql security definer set search_path = app, pg_temp as $$
declare
  candidate record;
  taken uuid;
begin
  for candidate in
    select n.organization_id, n.channel_id, min(n.next_attempt_at) as due from notification n
    where n.state = 'queued' and n.mail_key is null and n.next_attempt_at <= at group by 1, 2 order by 3 limit 200
  loop
    perform 1 from channel c where c.organization_id = candidate.organization_id and c.id = candidate.channel_id
      and (not healthy_only or c.failing_since is null) for no key update skip locked;
    if not found then continue; end if;
    if (select count(*) from notification n where n.organization_id = candidate.organization_id and n.channel_id = candidate.channel_id
          and n.state = 'queued' and n.taken_until > at)
       >= (select case when c.failing_since is null then places else 1 end from channel c
           where c.organization_id = candidate.organization_id and c.id = candidate.channel_id) then continue; end if;
    update notification n set attempts = n.attempts + 1, tries = n.tries + 1, taken_until = at + lease, next_attempt_at = at + lease
    where n.organization_id = candidate.organization_id and n.id = (
      select due.id from notification due where due.organization_id = candidate.organization_id and due.channel_id = candidate.channel_id
        and due.state = 'queued' and due.mail_key is null and due.next_attempt_at <= at
      order by due.next_attempt_at, due.id limit 1 for update skip locked)
    returning n.id into taken;
    if taken is null then continue; end if;
    return query
      select ${takenColumns}
      from notification n join channel c on c.organization_id = n.organization_id and c.id = n.channel_id join organization o on o.id = n.organization_id
      where n.organization_id = candidate.organization_id and n.id = taken;
    return;
  end loop;
end $$`,
  'mail_end(uuid, uuid, text, text, timestamptz)': `
create function mail_end(organization uuid, mail uuid, outcome text, error text, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox set state = outcome, last_error = error, ended_at = at, body = ''
  where organization_id = organization and id = mail and state = 'queued'
$$`,
  'mail_retry(uuid, uuid, text, boolean, timestamptz)': `
create function mail_retry(organization uuid, mail uuid, error text, counted boolean, next timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox set last_error = error, attempts = case when counted then attempts else attempts - 1 end,
    next_attempt_at = case when counted then next_attempt_at else next end
  where organization_id = organization and id = mail and state = 'queued'
$$`,
  'mail_expire(timestamptz)': `
create function mail_expire(at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update mail_outbox set state = 'skipped', last_error = 'it was too late', ended_at = at, body = '' where state = 'queued' and expires_at <= at
$$`,
  'mail_take(timestamptz)': `
create function mail_take(at timestamptz)
returns table (${mail})
language sql security definer set search_path = app, pg_temp as $$
  with due as (
    select m.organization_id, m.id from mail_outbox m where m.state = 'queued' and m.next_attempt_at <= at
    order by m.next_attempt_at, m.id limit 1 for update skip locked
  ), taken as (
    update mail_outbox m set attempts = m.attempts + 1,
      next_attempt_at = at + least(make_interval(secs => greatest(120, 30 * power(2, least(m.attempts, 12)))), interval '4 hours')
    from due where m.organization_id = due.organization_id and m.id = due.id returning m.*
  )
  select t.id, t.organization_id, o.name, t.to_user, coalesce(u.email, t.to_email), coalesce(u.name, t.to_name), t.requires, m.role,
    t.subject, t.body, t.attempts, t.queued_at, t.expires_at
  from taken t join organization o on o.id = t.organization_id
    left join membership m on m.organization_id = t.organization_id and m.user_id = t.to_user and m.suspended_at is null
    left join app_user u on u.id = m.user_id
$$`,
  'weekly_reviews_due(date)': `
create function weekly_reviews_due(monday date) returns table (organization_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select o.id from organization o where o.created_at < (monday + 7)::timestamp at time zone 'UTC'
    and not exists (select 1 from weekly_review w where w.organization_id = o.id and w.week = monday)
  order by o.id limit 200
$$`,
};

/** Called by the others only. */
const inner = new Set(['mail_ends_as(text, text)', 'channel_of_mail(uuid, text, text, text, timestamptz)']);

async function change(db: QueryRunner, from: Functions, to: Functions): Promise<void> {
  for (const signature of Object.keys(from).reverse()) await db.query(`drop function ${signature}`);
  for (const [signature, sql] of Object.entries(to)) {
    await db.query(`${sql}; revoke all on function ${signature} from public`);
    if (!inner.has(signature)) await db.query(`grant execute on function ${signature} to pinebill_app`);
  }
}

export class ChannelsMended1700000000039 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create index notification_waiting on notification (organization_id, channel_id, next_attempt_at) where state = 'queued' and mail_key is null;
      create index notification_busy on notification (organization_id, channel_id) where state = 'queued' and taken_until is not null;`);
    await change(db, before, now);
  }

  async down(db: QueryRunner): Promise<void> {
    await change(db, now, before);
    await db.query('drop index notification_waiting, notification_busy');
  }
}
