import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The log's own tables, as they were at first: the library that writes and reads them has moved on, a migration does not. Partitions are made at start-up, by a job. */
const tables = `
create table audit_log (
  occurred_at timestamptz(3) not null,
  sequence bigint not null,
  request_bytes bigint,
  response_bytes bigint,
  duration_ms real,
  auth_ms real,
  handler_ms real,
  status smallint,
  organization_id uuid not null,
  id uuid not null,
  api_key_id uuid,
  actor_id uuid,
  kind text not null,
  outcome text not null,
  actor_type text not null,
  method text,
  path text,
  route text,
  query jsonb,
  reason text,
  actor_name text,
  api_key_name text,
  api_key_last4 text,
  api_key_state text,
  key_fingerprint text,
  service text,
  team text,
  environment text,
  ip inet,
  peer_ip inet,
  country text,
  user_agent text,
  client_request_id text,
  trace_id text,
  error jsonb,
  marks text[] not null,
  gap jsonb,
  constraint audit_log_pkey primary key (organization_id, occurred_at, id)
) partition by range (occurred_at);
-- Not unique: that would need occurred_at in it. The head row's lock keeps the numbers apart.
create index audit_log_sequence on audit_log (organization_id, sequence);
create index audit_log_api_key on audit_log (organization_id, api_key_id, occurred_at desc) where api_key_id is not null;
-- Empty in normal life: takes what no month was made for, so that a clock that jumped loses nothing.
create table audit_log_default partition of audit_log default;

alter table audit_log enable row level security;
alter table audit_log force row level security;
create policy tenant on audit_log to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_log to pinebill_maintenance using (true) with check (true);
grant select, insert on audit_log to pinebill_app;

-- The last number given in each organization.
create table audit_head (
  organization_id uuid constraint audit_head_pkey primary key,
  sequence bigint not null
);

alter table audit_head enable row level security;
alter table audit_head force row level security;
create policy tenant on audit_head to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on audit_head to pinebill_maintenance using (true) with check (true);
grant select, insert, update on audit_head to pinebill_app;

-- How far each journal is stored. Belongs to processes, not to organizations.
create table audit_watermark (
  journal_id uuid constraint audit_watermark_pkey primary key,
  stored_up_to bigint not null,
  stored_at timestamptz not null
);
grant select, insert, update on audit_watermark to pinebill_app;

-- Records that PostgreSQL refused, as they were.
create table audit_quarantine (
  journal_id uuid not null,
  journal_offset bigint not null,
  organization_id uuid,
  record bytea not null,
  error text not null,
  quarantined_at timestamptz not null,
  constraint audit_quarantine_pkey primary key (journal_id, journal_offset)
);
alter table audit_quarantine enable row level security;
alter table audit_quarantine force row level security;
-- A record without a readable organization must get in as well; only maintenance sees that one.
create policy keep on audit_quarantine for insert to pinebill_app with check (true);
create policy tenant on audit_quarantine for select to pinebill_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy maintenance on audit_quarantine to pinebill_maintenance using (true) with check (true);
grant select, insert on audit_quarantine to pinebill_app;
`;

export class AuditLog1700000000002 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(tables);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The log has no way back: restore a backup instead.'));
  }
}
