/**
 * Exports: what was asked for, how far the work is, and what became of it. Whoever works on one holds a lease; a row is never deleted, for its
 * manifest is evidence. And the keys that manifests are signed with: of the installation, the private half sealed (platform/sealing.ts).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const sql = `
create table export_signing_key (
  id uuid constraint export_signing_key_pkey primary key,
  -- SubjectPublicKeyInfo.
  public_key bytea not null,
  sealed_private_key bytea not null,
  created_at timestamptz not null
);
-- Never deleted: what was signed with it must stay verifiable.
grant select, insert on export_signing_key to pinebill_app;

create table export (
  organization_id uuid not null references organization (id),
  id uuid not null,
  created_at timestamptz(3) not null,
  created_by_type text not null,
  created_by uuid,
  created_by_name text not null,
  schedule_id uuid,
  source text not null constraint export_source check (source in ('auditLogs', 'activity', 'evidence', 'period')),
  -- As it was asked for, completed by what was not said; the manifest repeats it.
  request jsonb not null,
  -- What whoever asked may see: reading begins here, and whether the requests of nobody are left out.
  reads_from timestamptz(3) not null,
  hides_anonymous boolean not null,
  state text not null constraint export_state check (state in ('queued', 'running', 'ready', 'failed', 'expired')),
  -- How often somebody has begun. The files of an attempt lie in a folder of its own, so whoever lost the lease spoils nothing.
  attempt integer not null default 0,
  -- The data directory of whoever works on it: belongs to one process at a time.
  worked_on_by text,
  lease_until timestamptz,
  -- Where the attempt is, and what was decided when the work began (the snapshot): enough for another process to go on.
  progress jsonb,
  expected_rows bigint,
  rows bigint not null default 0,
  bytes bigint not null default 0,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  expires_at timestamptz(3),
  -- A word for programs, a sentence for people.
  failure_code text,
  failure text,
  manifest text,
  signature bytea,
  signing_key_id uuid references export_signing_key (id),
  constraint export_pkey primary key (organization_id, created_at, id),
  constraint export_ready check (state <> 'ready' or (manifest is not null and signature is not null and signing_key_id is not null))
);
create unique index export_id on export (organization_id, id);
create index export_open on export (created_at) where state in ('queued', 'running');
create index export_expiry on export (expires_at) where state = 'ready';
alter table export enable row level security;
alter table export force row level security;
create policy tenant on export to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on export to pinebill_maintenance using (true) with check (true);
grant select, insert, update on export to pinebill_app;

-- Past the walls: the oldest export that nobody works on, for this place. By the server's clock. A lease of the same place is of a process that
-- is gone, unless it is this one's own.
create function export_take(place text, lease_seconds integer) returns table (organization_id uuid, id uuid, attempt integer)
language sql security definer set search_path = app, pg_temp as $$
  update export e set state = 'running', attempt = e.attempt + 1, worked_on_by = place,
    lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
  where (e.organization_id, e.id) = (
    select o.organization_id, o.id from export o
    where o.state = 'queued' or (o.state = 'running' and (o.lease_until < clock_timestamp() or o.worked_on_by = place))
    order by o.created_at limit 1 for update skip locked)
  returning e.organization_id, e.id, e.attempt
$$;

-- What was ready long enough; its files go when each process next looks at its own.
create function exports_expire(at timestamptz) returns bigint
language sql security definer set search_path = app, pg_temp as $$
  with gone as (update export set state = 'expired' where state = 'ready' and expires_at <= at returning 1) select count(*) from gone
$$;

-- Of these, the ones whose files are still needed: tells nothing but that.
create function exports_kept(ids uuid[]) returns table (id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select e.id from export e where e.id = any(ids) and e.state in ('queued', 'running', 'ready')
$$;
`;

const signatures = ['export_take(text, integer)', 'exports_expire(timestamptz)', 'exports_kept(uuid[])'];

export class Exports1700000000020 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
    for (const signature of signatures)
      await db.query(`revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      `${signatures.map((signature) => `drop function ${signature};`).join(' ')} drop table export; drop table export_signing_key`,
    );
  }
}
