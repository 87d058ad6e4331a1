/**
 * Organizations, people, keys, activity, billing. Run as pinebill_maintenance, which owns everything; the product works as pinebill_app,
 * which owns nothing. Row-level security is forced; the owner has a policy of its own, or its look-ups and purges would find 0 rows.
 * Constraints are named: errors are matched by name.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
create table installation (
  only_row boolean constraint installation_pkey primary key default true constraint installation_one_row check (only_row),
  fingerprint_key bytea not null
);
-- Two random uuids: 244 bits. Tells unknown keys apart in the log without storing them.
insert into installation (fingerprint_key)
values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
grant select on installation to pinebill_app;

create table organization (
  id uuid constraint organization_pkey primary key,
  name text not null constraint organization_name_length check (length(name) between 1 and 120),
  is_home boolean not null default false,
  plan text not null default 'enterprise' constraint organization_plan check (plan in ('starter', 'business', 'enterprise')),
  per_key_per_minute integer constraint organization_per_key_positive check (per_key_per_minute > 0),
  per_organization_per_minute integer constraint organization_per_organization_positive check (per_organization_per_minute > 0),
  created_at timestamptz not null
);
create unique index organization_one_home on organization (is_home) where is_home;

create table app_user (
  id uuid constraint app_user_pkey primary key,
  email text not null,
  name text not null,
  password_hash text not null,
  must_change_password boolean not null default false,
  created_at timestamptz not null,
  last_sign_in_at timestamptz
);
create unique index app_user_email on app_user (lower(email));

create table membership (
  id uuid not null,
  organization_id uuid not null references organization (id),
  user_id uuid not null references app_user (id),
  role text not null constraint membership_role check (role in ('admin', 'member', 'guest')),
  suspended_at timestamptz,
  created_at timestamptz not null,
  constraint membership_pkey primary key (organization_id, user_id)
);
create index membership_user on membership (user_id);

create table user_session (
  id uuid constraint user_session_pkey primary key,
  token_hash bytea not null constraint user_session_token unique,
  user_id uuid not null references app_user (id),
  organization_id uuid not null references organization (id),
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ip inet,
  user_agent text
);
create index user_session_user on user_session (user_id) where ended_at is null;

create table invitation (
  id uuid not null,
  organization_id uuid not null references organization (id),
  email text not null,
  name text not null,
  role text not null constraint invitation_role check (role in ('admin', 'member', 'guest')),
  token_hash bytea not null constraint invitation_token unique,
  invited_by uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  constraint invitation_pkey primary key (organization_id, id)
);
create unique index invitation_open_email on invitation (organization_id, lower(email)) where accepted_at is null and revoked_at is null;

create table api_key (
  id uuid not null,
  organization_id uuid not null references organization (id),
  name text not null constraint api_key_name_length check (length(name) between 1 and 80),
  secret_hash bytea not null constraint api_key_secret unique,
  last4 char(4) not null,
  scopes text[] not null,
  service text,
  team text,
  environment text,
  allowed_cidrs cidr[],
  allowed_countries text[],
  expires_at timestamptz,
  disabled_at timestamptz,
  quarantined_at timestamptz,
  rotated_out_at timestamptz,
  revoked_at timestamptz,
  revoked_by uuid,
  revoke_reason text,
  replaces uuid,
  created_by uuid,
  created_by_name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  last_used_ip inet,
  last_used_user_agent text,
  constraint api_key_pkey primary key (organization_id, id)
);
create unique index api_key_name_taken on api_key (organization_id, lower(btrim(name))) where revoked_at is null;

create table activity (
  organization_id uuid not null references organization (id),
  id uuid not null,
  occurred_at timestamptz not null,
  actor_type text not null,
  actor_id uuid,
  actor_name text not null,
  action text not null,
  target_type text not null,
  target_id uuid,
  target_name text,
  before jsonb,
  after jsonb,
  ip inet,
  request_id uuid,
  constraint activity_pkey primary key (organization_id, occurred_at, id)
);

create table customer (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null,
  email text not null,
  address jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint customer_pkey primary key (organization_id, id)
);

create table invoice (
  organization_id uuid not null references organization (id),
  id uuid not null,
  customer_id uuid not null,
  number text,
  state text not null constraint invoice_state check (state in ('draft', 'open', 'paid', 'void')),
  currency char(3) not null,
  lines jsonb not null,
  total bigint not null,
  due_at timestamptz,
  finalized_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint invoice_pkey primary key (organization_id, id),
  constraint invoice_customer foreign key (organization_id, customer_id) references customer (organization_id, id)
);
create index invoice_by_customer on invoice (organization_id, customer_id);
create unique index invoice_number on invoice (organization_id, number) where number is not null;

create table idempotency (
  organization_id uuid not null references organization (id),
  actor_id uuid not null,
  route text not null,
  key text not null,
  request_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  completed_at timestamptz,
  status smallint,
  headers jsonb,
  body jsonb,
  constraint idempotency_pkey primary key (organization_id, actor_id, route, key)
);
create index idempotency_expiry on idempotency (expires_at);
`;

/** What the app role may do. Activity is append-only. */
const grants: Record<string, string> = {
  organization: 'select, update',
  app_user: 'select, insert, update',
  membership: 'select, insert, update, delete',
  user_session: 'select, update',
  invitation: 'select, insert, update',
  api_key: 'select, insert, update',
  activity: 'select, insert',
  customer: 'select, insert, update, delete',
  invoice: 'select, insert, update, delete',
  idempotency: 'select, insert, update, delete',
};

// nullif: after SET LOCAL ends, the setting reads '' on the pooled connection, and ''::uuid would throw.
const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const visible: Record<string, string> = {
  organization: `id = ${current}`,
  // People of this organization; a person to be added is inserted together with the membership.
  app_user: `exists (select 1 from membership m where m.user_id = app_user.id and m.organization_id = ${current})`,
};

function walls(table: string): string {
  const mine = visible[table] ?? `organization_id = ${current}`;
  const check = table === 'app_user' ? 'true' : mine;
  return `
    alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy tenant on ${table} to pinebill_app using (${mine}) with check (${check});
    create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
    grant ${grants[table] ?? ''} on ${table} to pinebill_app;`;
}

/**
 * Looked up before the organization is known: the only ways around the walls. Each returns what the door needs and nothing else; the search
 * path is fixed, so that no caller can put a table of its own in the way.
 */
const doors = `
create function key_by_hash(hash bytea)
returns table (id uuid, organization_id uuid, name text, last4 char(4), scopes text[], service text, team text, environment text,
  allowed_cidrs text[], allowed_countries text[], expires_at timestamptz, disabled_at timestamptz, quarantined_at timestamptz,
  rotated_out_at timestamptz, revoked_at timestamptz, per_key_per_minute integer, per_organization_per_minute integer, plan text)
language sql stable security definer set search_path = app, pg_temp as $$
  select k.id, k.organization_id, k.name, k.last4, k.scopes, k.service, k.team, k.environment, k.allowed_cidrs::text[], k.allowed_countries,
    k.expires_at, k.disabled_at, k.quarantined_at, k.rotated_out_at, k.revoked_at, o.per_key_per_minute, o.per_organization_per_minute, o.plan
  from api_key k join organization o on o.id = k.organization_id where k.secret_hash = hash
$$;

create function user_by_email(address text)
returns table (id uuid, email text, name text, password_hash text, must_change_password boolean, organization_id uuid, role text, suspended_at timestamptz)
language sql stable security definer set search_path = app, pg_temp as $$
  select u.id, u.email, u.name, u.password_hash, u.must_change_password, m.organization_id, m.role, m.suspended_at
  from app_user u left join membership m on m.user_id = u.id
  where lower(u.email) = lower(address) order by m.suspended_at is not null, m.created_at
$$;

create function session_by_hash(hash bytea)
returns table (session_id uuid, user_id uuid, organization_id uuid, email text, name text, must_change_password boolean, role text,
  last_seen_at timestamptz, expires_at timestamptz, organization_name text)
language sql stable security definer set search_path = app, pg_temp as $$
  select s.id, s.user_id, s.organization_id, u.email, u.name, u.must_change_password, m.role, s.last_seen_at, s.expires_at, o.name
  from user_session s join app_user u on u.id = s.user_id
    join membership m on m.user_id = s.user_id and m.organization_id = s.organization_id
    join organization o on o.id = s.organization_id
  where s.token_hash = hash and s.ended_at is null and m.suspended_at is null
$$;

create function session_open(session uuid, hash bytea, person uuid, organization uuid, at timestamptz, until timestamptz, address inet, agent text)
returns void language sql security definer set search_path = app, pg_temp as $$
  insert into user_session (id, token_hash, user_id, organization_id, created_at, last_seen_at, expires_at, ip, user_agent)
  select session, hash, person, organization, at, at, until, address, agent
  where exists (select 1 from membership m where m.user_id = person and m.organization_id = organization and m.suspended_at is null);
  update app_user set last_sign_in_at = at where id = person;
$$;

create function session_end(hash bytea, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update user_session set ended_at = at where token_hash = hash and ended_at is null
$$;

create function session_end_for_user(person uuid, except_session uuid, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update user_session set ended_at = at where user_id = person and ended_at is null and id is distinct from except_session
$$;

create function session_end_one(person uuid, session uuid, at timestamptz) returns boolean
language sql security definer set search_path = app, pg_temp as $$
  with ended as (update user_session set ended_at = at where user_id = person and id = session and ended_at is null returning 1)
  select exists (select 1 from ended)
$$;

create function sessions_of_user(person uuid)
returns table (id uuid, organization_id uuid, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz, ip inet, user_agent text)
language sql stable security definer set search_path = app, pg_temp as $$
  select s.id, s.organization_id, s.created_at, s.last_seen_at, s.expires_at, s.ip, s.user_agent
  from user_session s where s.user_id = person and s.ended_at is null order by s.created_at desc
$$;

create function session_seen(hash bytea, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update user_session set last_seen_at = at where token_hash = hash and last_seen_at < at
$$;

create function session_switch(hash bytea, organization uuid) returns boolean
language sql security definer set search_path = app, pg_temp as $$
  with moved as (
    update user_session s set organization_id = organization
    where s.token_hash = hash and s.ended_at is null
      and exists (select 1 from membership m where m.user_id = s.user_id and m.organization_id = organization and m.suspended_at is null)
    returning 1)
  select exists (select 1 from moved)
$$;

create function organizations_of_user(person uuid)
returns table (id uuid, name text, role text)
language sql stable security definer set search_path = app, pg_temp as $$
  select o.id, o.name, m.role from membership m join organization o on o.id = m.organization_id
  where m.user_id = person and m.suspended_at is null order by o.name
$$;

create function invitation_by_hash(hash bytea)
returns table (id uuid, organization_id uuid, email text, name text, role text, invited_by uuid, expires_at timestamptz, accepted_at timestamptz,
  revoked_at timestamptz, organization_name text, user_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select i.id, i.organization_id, i.email, i.name, i.role, i.invited_by, i.expires_at, i.accepted_at, i.revoked_at, o.name, u.id
  from invitation i join organization o on o.id = i.organization_id left join app_user u on lower(u.email) = lower(i.email)
  where i.token_hash = hash
$$;

create function home_organization() returns uuid
language sql stable security definer set search_path = app, pg_temp as $$ select id from organization where is_home $$;

create function count_organizations() returns bigint
language sql stable security definer set search_path = app, pg_temp as $$ select count(*) from organization $$;
`;

const functions = [...doors.matchAll(/create function (\w+)\(([^)]*)\)/g)].map(
  ([, name, parameters]) => `${name ?? ''}(${(parameters ?? '').split(',').map((p) => p.trim().split(' ')[1] ?? '').join(', ')})`,
); // prettier-ignore

export class Foundation1700000000001 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(tables);
    for (const table of Object.keys(grants)) await db.query(walls(table));
    await db.query(doors);
    for (const signature of functions) {
      await db.query(`revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app`);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The first migration has no way back: restore a backup instead.'));
  }
}
