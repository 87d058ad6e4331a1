/**
 * The second factor of a person: a TOTP secret (sealed by the product, see platform/sealing.ts) and recovery codes (hashed). Both belong to
 * the person, not to an organization, so their wall is that of app_user: seen inside the organizations that the person is a member of.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const tables = `
create table second_factor (
  user_id uuid constraint second_factor_pkey primary key references app_user (id),
  secret bytea not null,
  created_at timestamptz not null,
  -- Null: a secret was handed out, and no code of it has been seen yet. It protects nothing until then.
  confirmed_at timestamptz,
  -- The step (RFC 6238) of the last accepted code; no code of it or of an earlier one is accepted again.
  last_step bigint not null default -1,
  -- Since the last success: guesses of a code, over all addresses and processes.
  failed_count integer not null default 0,
  failed_at timestamptz
);
create table recovery_code (
  user_id uuid not null references app_user (id),
  code_hash bytea not null,
  created_at timestamptz not null,
  used_at timestamptz,
  constraint recovery_code_pkey primary key (user_id, code_hash)
);
alter table organization add column require_second_factor_for_admins boolean not null default false;
`;

const walls = (table: string): string => {
  const mine = `exists (select 1 from membership m where m.user_id = ${table}.user_id and m.organization_id = ${current})`;
  return `
    alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy tenant on ${table} to pinebill_app using (${mine}) with check (${mine});
    create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
    grant select, insert, update, delete on ${table} to pinebill_app;`;
};

const sessionByHash = (secondFactor: boolean): string => `
create function session_by_hash(hash bytea)
returns table (session_id uuid, user_id uuid, organization_id uuid, email text, name text, must_change_password boolean, role text,
  last_seen_at timestamptz, expires_at timestamptz, organization_name text${secondFactor ? ', must_enrol boolean' : ''})
language sql stable security definer set search_path = app, pg_temp as $$
  select s.id, s.user_id, s.organization_id, u.email, u.name, u.must_change_password, m.role, s.last_seen_at, s.expires_at, o.name
    ${secondFactor ? `, o.require_second_factor_for_admins and m.role = 'admin' and not second_factor_is_on(u.id)` : ''}
  from user_session s join app_user u on u.id = s.user_id
    join membership m on m.user_id = s.user_id and m.organization_id = s.organization_id
    join organization o on o.id = s.organization_id
  where s.token_hash = hash and s.ended_at is null and m.suspended_at is null
$$;`;

const doors = `
create function second_factor_is_on(person uuid) returns boolean
language sql stable security definer set search_path = app, pg_temp as $$
  select exists (select 1 from second_factor f where f.user_id = person and f.confirmed_at is not null)
$$;

-- In an organization that the session may only be about to move to.
create function second_factor_required(organization uuid) returns boolean
language sql stable security definer set search_path = app, pg_temp as $$
  select coalesce((select o.require_second_factor_for_admins from organization o where o.id = organization), false)
$$;

-- Suspended ones count: what is theirs too is not one organization's to weaken.
create function count_memberships(person uuid) returns bigint
language sql stable security definer set search_path = app, pg_temp as $$ select count(*) from membership m where m.user_id = person $$;

${sessionByHash(true)}`;

const close = (signature: string): string =>
  `revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app;`;

export class SecondFactor1700000000012 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(tables + ['second_factor', 'recovery_code'].map(walls).join(''));
    await db.query('drop function session_by_hash(bytea)');
    await db.query(doors);
    for (const signature of [
      'second_factor_is_on(uuid)',
      'second_factor_required(uuid)',
      'count_memberships(uuid)',
      'session_by_hash(bytea)',
    ])
      await db.query(close(signature));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`drop function session_by_hash(bytea); ${sessionByHash(false)} ${close('session_by_hash(bytea)')}
      drop function second_factor_is_on(uuid); drop function second_factor_required(uuid); drop function count_memberships(uuid);
      alter table organization drop column require_second_factor_for_admins;
      drop table recovery_code; drop table second_factor;`);
  }
}
