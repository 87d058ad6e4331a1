/**
 * The log by the million, for files: a COPY in PostgreSQL's binary format of the columns as they lie in `audit_log`, and the dictionaries beside it. That
 * takes the server a third of the work of writing the same rows as text with everything joined; what is left to do can be done where nobody waits.
 * The format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"; of each type: what its `send` function makes.
 */
import type { AuditRecord, Queryable } from './audit.types';
import { callerColumns } from './postgres-schema';
import { Parameters } from './record-filter';
import { whereSql, type SequenceRange } from './sequence.reader';
import { withLiterals } from './sql-literals';

/** How a value comes: integers of 2, 4 or 8 bytes, `float4`, `timestamptz` (microseconds since 2000), `jsonb` (a version and its text), `text[]`, `inet`. */
export type CopiedType = 'uuid' | 'timestamptz' | 'integer' | 'float4' | 'text' | 'jsonb' | 'inet' | 'text[]';

/** What can be copied. `caller_no`, `route_no`, `agent_no`: the entry of a dictionary; `user_agent`: where no entry has it; null `kind`: request; null `outcome`: completed. */
export const copiedColumns = {
  id: 'uuid',
  occurred_at: 'timestamptz',
  sequence: 'integer',
  caller_no: 'integer',
  route_no: 'integer',
  agent_no: 'integer',
  kind: 'text',
  outcome: 'text',
  path: 'text',
  query: 'jsonb',
  status: 'integer',
  reason: 'text',
  key_fingerprint: 'text',
  ip: 'inet',
  country: 'text',
  user_agent: 'text',
  duration_ms: 'float4',
  auth_ms: 'float4',
  handler_ms: 'float4',
  request_bytes: 'integer',
  response_bytes: 'integer',
  client_request_id: 'text',
  trace_id: 'text',
  error: 'jsonb',
  marks: 'text[]',
  gap: 'jsonb',
} as const satisfies Record<string, CopiedType>;
export type CopiedColumn = keyof typeof copiedColumns;

/** A COPY of all of the range, in order, of these columns in this order. Run it in a transaction with `copySettings`. */
export function copyRecordsSql(range: SequenceRange, columns: readonly CopiedColumn[]): string {
  const parameters = new Parameters();
  const { organization, from, rest } = whereSql(range, parameters);
  const select = `select ${columns.map((column) => `l.${column}`).join(', ')} from audit_log l
    where l.organization_id = ${organization} and l.occurred_at >= ${from} and ${rest} order by l.sequence`;
  return `copy (${withLiterals(select, parameters.values)}) to stdout (format binary)`;
}

/** Room to sort a span in memory. */
export const copySettings = `set local work_mem to '64MB'`;

export type CallerEntry = Pick<AuditRecord, (typeof callerColumns)[number][2]>;
export type RouteEntry = Pick<AuditRecord, 'method' | 'route'>;
export type AgentEntry = Pick<AuditRecord, 'userAgent'>;
/** What a number of `caller_no`, `route_no` or `agent_no` means. Entries never change, and are there before the first row that has their number. */
export type DictionaryEntries = { caller: CallerEntry; route: RouteEntry; agent: AgentEntry };
export type Dictionary = keyof DictionaryEntries;

const entryColumns: Record<Dictionary, string> = {
  caller: callerColumns.map(([column, , field]) => `${column} as "${field}"`).join(', '),
  route: 'method, route',
  agent: 'user_agent as "userAgent"',
};

/** The entries of an organization from this number on, so many at most, by their numbers. */
export async function readDictionary<D extends Dictionary>(
  db: Queryable,
  { organizationId, dictionary, from, limit }: { organizationId: string; dictionary: D; from: number; limit: number },
): Promise<Map<number, DictionaryEntries[D]>> {
  const rows = await db.query(
    `select no, ${entryColumns[dictionary]} from audit_${dictionary} where organization_id = $1 and no >= $2 order by no limit $3`,
    [organizationId, from, limit],
  );
  return new Map(rows.map(({ no, ...entry }) => [Number(no), entry as DictionaryEntries[D]])); // as selected
}
