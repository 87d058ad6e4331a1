/**
 * The processes that serve this database, and how they hear of a change to a key at once: triggers announce it in the transaction of the
 * change, whoever makes it, so that no feature can forget to. ADR 0014.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- One row a start. Belongs to the installation. Times are the server's: the clocks of hosts differ.
create table api_process (
  id uuid constraint api_process_pkey primary key,
  host text not null,
  pid integer not null,
  -- Of its data: belongs to one process at a time, so whoever holds it knows that the one before is gone.
  directory text not null,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  -- In order; null also for one that was killed.
  stopped_at timestamptz
);
grant select, insert, update, delete on api_process to pinebill_app;

-- For each revocation the processes that may have remembered the key. Written by the functions below, and by nobody else.
create table revocation_process (
  organization_id uuid not null,
  api_key_id uuid not null,
  process_id uuid not null,
  process_name text not null,
  asked_at timestamptz not null,
  confirmed_at timestamptz,
  -- By the process's own clock.
  last_accepted_at timestamptz,
  constraint revocation_process_pkey primary key (organization_id, api_key_id, process_id)
);
create index revocation_process_open on revocation_process (process_id) where confirmed_at is null;
alter table revocation_process enable row level security;
alter table revocation_process force row level security;
create policy tenant on revocation_process to pinebill_app
  using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy maintenance on revocation_process to pinebill_maintenance using (true) with check (true);
grant select on revocation_process to pinebill_app;
`;

/** Longer than a verdict may be used (30 s): a process that was heard of before that may still have one. */
const MAY_REMEMBER_SECONDS = 35;

const functions = `
-- Ids, and of a new key the first bytes of the hash of its secret: whoever listens learns nothing that opens a door.
create function announce_api_key() returns trigger
language plpgsql security definer set search_path = app, pg_temp as $$
declare
  -- Written while the key works, and of no meaning to the door.
  traces constant text[] := array['last_used_at', 'last_used_ip', 'last_used_user_agent'];
begin
  if tg_op = 'INSERT' then
    perform pg_notify('pinebill', concat_ws(' ', 'keyCreated', new.organization_id, new.id, encode(substr(new.secret_hash, 1, 6), 'hex')));
  elsif tg_op = 'DELETE' then
    perform pg_notify('pinebill', concat_ws(' ', 'keyChanged', old.organization_id, old.id));
  elsif old.revoked_at is null and new.revoked_at is not null then
    insert into revocation_process (organization_id, api_key_id, process_id, process_name, asked_at)
    select new.organization_id, new.id, p.id, p.host || ':' || p.pid, clock_timestamp() from api_process p
    where p.stopped_at is null and p.seen_at > clock_timestamp() - interval '${MAY_REMEMBER_SECONDS} seconds'
    on conflict do nothing;
    perform pg_notify('pinebill', concat_ws(' ', 'keyRevoked', new.organization_id, new.id));
  elsif to_jsonb(new) - traces is distinct from to_jsonb(old) - traces then
    perform pg_notify('pinebill', concat_ws(' ', 'keyChanged', new.organization_id, new.id));
  end if;
  return null;
end $$;
create trigger announce after insert or update or delete on api_key for each row execute function announce_api_key();

create function announce_organization() returns trigger
language plpgsql security definer set search_path = app, pg_temp as $$
begin
  perform pg_notify('pinebill', concat_ws(' ', 'organizationChanged', new.id));
  return null;
end $$;
create trigger announce after update on organization for each row when (old.* is distinct from new.*) execute function announce_organization();

-- For any table of which key_by_hash reads rows by organization: "create trigger announce after insert or update or delete on ... for each row
-- execute function announce_row_of_organization()".
create function announce_row_of_organization() returns trigger
language plpgsql security definer set search_path = app, pg_temp as $$
begin
  perform pg_notify('pinebill', concat_ws(' ', 'organizationChanged', coalesce(new.organization_id, old.organization_id)));
  return null;
end $$;

-- A process says that it has forgotten these keys, and when it accepted each last.
create function confirm_revocations(process uuid, name text, organizations uuid[], keys uuid[], accepted timestamptz[]) returns void
language sql security definer set search_path = app, pg_temp as $$
  insert into revocation_process as known (organization_id, api_key_id, process_id, process_name, asked_at, confirmed_at, last_accepted_at)
  select organization, key, process, name, clock_timestamp(), clock_timestamp(), at
  from unnest(organizations, keys, accepted) as gone (organization, key, at)
  on conflict (organization_id, api_key_id, process_id) do update
  set confirmed_at = coalesce(known.confirmed_at, excluded.confirmed_at),
    last_accepted_at = greatest(known.last_accepted_at, excluded.last_accepted_at);
  select pg_notify('pinebill', concat_ws(' ', 'revocationConfirmed', organization, key))
  from unnest(organizations, keys) as gone (organization, key);
$$;

-- A process that had been deaf has thrown everything away that it remembered: whatever was revoked meanwhile is forgotten with it.
create function confirm_missed_revocations(process uuid) returns void
language sql security definer set search_path = app, pg_temp as $$
  update revocation_process set confirmed_at = clock_timestamp() where process_id = process and confirmed_at is null
$$;

-- The beginnings of the hashes of all keys, dead ones included: what is not among them is no key. Null: more than \`most\`.
create function key_marks(most integer) returns text[]
language sql stable security definer set search_path = app, pg_temp as $$
  select case when count(*) <= most then coalesce(array_agg(mark), '{}') end
  from (select encode(substr(secret_hash, 1, 6), 'hex') as mark from api_key limit most + 1) as found
$$;
`;

const signatures = [
  'announce_api_key()',
  'announce_organization()',
  'announce_row_of_organization()',
  'confirm_revocations(uuid, text, uuid[], uuid[], timestamptz[])',
  'confirm_missed_revocations(uuid)',
  'key_marks(integer)',
];

export class Processes1700000000008 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(tables);
    await db.query(functions);
    for (const signature of signatures) {
      await db.query(`revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`drop trigger announce on api_key; drop trigger announce on organization;
      ${signatures.map((signature) => `drop function ${signature};`).join(' ')} drop table revocation_process; drop table api_process`);
  }
}
