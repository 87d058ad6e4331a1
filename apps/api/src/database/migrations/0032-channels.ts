/**
 * Where alerts go, what is to be sent there, and what became of it. A notification is added in the transaction of what it tells of; senders of all
 * processes work for all organizations, through the functions below, and take one at a time.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const walls = (table: string, grants: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
grant ${grants} on ${table} to pinebill_app;`;

const tables = `
create table channel (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint channel_name_length check (length(name) between 1 and 80),
  kind text not null constraint channel_kind check (kind in ('mail', 'webhook', 'slack', 'teams', 'pagerDuty')),
  -- Of mail: people, whose addresses are looked up when it is sent.
  user_ids uuid[],
  -- Of all others, sealed: the URL, and for PagerDuty the routing key. What is shown of it stands beside it.
  target bytea,
  target_shown text,
  -- Of webhooks, sealed. For a while after a rotation both sign.
  secret bytea,
  secret_made_at timestamptz(3),
  previous_secret bytea,
  previous_until timestamptz(3),
  created_at timestamptz(3) not null,
  created_by uuid,
  created_by_name text not null,
  changed_at timestamptz(3) not null,
  -- Set by the first delivery that fails after one that went through.
  failing_since timestamptz(3),
  last_error text,
  delivered_at timestamptz(3),
  disabled_at timestamptz(3),
  disabled_why text constraint channel_disabled_why check (disabled_why in ('person', 'failing', 'gone')),
  constraint channel_pkey primary key (organization_id, id),
  constraint channel_target check ((kind = 'mail') = (target is null) and (kind = 'mail') = (user_ids is not null)),
  constraint channel_secret check ((kind = 'webhook') = (secret is not null)),
  constraint channel_disabled check ((disabled_at is null) = (disabled_why is null))
);
create unique index channel_name on channel (organization_id, lower(name));
${walls('channel', 'select, insert, update, delete')}

create table notification (
  organization_id uuid not null,
  -- Also the webhook-id, at every attempt.
  id uuid not null,
  channel_id uuid not null,
  event text not null,
  data jsonb not null,
  created_at timestamptz(3) not null,
  state text not null default 'queued' constraint notification_state check (state in ('queued', 'delivered', 'failed', 'skipped')),
  -- Of mail: what the outbox of mail knows it by.
  mail_key text,
  -- Attempts since it was queued, or asked for again; tries counts them all.
  attempts integer not null default 0,
  tries integer not null default 0,
  next_attempt_at timestamptz(3) not null,
  -- By whoever sends it now. One that is killed leaves it to the next.
  taken_until timestamptz(3),
  ended_at timestamptz(3),
  last_error text,
  constraint notification_pkey primary key (organization_id, id),
  constraint notification_channel foreign key (organization_id, channel_id) references channel (organization_id, id) on delete cascade
);
create index notification_due on notification (next_attempt_at) where state = 'queued' and mail_key is null;
create index notification_of_channel on notification (organization_id, channel_id, created_at desc, id desc);
create index notification_ended on notification (created_at) where state <> 'queued' or mail_key is not null;
${walls('notification', 'select, insert, update')}

create table delivery_attempt (
  organization_id uuid not null,
  notification_id uuid not null,
  number integer not null,
  at timestamptz(3) not null,
  duration_ms integer not null,
  status smallint,
  error text,
  answer text not null default '' constraint delivery_attempt_answer check (length(answer) <= 1024),
  constraint delivery_attempt_pkey primary key (organization_id, notification_id, number),
  constraint delivery_attempt_notification foreign key (organization_id, notification_id)
    references notification (organization_id, id) on delete cascade
);
${walls('delivery_attempt', 'select, insert')}
`;

/** In the order in which they are made. */
const functions = {
  'notification_is_due(timestamptz)': `
create function notification_is_due(at timestamptz) returns boolean
language sql stable security definer set search_path = app, pg_temp as $$
  select exists (select 1 from notification where state = 'queued' and mail_key is null and next_attempt_at <= at)
$$`,
  // One, of the channel that has waited longest among those that have a place free: a receiver that is slow or dead keeps its own places busy and
  // nobody else's. The channel is locked first, so that places are counted once, over all processes. The next attempt is put down before this one
  // begins: a process that is killed while it sends leaves the notification to whoever comes then.
  'notification_take(timestamptz, interval, integer, boolean)': `
create function notification_take(at timestamptz, lease interval, places integer, healthy_only boolean)
returns table (organization_id uuid, id uuid, channel_id uuid, event text, data jsonb, created_at timestamptz, attempts integer, tries integer,
  plan text, organization_name text, kind text, name text, target bytea, secret bytea, previous_secret bytea, previous_until timestamptz,
  failing_since timestamptz, disabled_at timestamptz)
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
      select n.organization_id, n.id, n.channel_id, n.event, n.data, n.created_at::timestamptz, n.attempts, n.tries, o.plan, o.name, c.kind, c.name, c.target,
        c.secret, c.previous_secret, c.previous_until::timestamptz, c.failing_since::timestamptz, c.disabled_at::timestamptz
      from notification n join channel c on c.organization_id = n.organization_id and c.id = n.channel_id join organization o on o.id = n.organization_id
      where n.organization_id = candidate.organization_id and n.id = taken;
    return;
  end loop;
end $$`,
  // What nobody asks for any more, with its attempts; a thousand at a time.
  'notification_forget(timestamptz)': `
create function notification_forget(before timestamptz) returns bigint
language sql security definer set search_path = app, pg_temp as $$
  with gone as (
    delete from notification n using (
      select organization_id, id from notification where created_at < before and (state <> 'queued' or mail_key is not null) limit 1000) old
    where n.organization_id = old.organization_id and n.id = old.id returning 1)
  select count(*) from gone
$$`,
};

export class Channels1700000000032 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(tables);
    for (const [signature, sql] of Object.entries(functions)) {
      await db.query(sql);
      await db.query(`revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    for (const signature of Object.keys(functions).reverse()) await db.query(`drop function ${signature}`);
    await db.query('drop table delivery_attempt, notification, channel');
  }
}
