/**
 * Reads the log. Plain functions over a `Queryable` that is inside the organization's transaction: row-level security is the second wall,
 * the filter here the first. Lists page by keyset on (occurred_at, id), always within a range of time, so that partitions are pruned.
 */
import type { ActorType, AuditRecord, Mark, Outcome, Queryable, RecordedError, RecordKind, StoredRecord } from './audit.types';
import { recordColumns } from './postgres-schema';
import { filterSql, idTimeRange, Parameters, type RecordFilter } from './record-filter';

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

const selected = recordColumns.map(([column, type]) => (type === 'inet' ? `host(${column}) as ${column}` : column)).join(', ');

export async function listRecords(db: Queryable, list: ListRecords): Promise<StoredRecord[]> {
  const { organizationId, filter, order, limit, after } = list;
  const parameters = new Parameters();
  const where = [
    `organization_id = ${parameters.add(organizationId, 'uuid')}`,
    ...rangeSql(list, parameters),
    ...filterSql(filter, parameters),
  ];
  if (after) {
    const place = `(${parameters.add(after.occurredAt, 'timestamptz')}, ${parameters.add(after.id, 'uuid')})`;
    where.push(`(occurred_at, id) ${order === 'desc' ? '<' : '>'} ${place}`);
  }
  const sql = `select ${selected} from audit_log where ${where.join(' and ')} order by occurred_at ${order}, id ${order} limit ${parameters.add(limit, 'int')}`;
  return (await db.query(sql, parameters.values)).map(toRecord);
}

/** The range of time, cut at the page's beginning: without that the planner would look into every partition before it. */
function rangeSql({ order, after, from, to }: ListRecords, parameters: Parameters): string[] {
  const first = after && order === 'asc' && after.occurredAt > from ? after.occurredAt : from;
  const range = [`occurred_at >= ${parameters.add(first, 'timestamptz')}`];
  if (after && order === 'desc' && (!to || after.occurredAt < to))
    range.push(`occurred_at <= ${parameters.add(after.occurredAt, 'timestamptz')}`);
  else if (to) range.push(`occurred_at < ${parameters.add(to, 'timestamptz')}`);
  return range;
}

/** Null when there is none, when it is another organization's, or when it began before `from`. */
export async function getRecord(db: Queryable, organizationId: string, id: string, { from }: { from: Date }): Promise<StoredRecord | null> {
  const parameters = new Parameters();
  const where = [
    `organization_id = ${parameters.add(organizationId, 'uuid')}`,
    `id = ${parameters.add(id, 'uuid')}`,
    `occurred_at >= ${parameters.add(from, 'timestamptz')}`,
  ];
  const range = idTimeRange(id);
  if (range) {
    where.push(`occurred_at >= ${parameters.add(range.from, 'timestamptz')}`, `occurred_at < ${parameters.add(range.to, 'timestamptz')}`);
  }
  const [row] = await db.query(`select ${selected} from audit_log where ${where.join(' and ')}`, parameters.values);
  return row ? toRecord(row) : null;
}

type Row = Record<string, unknown>;
// The types below are those of the columns, which only this library writes.
const text = (row: Row, column: string): string | null => row[column] as string | null;
const number = (row: Row, column: string): number | null => (row[column] === null ? null : Number(row[column]));

function toRecord(row: Row): StoredRecord {
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
