/**
 * Reads the log. Plain functions over a `Queryable` that is inside the organization's transaction: row-level security is the second wall,
 * the filter here the first. Lists page by keyset on (occurred_at, id), always within a range of time, so that partitions are pruned.
 */
import type { ActorType, AuditRecord, Mark, Outcome, Queryable, RecordedError, RecordKind, StoredRecord } from './audit.types';
import { recordColumns, recordJoins } from './postgres-schema';
import { closeIdTime, closeTo, idTimeRange, Parameters, type RecordFilter } from './record-filter';
import {
  countSql,
  expectedLook,
  firstRows,
  inOrder,
  passing,
  rangeSql,
  rareSql,
  searchSql,
  spanOf,
  usualLook,
  type Found,
  type Look,
} from './record-search';
import { sourcesOf, type Source, type Way } from './record-sources';

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

/** Looked into row by row: the planner would rather read a whole dictionary for a page. */
const recordLookUps = recordJoins.replace(
  /left join (audit_\w+) (\w) on (.*)/g,
  'left join lateral (select * from $1 $2 where $3 offset 0) $2 on true',
);
const shownPage = (rows: string): string => `select ${selected} from (${rows}) l ${recordLookUps}`;

/**
 * What is rare is found by an index that knows all of it, what is frequent among the newest rows, what is neither in the order of an index. Which of these it is, is
 * counted and not estimated: nobody plans well for what happened three times (ADR 0026).
 */
export async function listRecords(db: Queryable, list: ListRecords, look: Look = usualLook): Promise<StoredRecord[]> {
  const byId = await closeToItsId(db, list);
  if (byId) return byId;
  const sources = sourcesOf({ ...list, ...spanOf(list) });
  const found = sources.length > 0 ? await searched(db, list, sources, look) : null;
  return found ?? newestFirst(db, list);
}

/** A filter by one request id has one record at most, and it began when its id was made, give or take a clock that was set. Null: not found there. */
async function closeToItsId(db: Queryable, list: ListRecords): Promise<StoredRecord[] | null> {
  const close = closeIdTime(list.filter);
  if (!close) return null;
  const from = close.from > list.from ? close.from : list.from;
  const to = list.to && list.to < close.to ? list.to : close.to;
  const found = from < to ? await newestFirst(db, { ...list, from, to }) : [];
  return found.length > 0 ? found : null;
}

/**
 * The planner does not know which key of an index it will be asked for, and takes each for an average one: of those it would rather collect all rows, and sort them,
 * than read them in the order of the index until the page is full. For the frequent ones, which it does not see, that is a thousand times the work.
 */
async function inIndexOrder<T>(db: Queryable, hint: Source['hint'], work: (way: Way | null) => Promise<T>): Promise<T> {
  const parameters = new Parameters();
  const count = hint ? `(${hint.count(parameters)})` : 'null';
  const [row] = await db.query(`select set_config('enable_bitmapscan', 'off', true), ${count} as count`, parameters.values);
  const counted = row?.['count'] ?? null;
  const result = await work(hint ? hint.way(counted === null ? null : Number(counted)) : null);
  await db.query('set local enable_bitmapscan to default');
  return result;
}

/** Null: time is the best way. */
async function searched(db: Queryable, list: ListRecords, sources: readonly Source[], look: Look): Promise<StoredRecord[] | null> {
  const [only] = sources.length === 1 ? sources : [];
  const hint = only?.direct ? undefined : only?.hint;
  return inIndexOrder(db, hint, async (said) => {
    const way = only?.direct ? 'index' : (said ?? 'rare');
    if (way === 'nothing') return [];
    const found = way === 'index' ? null : await foundAtOnce(db, list, { sources, look, way });
    if (found) return found;
    const source = await narrowest(db, list, sources);
    const { head, records } = await ask(db, list, (parameters) => searchSql(list, source, parameters));
    return head?.['wide'] ? null : records;
  });
}

type Among = { sources: readonly Source[]; look: Look };

/** Null: it is neither rare nor among the newest rows. */
async function foundAtOnce(db: Queryable, list: ListRecords, { way, ...among }: Among & { way: Way }): Promise<StoredRecord[] | null> {
  if (way === 'newest') return (await lookedThrough(db, list, among.look)) ?? allOfFew(db, list, among);
  return (await allOfFew(db, list, among)) ?? lookedThrough(db, list, among.look);
}

/** Null: there is no index that knows of only a few rows. What is few as a rule is asked for alone: every source more has to be planned for. */
async function allOfFew(db: Queryable, list: ListRecords, { sources, look }: Among): Promise<StoredRecord[] | null> {
  const [few, others] = [sources.filter((source) => source.few), sources.filter((source) => !source.few)];
  for (const asked of [few, others].filter(({ length }) => length > 0)) {
    const { head, records } = await ask(db, list, (parameters) => rareSql(list, { sources: asked, rare: look.rare }, parameters));
    if (head?.['rare']) return records;
  }
  return null;
}

/** Null: the first rows do not fill the page. */
async function lookedThrough(db: Queryable, list: ListRecords, look: Look): Promise<StoredRecord[] | null> {
  const found = await newestFirst(db, list, look.first);
  if (found.length >= list.limit) return found;
  // So many of the first rows may fit that a longer look fills the page sooner than an index, which gives a page for each of its keys.
  const expected = expectedLook(found.length, list, look);
  if (expected > look.longest) return null;
  const longer = await newestFirst(db, list, expected);
  return longer.length >= list.limit ? longer : null;
}

/** In the order of time, all of the range or only its first `most` rows. */
async function newestFirst(db: Queryable, list: ListRecords, most: number | null = null): Promise<StoredRecord[]> {
  const parameters = new Parameters();
  const [order, limit] = [inOrder(list.order), parameters.add(list.limit, 'int')];
  const rows = most
    ? `select * from (${firstRows(list, most, parameters)}) l where ${passing(list, parameters)} order by ${order} limit ${limit}`
    : `select * from audit_log l where ${rangeSql(list, parameters)} and ${passing(list, parameters)} order by ${order} limit ${limit}`;
  return (await db.query(`${shownPage(rows)} order by ${order}`, parameters.values)).map(toRecord);
}

/** What was found, and what is said about it. */
async function ask(
  db: Queryable,
  { order }: ListRecords,
  sqlOf: (parameters: Parameters) => Found,
): Promise<{ head: Record<string, unknown> | undefined; records: StoredRecord[] }> {
  const parameters = new Parameters();
  const { tables, head, rows } = sqlOf(parameters);
  const told = [...tables, `head as (select ${head})`].join(', ');
  const sql = `with ${told} select ${selected}, h.* from head h left join (${rows}) l on true ${recordLookUps} order by ${inOrder(order)}`;
  const answer = await db.query(sql, parameters.values);
  return { head: answer[0], records: answer.filter((row) => row['id'] !== null).map(toRecord) };
}

/** Of several, the one with the fewest rows. */
async function narrowest(db: Queryable, list: ListRecords, sources: readonly Source[]): Promise<Source> {
  const [first, ...others] = sources;
  if (!first) throw new Error('There is no source to choose from.');
  if (others.length === 0) return first;
  const parameters = new Parameters();
  const counts = sources.map((source, index) => `(${countSql(source, list, parameters)}) as n${index}`);
  const [row] = await db.query(`select ${counts.join(', ')}`, parameters.values);
  const counted = sources.map((source, index) => ({ source, rows: Number(row?.[`n${index}`]) }));
  return counted.reduce((least, one) => (one.rows < least.rows ? one : least)).source;
}

/** Null when there is none, when it is another organization's, or when it began before `from`. */
export async function getRecord(db: Queryable, organizationId: string, id: string, { from }: { from: Date }): Promise<StoredRecord | null> {
  // Two days of an organization can be a million records.
  const close = closeTo(id);
  for (const range of close ? [close, idTimeRange(id)] : [null]) {
    const parameters = new Parameters();
    const where = [
      `l.organization_id = ${parameters.add(organizationId, 'uuid')}`,
      `l.id = ${parameters.add(id, 'uuid')}`,
      `l.occurred_at >= ${parameters.add(from, 'timestamptz')}`,
    ];
    if (range) {
      where.push(
        `l.occurred_at >= ${parameters.add(range.from, 'timestamptz')}`,
        `l.occurred_at < ${parameters.add(range.to, 'timestamptz')}`,
      );
    }
    const [row] = await db.query(shownPage(`select * from audit_log l where ${where.join(' and ')}`), parameters.values);
    if (row) return toRecord(row);
  }
  return null;
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
