/**
 * The tables of the log in PostgreSQL 15 or newer, as raw SQL that also runs on Citus: the organization in every key, no triggers, no
 * foreign keys. Append-only by GRANT; never grant on a partition, for a partition with a grant of its own bypasses the parent's policy.
 */
export type SchemaRoles = {
  /** The role the application works as: owns nothing. */
  appRole: string;
  /** Owns the tables; makes and drops partitions. */
  maintenanceRole: string;
};

/** Fixed-width columns first, widest first: padding is where a row of many columns loses its bytes. */
export const recordColumns = [
  // [column, type, field of AuditRecord]
  ['occurred_at', 'timestamptz(3) not null', 'startedAt'],
  ['sequence', 'bigint not null', 'sequence'],
  ['request_bytes', 'bigint', 'requestBytes'],
  ['response_bytes', 'bigint', 'responseBytes'],
  ['duration_ms', 'real', 'durationMs'],
  ['auth_ms', 'real', 'authMs'],
  ['handler_ms', 'real', 'handlerMs'],
  ['status', 'smallint', 'status'],
  ['organization_id', 'uuid not null', 'organizationId'],
  ['id', 'uuid not null', 'id'],
  ['api_key_id', 'uuid', 'apiKeyId'],
  ['actor_id', 'uuid', 'actorId'],
  ['kind', 'text not null', 'kind'],
  ['outcome', 'text not null', 'outcome'],
  ['actor_type', 'text not null', 'actorType'],
  ['method', 'text', 'method'],
  ['path', 'text', 'path'],
  ['route', 'text', 'route'],
  ['query', 'jsonb', 'query'],
  ['reason', 'text', 'reason'],
  ['actor_name', 'text', 'actorName'],
  ['api_key_name', 'text', 'apiKeyName'],
  ['api_key_last4', 'text', 'apiKeyLast4'],
  ['api_key_state', 'text', 'apiKeyState'],
  ['key_fingerprint', 'text', 'keyFingerprint'],
  ['service', 'text', 'service'],
  ['team', 'text', 'team'],
  ['environment', 'text', 'environment'],
  ['ip', 'inet', 'ip'],
  ['peer_ip', 'inet', 'peerIp'],
  ['country', 'text', 'country'],
  ['user_agent', 'text', 'userAgent'],
  ['client_request_id', 'text', 'clientRequestId'],
  ['trace_id', 'text', 'traceId'],
  ['error', 'jsonb', 'error'],
  ['marks', 'text[] not null', 'marks'],
  ['gap', 'jsonb', 'gap'],
] as const;

const CURRENT = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const walls = (table: string, { appRole, maintenanceRole }: SchemaRoles): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to ${appRole} using (organization_id = ${CURRENT}) with check (organization_id = ${CURRENT});
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on ${table} to ${maintenanceRole} using (true) with check (true);`;

/** Run once, as the maintenance role, with the schema first in search_path. */
export function auditSchema(roles: SchemaRoles): string {
  const { appRole, maintenanceRole } = roles;
  return `
create table audit_log (
  ${recordColumns.map(([column, type]) => `${column} ${type}`).join(',\n  ')},
  constraint audit_log_pkey primary key (organization_id, occurred_at, id)
) partition by range (occurred_at);
-- Not unique: that would need occurred_at in it. The head row's lock keeps the numbers apart.
create index audit_log_sequence on audit_log (organization_id, sequence);
create index audit_log_api_key on audit_log (organization_id, api_key_id, occurred_at desc) where api_key_id is not null;
-- Empty in normal life: takes what no month was made for, so that a clock that jumped loses nothing.
create table audit_log_default partition of audit_log default;
${walls('audit_log', roles)}
grant select, insert on audit_log to ${appRole};

-- The last number given in each organization.
create table audit_head (
  organization_id uuid constraint audit_head_pkey primary key,
  sequence bigint not null
);
${walls('audit_head', roles)}
grant select, insert, update on audit_head to ${appRole};

-- How far each journal is stored. Belongs to processes, not to organizations.
create table audit_watermark (
  journal_id uuid constraint audit_watermark_pkey primary key,
  stored_up_to bigint not null,
  stored_at timestamptz not null
);
grant select, insert, update on audit_watermark to ${appRole};

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
create policy keep on audit_quarantine for insert to ${appRole} with check (true);
create policy tenant on audit_quarantine for select to ${appRole} using (organization_id = ${CURRENT});
create policy maintenance on audit_quarantine to ${maintenanceRole} using (true) with check (true);
grant select, insert on audit_quarantine to ${appRole};
`;
}
