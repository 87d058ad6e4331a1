/**
 * The tables of the log in PostgreSQL 15 or newer, as raw SQL that also runs on Citus: the organization in every key, no triggers, no
 * foreign keys. Append-only by GRANT; never grant on a partition, for a partition with a grant of its own bypasses the parent's policy.
 *
 * A row of `audit_log` holds what is its own; what repeats (who called, the route, the user agent) stands once in a dictionary of the
 * organization and in the row as a number. `audit_record` is the log as people read it: every column, nothing to join (ADR 0011).
 */
import { processTables } from './postgres-process-schema';
import { bucketColumns } from './rollup-shape';
import { CURRENT, walls, type SchemaRoles } from './postgres-walls';

/** How many numbers of the sequence share an entry of its index. */
export const SEQUENCE_BLOCK = 128;

/** The column `minute` of a time in milliseconds: since 1970. What lies beyond the year 6053 shares the last one. */
export const minuteOf = (at: number): number => Math.max(-LAST_MINUTE, Math.min(Math.floor(at / 60_000), LAST_MINUTE));
const LAST_MINUTE = 2 ** 31 - 1;

/** Fixed-width columns first, widest first, for padding is where a row loses its bytes; then the nullable ones, which cost nothing when null. */
const logColumns = [
  'occurred_at timestamptz(3) not null',
  'sequence bigint not null',
  'request_bytes bigint',
  'response_bytes bigint',
  'organization_id uuid not null',
  'id uuid not null',
  `sequence_block integer not null`, // sequence / SEQUENCE_BLOCK
  'minute integer not null', // of occurred_at, since 1970
  'caller_no integer not null',
  'route_no integer not null',
  'agent_no integer',
  'duration_ms real',
  'auth_ms real',
  'handler_ms real',
  'status smallint',
  'ip inet',
  'country text',
  'path text',
  'query jsonb',
  'reason text',
  'peer_ip inet', // null: the same as ip
  'peer_unknown boolean', // true: there was no peer address although there was an ip
  'kind text', // null: request
  'outcome text', // null: completed
  'user_agent text', // only where it is in no dictionary
  'key_fingerprint text',
  'client_request_id text',
  'trace_id text',
  'error jsonb',
  'marks text[]', // null: none
  'gap jsonb',
];

export const callerColumns = [
  ['actor_type', 'text not null', 'actorType'],
  ['actor_id', 'uuid', 'actorId'],
  ['actor_name', 'text', 'actorName'],
  ['api_key_id', 'uuid', 'apiKeyId'],
  ['api_key_name', 'text', 'apiKeyName'],
  ['api_key_last4', 'text', 'apiKeyLast4'],
  ['api_key_state', 'text', 'apiKeyState'],
  ['service', 'text', 'service'],
  ['team', 'text', 'team'],
  ['environment', 'text', 'environment'],
] as const;

/** A record as columns, over `l`, a row of audit_log, and `recordJoins`. */
export const recordColumns: readonly (readonly [column: string, sql: string])[] = [
  ...['organization_id', 'occurred_at', 'id', 'sequence'].map(own),
  ['kind', `coalesce(l.kind, 'request')`],
  ['outcome', `coalesce(l.outcome, 'completed')`],
  ['method', 'r.method'],
  own('path'),
  ['route', 'r.route'],
  ...['query', 'status', 'reason'].map(own),
  ...callerColumns.map(([column]) => [column, `c.${column}`] as const),
  ...['key_fingerprint', 'ip'].map(own),
  ['peer_ip', 'coalesce(l.peer_ip, case when l.peer_unknown is null then l.ip end)'],
  own('country'),
  ['user_agent', 'coalesce(a.user_agent, l.user_agent)'],
  ...['duration_ms', 'auth_ms', 'handler_ms', 'request_bytes', 'response_bytes', 'client_request_id', 'trace_id', 'error'].map(own),
  ['marks', `coalesce(l.marks, '{}')`],
  own('gap'),
];

function own(column: string): readonly [string, string] {
  return [column, `l.${column}`];
}

/** Calls that took so long have an index of their own. */
export const SLOW_MS = 1_000;

/**
 * What a list is searched by (record-sources.ts), with the minute last, so that the newest rows of each value come in order; what each of them costs and why it is there: ADR 0026.
 * Errors, reasons, fingerprints, countries and slow calls are few, or not known at all: their indexes leave all other rows out.
 */
const searchIndexes = `create index audit_log_caller_route on audit_log (organization_id, caller_no, route_no, minute);
create index audit_log_caller_error on audit_log (organization_id, caller_no, status, minute) where status >= 400;
create index audit_log_route on audit_log (organization_id, route_no, minute);
create index audit_log_route_error on audit_log (organization_id, route_no, status, minute) where status >= 400;
create index audit_log_status on audit_log (organization_id, status, minute);
create index audit_log_ip on audit_log (organization_id, ip, minute);
create index audit_log_agent on audit_log (organization_id, agent_no, minute);
create index audit_log_country on audit_log (organization_id, country, minute) where country is not null;
create index audit_log_reason on audit_log (organization_id, reason, minute) where reason is not null;
create index audit_log_key_fingerprint on audit_log (organization_id, key_fingerprint, minute) where key_fingerprint is not null;
create index audit_log_slow on audit_log (organization_id, minute, duration_ms) where duration_ms >= ${SLOW_MS};
-- By bytes, in which the beginning of a path is a range. A path has 2,048 characters at most, which an entry can hold.
create index audit_log_path on audit_log (organization_id, path collate "C");`;

/** Left joins, though caller and route are always there: a record is shown even where a dictionary were damaged. */
export const recordJoins = `left join audit_caller c on c.organization_id = l.organization_id and c.no = l.caller_no
  left join audit_route r on r.organization_id = l.organization_id and r.no = l.route_no
  left join audit_agent a on a.organization_id = l.organization_id and a.no = l.agent_no`;

/** Run once, as the maintenance role, with the schema first in search_path. */
export function auditSchema(roles: SchemaRoles): string {
  return logTables(roles) + rollupTable(roles) + bookkeeping(roles) + processTables(roles);
}

/** The log itself: `audit_log`, its dictionaries, and `audit_record`. */
export function logTables(roles: SchemaRoles): string {
  return `
create table audit_log (
  ${logColumns.join(',\n  ')},
  constraint audit_log_pkey primary key (organization_id, occurred_at, id)
) partition by range (occurred_at);
-- Many rows share an entry of these two, and PostgreSQL keeps an entry that repeats once, with 6 bytes a row. Whoever reads sorts within
-- a block or a minute. Not unique: that would need occurred_at in it. The head row's lock keeps the numbers apart.
create index audit_log_sequence on audit_log (organization_id, sequence_block);
create index audit_log_caller on audit_log (organization_id, caller_no, minute);
${searchIndexes}
-- Empty in normal life: takes what no month was made for, so that a clock that jumped loses nothing.
create table audit_log_default partition of audit_log default;
${walls('audit_log', roles)}
grant select, insert on audit_log to ${roles.appRole};
${dictionaries(roles)}
-- With the rights of whoever asks, so behind the same walls.
create view audit_record with (security_invoker = true) as
  select ${recordColumns.map(([column, sql]) => `${sql} as ${column}`).join(', ')}
  from audit_log l ${recordJoins};
grant select on audit_record to ${roles.appRole};
`;
}

/**
 * What repeats. Numbers are given under the lock of the organization's head, and never twice. `digest`: SHA-256 of the values, for a name or
 * a user agent can be longer than an index takes.
 */
const dictionaries = (roles: SchemaRoles): string => `
-- Who called, under the names of the moment: a key that is renamed is another caller from then on.
create table audit_caller (
  organization_id uuid not null,
  no integer not null,
  digest bytea not null,
  ${callerColumns.map(([column, type]) => `${column} ${type}`).join(',\n  ')},
  constraint audit_caller_pkey primary key (organization_id, no),
  constraint audit_caller_digest unique (organization_id, digest)
);
create index audit_caller_api_key on audit_caller (organization_id, api_key_id) where api_key_id is not null;
create table audit_route (
  organization_id uuid not null,
  no integer not null,
  digest bytea not null,
  method text,
  route text,
  constraint audit_route_pkey primary key (organization_id, no),
  constraint audit_route_digest unique (organization_id, digest)
);
-- Begun anew each month: what callers write into a header must go with retention, and who floods it spoils one month.
create table audit_agent (
  organization_id uuid not null,
  no integer not null,
  month integer not null,
  since_sequence bigint not null,
  digest bytea not null,
  user_agent text not null,
  constraint audit_agent_pkey primary key (organization_id, no),
  constraint audit_agent_digest unique (organization_id, month, digest)
);
${['audit_caller', 'audit_route', 'audit_agent'].map((table) => `${walls(table, roles)}\ngrant select, insert on ${table} to ${roles.appRole};`).join('\n')}
`;

/**
 * Counts a minute: `value` is a number of a dictionary, a status, a country or an address, as `dimension` says; '' for none. Dimensions from 11 on are
 * of whole hours, from 21 on of whole days. `actor`: which kind of caller (rollup-shape.ts).
 */
export const rollupTable = (roles: SchemaRoles): string => `
create table audit_rollup (
  organization_id uuid not null,
  bytes_out bigint not null,
  minute integer not null,
  requests integer not null,
  client_errors integer not null,
  server_errors integer not null,
  -- Null: none yet; a counter of a quiet minute is small.
  ${bucketColumns.map((column) => `${column} integer`).join(',\n  ')},
  dimension smallint not null,
  actor smallint not null,
  value text not null,
  constraint audit_rollup_pkey primary key (organization_id, dimension, minute, value, actor)
) with (fillfactor = 70); -- a counter is updated for a minute: in its page, without touching the index
${walls('audit_rollup', roles)}
grant select, insert, update on audit_rollup to ${roles.appRole};
`;

const bookkeeping = (roles: SchemaRoles): string => `
-- The last number given in each organization, and up to which minute (since 1970) its roll-ups have been summed up by the hour.
create table audit_head (
  organization_id uuid constraint audit_head_pkey primary key,
  sequence bigint not null,
  hours_until integer
);
${walls('audit_head', roles)}
grant select, insert, update on audit_head to ${roles.appRole};

-- How far each journal is stored. Belongs to processes, not to organizations.
create table audit_watermark (
  journal_id uuid constraint audit_watermark_pkey primary key,
  stored_up_to bigint not null,
  stored_at timestamptz not null
);
grant select, insert, update on audit_watermark to ${roles.appRole};

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
create policy keep on audit_quarantine for insert to ${roles.appRole} with check (true);
create policy tenant on audit_quarantine for select to ${roles.appRole} using (organization_id = ${CURRENT});
create policy maintenance on audit_quarantine to ${roles.maintenanceRole} using (true) with check (true);
grant select, insert on audit_quarantine to ${roles.appRole};
`;
