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
/** By their numbers. Entries never change, and none is younger than the first row that has its number. */
export type Dictionaries = {
  callers: ReadonlyMap<number, CallerEntry>;
  routes: ReadonlyMap<number, RouteEntry>;
  agents: ReadonlyMap<number, AgentEntry>;
};

/** All of an organization's: some thousands of callers and routes as a rule, and of user agents at most 4,096 for each month that is kept. */
export async function readDictionaries(db: Queryable, organizationId: string): Promise<Dictionaries> {
  const all = async <Entry>(dictionary: string, columns: string): Promise<ReadonlyMap<number, Entry>> => {
    const rows = await db.query(`select no, ${columns} from audit_${dictionary} where organization_id = $1`, [organizationId]);
    return new Map(rows.map(({ no, ...entry }) => [Number(no), entry as Entry])); // as selected
  };
  const callers = await all<CallerEntry>('caller', callerColumns.map(([column, , field]) => `${column} as "${field}"`).join(', '));
  const routes = await all<RouteEntry>('route', 'method, route');
  const agents = await all<AgentEntry>('agent', 'user_agent as "userAgent"');
  return { callers, routes, agents };
}
