/**
 * Requests in the order of their `sequence`, with the few columns that whoever watches the log needs. It reads every request there is, so it reads
 * little of each: nothing of query, sizes of timings or gaps, and of what went wrong only where the first cause lay.
 */
import type { ActorType, Queryable } from './audit.types';
import { recordJoins, SEQUENCE_BLOCK } from './postgres-schema';
import { Parameters } from './record-filter';

/** A request, as short as it can be told. */
export type RecordedCall = {
  id: string;
  sequence: number;
  /** When it began, in milliseconds. */
  at: number;
  actorType: ActorType;
  actorId: string | null;
  apiKeyId: string | null;
  keyFingerprint: string | null;
  method: string | null;
  path: string | null;
  route: string | null;
  status: number | null;
  reason: string | null;
  ip: string | null;
  country: string | null;
  userAgent: string | null;
  requestBytes: number | null;
  responseBytes: number | null;
  durationMs: number | null;
  /** Of a 429. */
  retryAfterSeconds: number | null;
  /** Of a 400 or 422: the first field that was wrong, and the rule that it broke; else the reason. Never a value. */
  cause: string | null;
};

export type ReadCalls = {
  organizationId: string;
  /** After one number, up to and including another. */
  after: number;
  upTo: number;
  /** Leave out what people did, as the console's own requests are theirs. */
  withoutPeople: boolean;
};

const columns = [
  'l.id',
  'l.sequence',
  'extract(epoch from l.occurred_at) * 1000 as at',
  ...['c.actor_type', 'c.actor_id', 'c.api_key_id', 'l.key_fingerprint', 'r.method', 'l.path', 'r.route', 'l.status', 'l.reason'],
  'host(l.ip) as ip',
  'l.country',
  'coalesce(a.user_agent, l.user_agent) as user_agent',
  ...['l.request_bytes', 'l.response_bytes', 'l.duration_ms'],
  `case when l.status = 429 then l.error -> 'figures' ->> 'retryAfterSeconds' end as retry_after`,
  `case when l.status in (400, 422) then coalesce((l.error -> 'issues' -> 0 ->> 'pointer') || ' ' || (l.error -> 'issues' -> 0 ->> 'rule'), l.reason) end as cause`,
].join(', ');

/** The requests of the range, in order, without what the log says about itself. */
export async function readCalls(db: Queryable, { organizationId, after, upTo, withoutPeople }: ReadCalls): Promise<RecordedCall[]> {
  const parameters = new Parameters();
  const block = (sequence: number): string => parameters.add(Math.floor(sequence / SEQUENCE_BLOCK), 'int');
  const organization = parameters.add(organizationId, 'uuid');
  const rows = await db.query(
    `select ${columns} from audit_log l ${recordJoins}
     where l.organization_id = ${organization} and l.sequence_block between ${block(after + 1)} and ${block(upTo)}
       and l.sequence > ${parameters.add(after, 'bigint')} and l.sequence <= ${parameters.add(upTo, 'bigint')} and l.kind is null
       ${withoutPeople ? `and c.actor_type is distinct from 'user'` : ''}
     order by l.sequence`,
    parameters.values,
  );
  return rows.map(toCall);
}

type Row = Record<string, unknown>;
// The types are those of the columns, which only this library writes.
const text = (value: unknown): string | null => (value ?? null) as string | null;
const number = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));

const toCall = (row: Row): RecordedCall => ({
  id: row['id'] as string,
  sequence: Number(row['sequence']),
  at: Math.round(Number(row['at'])),
  actorType: row['actor_type'] as ActorType,
  actorId: text(row['actor_id']),
  apiKeyId: text(row['api_key_id']),
  keyFingerprint: text(row['key_fingerprint']),
  method: text(row['method']),
  path: text(row['path']),
  route: text(row['route']),
  status: number(row['status']),
  reason: text(row['reason']),
  ip: text(row['ip']),
  country: text(row['country']),
  userAgent: text(row['user_agent']),
  requestBytes: number(row['request_bytes']),
  responseBytes: number(row['response_bytes']),
  durationMs: number(row['duration_ms']),
  retryAfterSeconds: number(row['retry_after']),
  cause: text(row['cause']),
});
