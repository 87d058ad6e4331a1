/**
 * An attempt whose sender was killed in it does not count as one: a product that is killed again and again does not use up in minutes what is meant for a day of a
 * receiver that fails.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const taken = `organization_id uuid, id uuid, channel_id uuid, event text, data jsonb, created_at timestamptz, attempts integer, tries integer,
  plan text, organization_name text, kind text, name text, target bytea, secret bytea, previous_secret bytea, previous_until timestamptz,
  failing_since timestamptz, disabled_at timestamptz`;
const takenColumns = `n.organization_id, n.id, n.channel_id, n.event, n.data, n.created_at::timestamptz, n.attempts, n.tries, o.plan, o.name, c.kind,
  c.name, c.target, c.secret, c.previous_secret, c.previous_until::timestamptz, c.failing_since::timestamptz, c.disabled_at::timestamptz`;

/** As migration 0039 has made it, but for how attempts are counted. Who may call it stays. */
const take = (attempts: string): string => `
create or replace function notification_take(at timestamptz, lease interval, places integer, places_of_organization integer, healthy_only boolean)
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
    update notification n set attempts = ${attempts}, tries = n.tries + 1, taken_until = at + lease, next_attempt_at = at + lease
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
end $$`;

export class AttemptsOfTheDead1700000000041 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Whoever ends an attempt takes the lease away; one that is there is of somebody who did not.
    await db.query(take('case when n.taken_until is null then n.attempts + 1 else greatest(n.attempts, 1) end'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(take('n.attempts + 1'));
  }
}
