/**
 * Reads the log. Plain functions over a `Queryable` that is inside the organization's transaction: row-level security is the second wall,
 * the filter here the first. Lists page by keyset on (occurred_at, id), always within a range of time, so that partitions are pruned.
 */
import type { ActorType, AuditRecord, Mark, Outcome, Queryable, RecordedError, RecordKind, StoredRecord } from './audit.types';
import { minuteOf, recordColumns, recordJoins } from './postgres-schema';
import { filterSql, idTimeRange, keysOf, Parameters, type RecordFilter } from './record-filter';

export type ListRecords = {
  organizationId: string;
  filter: RecordFilter;
  order: 'asc' | 'desc';
  limit: number;
  /** The last record of the page before; null for the first page. */
  after: { occurredAt: Date; id: string } | null;
  /** Half-open: from <= startedAt < to; without `to`, up to the newest. */
  from: Date;
  to: Date | null;
};

const selected = recordColumns
  .map(([column, sql]) => (column === 'ip' || column === 'peer_ip' ? `host(${sql}) as ${column}` : `${sql} as ${column}`))
  .join(', ');

/** The rows are chosen first, the dictionaries looked into for the chosen ones only. */
export const shown = (rows: string): string => `select ${selected} from (${rows}) l ${recordJoins}`;

export async function listRecords(db: Queryable, list: ListRecords): Promise<StoredRecord[]> {
  const { filter, order } = list;
  const parameters = new Parameters();
  const keys = keysOf(filter);
  const rows = keys ? rowsOfKeys(keys, list, parameters) : rowsInOrder(list, parameters);
  const sql = `${shown(rows)} order by l.occurred_at ${order}, l.id ${order}`;
  return (await db.query(sql, parameters.values)).map(toRecord);
}

function rowsInOrder(list: ListRecords, parameters: Parameters): string {
  const { order, limit } = list;
  return `select * from audit_log l where ${whereSql(list, parameters).join(' and ')}
    order by l.occurred_at ${order}, l.id ${order} limit ${parameters.add(limit, 'int')}`;
}

/**
 * For each caller of these keys as many rows as the page takes, in the order of its index, and of these the first: however rare or long ago a key
 * called, only its own rows are read. The minute comes first in the order because the index knows no more; within it the rows are sorted.
 */
function rowsOfKeys(keys: readonly string[], list: ListRecords, parameters: Parameters): string {
  const { organizationId, order, limit } = list;
  const minutes = minutesSql(list, parameters);
  return `select l.* from audit_caller k cross join lateral (
    select * from audit_log l where l.caller_no = k.no and ${[...whereSql(list, parameters), ...minutes].join(' and ')}
    order by l.minute ${order}, l.occurred_at ${order}, l.id ${order} limit ${parameters.add(limit, 'int')}) l
    where k.organization_id = ${parameters.add(organizationId, 'uuid')} and k.api_key_id = any(${parameters.add(keys, 'uuid[]')})
    order by l.occurred_at ${order}, l.id ${order} limit ${parameters.add(limit, 'int')}`;
}

function whereSql(list: ListRecords, parameters: Parameters): string[] {
  const { organizationId, filter, order, after } = list;
  const where = [`l.organization_id = ${parameters.add(organizationId, 'uuid')}`];
  for (const { operator, at } of rangeOf(list)) where.push(`l.occurred_at ${operator} ${parameters.add(at, 'timestamptz')}`);
  where.push(...filterSql(filter, organizationId, parameters));
  if (after) {
    const place = `(${parameters.add(after.occurredAt, 'timestamptz')}, ${parameters.add(after.id, 'uuid')})`;
    where.push(`(l.occurred_at, l.id) ${order === 'desc' ? '<' : '>'} ${place}`);
  }
  return where;
}

/** The range of time, cut at the page's beginning: without that the planner would look into every partition before it. */
function rangeOf({ order, after, from, to }: ListRecords): { operator: '>=' | '<=' | '<'; at: Date }[] {
  const first = after && order === 'asc' && after.occurredAt > from ? after.occurredAt : from;
  const begin = { operator: '>=', at: first } as const;
  if (after && order === 'desc' && (!to || after.occurredAt < to)) return [begin, { operator: '<=', at: after.occurredAt }];
  return to ? [begin, { operator: '<', at: to }] : [begin];
}

/** The same range in whole minutes, both ends included, for an index that ends with the minute. */
const minutesSql = (list: ListRecords, parameters: Parameters): string[] =>
  rangeOf(list).map(({ operator, at }) => `l.minute ${operator === '>=' ? '>=' : '<='} ${parameters.add(minuteOf(at.getTime()), 'int')}`);

/** Null when there is none, when it is another organization's, or when it began before `from`. */
export async function getRecord(db: Queryable, organizationId: string, id: string, { from }: { from: Date }): Promise<StoredRecord | null> {
  const parameters = new Parameters();
  const where = [
    `l.organization_id = ${parameters.add(organizationId, 'uuid')}`,
    `l.id = ${parameters.add(id, 'uuid')}`,
    `l.occurred_at >= ${parameters.add(from, 'timestamptz')}`,
  ];
  const range = idTimeRange(id);
  if (range) {
    where.push(
      `l.occurred_at >= ${parameters.add(range.from, 'timestamptz')}`,
      `l.occurred_at < ${parameters.add(range.to, 'timestamptz')}`,
    );
  }
  const [row] = await db.query(shown(`select * from audit_log l where ${where.join(' and ')}`), parameters.values);
  return row ? toRecord(row) : null;
}

type Row = Record<string, unknown>;
// The types below are those of the columns, which only this library writes.
const text = (row: Row, column: string): string | null => row[column] as string | null;
const number = (row: Row, column: string): number | null => (row[column] === null ? null : Number(row[column]));

export function toRecord(row: Row): StoredRecord {
  return {
    id: row['id'] as string,
    organizationId: row['organization_id'] as string,
    sequence: Number(row['sequence']),
    kind: row['kind'] as RecordKind,
    startedAt: (row['occurred_at'] as Date).toISOString(),
    durationMs: number(row, 'duration_ms'),
    clientRequestId: text(row, 'client_request_id'),
    method: text(row, 'method'),
    path: text(row, 'path'),
    query: row['query'] as AuditRecord['query'],
    route: text(row, 'route'),
    status: number(row, 'status'),
    outcome: row['outcome'] as Outcome,
    reason: text(row, 'reason'),
    ...whoCalled(row),
    ...whereFrom(row),
    requestBytes: number(row, 'request_bytes'),
    responseBytes: number(row, 'response_bytes'),
    authMs: number(row, 'auth_ms'),
    handlerMs: number(row, 'handler_ms'),
    error: row['error'] as RecordedError | null,
    traceId: text(row, 'trace_id'),
    marks: row['marks'] as Mark[],
    gap: row['gap'] as AuditRecord['gap'],
  };
}

const whoCalled = (row: Row) => ({
  actorType: row['actor_type'] as ActorType,
  actorId: text(row, 'actor_id'),
  actorName: text(row, 'actor_name'),
  apiKeyId: text(row, 'api_key_id'),
  apiKeyName: text(row, 'api_key_name'),
  apiKeyLast4: text(row, 'api_key_last4'),
  apiKeyState: text(row, 'api_key_state'),
  keyFingerprint: text(row, 'key_fingerprint'),
  service: text(row, 'service'),
  team: text(row, 'team'),
  environment: text(row, 'environment'),
});

const whereFrom = (row: Row) => ({
  ip: text(row, 'ip'),
  peerIp: text(row, 'peer_ip'),
  country: text(row, 'country'),
  userAgent: text(row, 'user_agent'),
});
