/**
 * Records as rows of `audit_log`: one statement for many, each column one array. `unnest` stands in the SELECT list, where the server takes
 * the arrays in step, row by row; in FROM it would first write each of them into a store of its own.
 */
import type { PoolClient } from 'pg';
import type { AuditRecord } from './audit.types';
import {
  encoding,
  float4Array,
  int2Array,
  int4Array,
  int8Array,
  textArray,
  timestampArray,
  uuidArray,
  type Encoded,
} from './postgres-arrays';
import type { DictionaryNumbers } from './postgres-dictionaries';
import { minuteOf, SEQUENCE_BLOCK } from './postgres-schema';

/** `at`: its beginning, in milliseconds since 1970. */
export type TimedRecord = { record: AuditRecord; at: number };
type Rows = readonly TimedRecord[];

type Column = { name: string; type: string; encode: (rows: Rows) => Encoded };
const column = (name: string, type: string, encode: Column['encode']): Column => ({ name, type, encode });
const of =
  <V>(array: (rows: Rows, value: (row: TimedRecord) => V | null) => Encoded, value: (record: AuditRecord) => V | null) =>
  (rows: Rows): Encoded =>
    array(rows, ({ record }) => value(record));

const columns: readonly Column[] = [
  column('occurred_at', 'timestamptz', (rows) => timestampArray(rows, ({ at }) => at)),
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
  column('minute', 'integer', (rows) => int4Array(rows, ({ at }) => minuteOf(at))),
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
];
const numberColumns = [
  ['caller_no', 'integer'],
  ['route_no', 'integer'],
  ['agent_no', 'integer'],
  ['rare', 'text'],
] as const;

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
    const value = of(record, agentNo) ?? null;
    if (value !== null) (found ??= {})[name] = value;
  }
  return found && JSON.stringify(found);
}

const rareColumns = {
  text: ['kind', 'outcome', 'user_agent', 'key_fingerprint', 'client_request_id', 'trace_id'],
  jsonb: ['query', 'error', 'gap'],
  cast: [['marks', 'text[]'], ['peer_unknown', 'boolean']],
} as const; // prettier-ignore
const parameters = [...columns.map(({ name, type }) => [name, type] as const), ...numberColumns];
const plain = parameters.map(([name]) => name).filter((name) => !['ip', 'peer_ip', 'rare'].includes(name));
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
  ${parameters.map(([name, type], index) => `unnest($${index + 1 + OWN_PARAMETERS}::${type}[])${name === 'rare' ? '::jsonb' : ''} as ${name}`).join(',\n  ')}) r`;

/** What does not wait for the numbers of the dictionaries: made while they are looked up. */
export const encodeRows = (rows: Rows): Encoded[] => columns.map(({ encode }) => encode(rows));

export type RowGroup = {
  organizationId: string;
  rows: Rows;
  /** Of `rows`, by `encodeRows`. */
  encoded: readonly Encoded[];
  numbers: DictionaryNumbers;
  /** The sequence number of the first row. */
  first: number;
};

export async function storeRows(client: PoolClient, { organizationId, rows, encoded, numbers, first }: RowGroup): Promise<void> {
  const { callers, routes, agents } = numbers;
  const rest = encoding(() => textArray(rows, ({ record }, index) => rare(record, agents[index] ?? null)));
  const numbered = [callers, routes, agents].map((numbersOfRows) => int4Array(numbersOfRows, (no) => no));
  const values = [organizationId, first, first + rows.length - 1, ...encoded, ...numbered, rest];
  // Named: prepared once a connection, for it is long and always the same.
  await client.query({ name: 'audit_rows', text: insertRows, values });
}
