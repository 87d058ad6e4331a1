/**
 * How long keys may go on unchanged, by organization; the services and teams that keys belong to; which reminders have been sent. Keys go on naming
 * their service and team by text: the log keeps the names of the moment, and a name in use cannot dangle.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const policies = `
alter table organization
  add column rotation_days integer not null default 90 constraint organization_rotation_days check (rotation_days between 7 and 730),
  add column idle_days integer not null default 30 constraint organization_idle_days check (idle_days between 1 and 400),
  add column expiring_days integer not null default 14 constraint organization_expiring_days check (expiring_days between 1 and 90);
`;

const list = (table: string): string => `
create table ${table} (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint ${table}_name_length check (length(name) between 1 and 80),
  created_at timestamptz not null,
  constraint ${table}_pkey primary key (organization_id, id)
);
create unique index ${table}_name_taken on ${table} (organization_id, lower(name));
create index api_key_by_${table} on api_key (organization_id, lower(${table})) where ${table} is not null;

-- What keys name so far. Of several spellings the commonest is the name, and the keys take it.
with spelling as (
  select organization_id, btrim(${table}) as name, count(*) as keys, min(created_at) as since from api_key
  where btrim(${table}) <> '' group by 1, 2)
insert into ${table} (organization_id, id, name, created_at)
select distinct on (organization_id, lower(name)) organization_id, gen_random_uuid(), name, since
from spelling order by organization_id, lower(name), keys desc, name;
update api_key k set ${table} = s.name from ${table} s
where s.organization_id = k.organization_id and lower(s.name) = lower(btrim(k.${table})) and k.${table} <> s.name;
`;

const reminders = `
-- A reminder is sent once, whoever sends it: its row is written in the transaction that queues the mail.
create table key_reminder (
  organization_id uuid not null references organization (id),
  api_key_id uuid not null,
  kind text not null constraint key_reminder_kind check (kind in ('rotation', 'expiry')),
  due_at timestamptz not null,
  days_ahead smallint not null,
  sent_at timestamptz not null,
  constraint key_reminder_pkey primary key (organization_id, api_key_id, kind, due_at, days_ahead)
);

-- Past the walls, so it tells nothing but whose keys are worth a look: those that work, and come to an end or to their rotation before that time.
create function organizations_to_remind(at timestamptz, before timestamptz) returns table (organization_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select distinct k.organization_id from api_key k join organization o on o.id = k.organization_id
  where k.revoked_at is null and k.disabled_at is null and k.rotated_out_at is null and (k.expires_at is null or k.expires_at > at)
    and (k.expires_at <= before or k.created_at + make_interval(days => o.rotation_days) between at and before)
  order by 1
$$;
revoke all on function organizations_to_remind(timestamptz, timestamptz) from public;
grant execute on function organizations_to_remind(timestamptz, timestamptz) to pinebill_app;
`;

const mine = `organization_id = nullif(current_setting('app.organization_id', true), '')::uuid`;
const walls = (table: string, granted: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to pinebill_app using (${mine}) with check (${mine});
create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
grant ${granted} on ${table} to pinebill_app;
`;

export class Hygiene1700000000007 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(policies);
    await db.query(list('service') + walls('service', 'select, insert, update, delete'));
    await db.query(list('team') + walls('team', 'select, insert, update, delete'));
    await db.query(reminders + walls('key_reminder', 'select, insert'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`drop function organizations_to_remind; drop table key_reminder, team, service;
      drop index api_key_by_service; drop index api_key_by_team;
      alter table organization drop column rotation_days, drop column idle_days, drop column expiring_days`);
  }
}
