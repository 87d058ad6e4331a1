/**
 * Records as rows of `audit_log`: one statement for many, each column one array. `unnest` stands in the SELECT list, where the server takes
 * the arrays in step, row by row; in FROM it would first write each of them into a store of its own.
 */
import type { PoolClient } from 'pg';
import type { AuditRecord } from './audit.types';
import { float4Array, int2Array, int4Array, int8Array, textArray, timestampArray, uuidArray, type Encoded } from './postgres-arrays';
import type { DictionaryNumbers } from './postgres-dictionaries';
import { minuteOf, SEQUENCE_BLOCK } from './postgres-schema';

/** `at`: its beginning, in milliseconds since 1970. */
export type TimedRecord = { record: AuditRecord; at: number };
export type Group = {
  organizationId: string;
  rows: readonly TimedRecord[];
  numbers: DictionaryNumbers;
  /** The sequence number of the first record. */
  first: number;
};

type Column = { name: string; type: string; encode: (group: Group) => Encoded };
const column = (name: string, type: string, encode: Column['encode']): Column => ({ name, type, encode });
type Rows = readonly TimedRecord[];
const of =
  <V>(array: (rows: Rows, value: (row: TimedRecord) => V | null) => Encoded, value: (record: AuditRecord) => V | null) =>
  ({ rows }: Group): Encoded =>
    array(rows, ({ record }) => value(record));

const columns: readonly Column[] = [
  column('occurred_at', 'timestamptz', ({ rows }) => timestampArray(rows, ({ at }) => at)),
  column(
    'request_bytes',
    'bigint',
    of(int8Array, ({ requestBytes }) => requestBytes),
  ),
  column(
    'response_bytes',
    'bigint',
    of(int8Array, ({ responseBytes }) => responseBytes),
  ),
  column(
    'id',
    'uuid',
    of(uuidArray, ({ id }) => id),
  ),
  column('minute', 'integer', ({ rows }) => int4Array(rows, ({ at }) => minuteOf(at))),
  column('caller_no', 'integer', ({ numbers }) => int4Array(numbers.callers, (no) => no)),
  column('route_no', 'integer', ({ numbers }) => int4Array(numbers.routes, (no) => no)),
  column('agent_no', 'integer', ({ numbers }) => int4Array(numbers.agents, (no) => no)),
  column(
    'duration_ms',
    'real',
    of(float4Array, ({ durationMs }) => durationMs),
  ),
  column(
    'auth_ms',
    'real',
    of(float4Array, ({ authMs }) => authMs),
  ),
  column(
    'handler_ms',
    'real',
    of(float4Array, ({ handlerMs }) => handlerMs),
  ),
  column(
    'status',
    'smallint',
    of(int2Array, ({ status }) => status),
  ),
  column(
    'ip',
    'text',
    of(textArray, ({ ip }) => ip),
  ),
  column(
    'country',
    'text',
    of(textArray, ({ country }) => country),
  ),
  column(
    'path',
    'text',
    of(textArray, ({ path }) => path),
  ),
  column(
    'reason',
    'text',
    of(textArray, ({ reason }) => reason),
  ),
  column(
    'peer_ip',
    'text',
    of(textArray, ({ ip, peerIp }) => (peerIp === ip ? null : peerIp)),
  ),
  column('rare', 'text', ({ rows, numbers }) => textArray(rows, ({ record }, index) => rare(record, numbers.agents[index] ?? null))),
];

type Rare = (record: AuditRecord, agentNo: number | null) => unknown;
/** What most records have not. Null: not written. */
const rareFields: readonly (readonly [column: string, of: Rare])[] = [
  ['kind', ({ kind }) => (kind === 'request' ? null : kind)],
  ['outcome', ({ outcome }) => (outcome === 'completed' ? null : outcome)],
  ['user_agent', ({ userAgent }, agentNo) => (agentNo === null ? userAgent : null)],
  ['key_fingerprint', ({ keyFingerprint }) => keyFingerprint],
  ['client_request_id', ({ clientRequestId }) => clientRequestId],
  ['trace_id', ({ traceId }) => traceId],
  ['query', ({ query }) => query],
  ['error', ({ error }) => error],
  ['marks', ({ marks }) => (marks.length > 0 ? `{${marks.join(',')}}` : null)], // as PostgreSQL writes an array; marks are words
  ['gap', ({ gap }) => gap],
  ['peer_unknown', ({ ip, peerIp }) => (peerIp === null && ip !== null ? true : null)],
];

/** As one JSON text; null when there is none of it. */
function rare(record: AuditRecord, agentNo: number | null): string | null {
  let found: Record<string, unknown> | null = null;
  for (const [name, of] of rareFields) {
    const value = of(record, agentNo);
    if (value !== null) (found ??= {})[name] = value;
  }
  return found && JSON.stringify(found);
}

const rareColumns = {
  text: ['kind', 'outcome', 'user_agent', 'key_fingerprint', 'client_request_id', 'trace_id'],
  jsonb: ['query', 'error', 'gap'],
  cast: [['marks', 'text[]'], ['peer_unknown', 'boolean']],
} as const; // prettier-ignore
const plain = columns.map(({ name }) => name).filter((name) => !['ip', 'peer_ip', 'rare'].includes(name));
const targets: (readonly [column: string, sql: string])[] = [
  ['organization_id', '$1::uuid'],
  ['sequence', 'sequence'],
  ['sequence_block', `(sequence / ${SEQUENCE_BLOCK})::integer`],
  ...plain.map((name) => [name, name] as const),
  ...['ip', 'peer_ip'].map((name) => [name, `${name}::inet`] as const),
  ...rareColumns.text.map((name) => [name, `rare ->> '${name}'`] as const),
  ...rareColumns.jsonb.map((name) => [name, `rare -> '${name}'`] as const),
  ...rareColumns.cast.map(([name, type]) => [name, `(rare ->> '${name}')::${type}`] as const),
];

const OWN_PARAMETERS = 3; // organization, first and last number
const insertRows = `insert into audit_log (${targets.map(([name]) => name).join(', ')})
select ${targets.map(([, sql]) => sql).join(', ')} from (select generate_series($2::bigint, $3::bigint) as sequence,
  ${columns.map(({ name, type }, index) => `unnest($${index + 1 + OWN_PARAMETERS}::${type}[])${name === 'rare' ? '::jsonb' : ''} as ${name}`).join(',\n  ')}) r`;

export async function storeRows(client: PoolClient, group: Group): Promise<void> {
  const { organizationId, rows, first } = group;
  const values = columns.map(({ encode }) => encode(group));
  // Named: prepared once a connection, for it is long and always the same.
  await client.query({ name: 'audit_rows', text: insertRows, values: [organizationId, first, first + rows.length - 1, ...values] });
}
