/**
 * Counts a minute, so that no dashboard counts rows: for each caller, route, status, country and address of an organization, in the transaction of the rows.
 * Each dimension by itself: their product would be nearly as many rows as there are records. Of the addresses of one batch the most frequent are told apart,
 * all others counted together: whoever calls from a thousand addresses must not write a thousand counters.
 */
import type { PoolClient } from 'pg';
import type { AuditRecord } from './audit.types';
import { int2Array, int4Array, int8Array, textArray, type Encoded } from './postgres-arrays';
import type { DictionaryNumbers } from './postgres-dictionaries';
import type { TimedRecord } from './postgres-rows';
import { minuteOf } from './postgres-schema';
import { bucketColumns, bucketOf, dimensions, MOST_ADDRESSES, OTHER_ADDRESSES, type Dimension } from './rollup-shape';

/** The value of what a record has not. */
const NONE = '';

type Counter = {
  dimension: Dimension; value: string; minute: number; requests: number; clientErrors: number; serverErrors: number; bytesOut: number;
  buckets: (number | null)[];
}; // prettier-ignore
/** What one call adds to each of its counters. */
type Call = { clientError: boolean; serverError: boolean; bytesOut: number; bucket: number | null };

const callOf = ({ status, durationMs, responseBytes }: AuditRecord): Call => ({
  clientError: status !== null && status >= 400 && status < 500,
  serverError: status !== null && status >= 500,
  bytesOut: responseBytes ?? 0,
  bucket: durationMs === null ? null : bucketOf(durationMs),
});

/** The counters of one minute. */
class Minute {
  readonly counters: Counter[] = [];
  private readonly byValue = { caller: new Map(), route: new Map(), status: new Map(), country: new Map(), address: new Map() } as Record<
    Dimension,
    Map<string | number, Counter>
  >;

  constructor(readonly minute: number) {}

  add(dimension: Dimension, value: string | number, call: Call): void {
    const known = this.byValue[dimension];
    let counter = known.get(value);
    if (!counter) known.set(value, (counter = this.make(dimension, String(value))));
    counter.requests++;
    if (call.clientError) counter.clientErrors++;
    if (call.serverError) counter.serverErrors++;
    counter.bytesOut += call.bytesOut;
    if (call.bucket !== null) counter.buckets[call.bucket] = (counter.buckets[call.bucket] ?? 0) + 1;
  }

  private make(dimension: Dimension, value: string): Counter {
    const { minute } = this;
    const counter = {
      dimension,
      value,
      minute,
      requests: 0,
      clientErrors: 0,
      serverErrors: 0,
      bytesOut: 0,
      buckets: bucketColumns.map(() => null),
    };
    this.counters.push(counter);
    return counter;
  }
}

/** The addresses that have a counter of their own in this batch. */
function frequentAddresses(rows: readonly TimedRecord[]): ReadonlySet<string> {
  const calls = new Map<string, number>();
  for (const { record } of rows) calls.set(record.ip ?? NONE, (calls.get(record.ip ?? NONE) ?? 0) + 1);
  if (calls.size <= MOST_ADDRESSES) return new Set(calls.keys());
  const ranked = [...calls].sort(([, a], [, b]) => b - a);
  return new Set(ranked.slice(0, MOST_ADDRESSES).map(([address]) => address));
}

/** `rows` in the order of their beginnings, so minutes come one after the other. */
function countersOf(rows: readonly TimedRecord[], { callers, routes }: DictionaryNumbers): Counter[] {
  const minutes: Minute[] = [];
  const addresses = frequentAddresses(rows);
  const count = ({ record, at }: TimedRecord, index: number): void => {
    if (record.kind !== 'request') return;
    let minute = minutes.at(-1);
    if (minute?.minute !== minuteOf(at)) minutes.push((minute = new Minute(minuteOf(at))));
    const call = callOf(record);
    const address = record.ip ?? NONE;
    minute.add('caller', callers[index] ?? NONE, call);
    minute.add('route', routes[index] ?? NONE, call);
    minute.add('status', record.status ?? NONE, call);
    minute.add('country', record.country ?? NONE, call);
    minute.add('address', addresses.has(address) ? address : OTHER_ADDRESSES, call);
  };
  rows.forEach(count);
  return minutes.flatMap(({ counters }) => counters);
}

const sums = ['requests', 'client_errors', 'server_errors', 'bytes_out'];
const columns = [
  ['dimension', 'smallint'], ['minute', 'integer'], ['value', 'text'], ['requests', 'integer'], ['client_errors', 'integer'], ['server_errors', 'integer'],
  ['bytes_out', 'bigint'], ...bucketColumns.map((column) => [column, 'integer'] as const),
] as const; // prettier-ignore
const names = columns.map(([column]) => column).join(', ');
const upsert = `insert into audit_rollup as r (organization_id, ${names})
select $1::uuid, ${columns.map(([, type], index) => `unnest($${index + 2}::${type}[])`).join(', ')}
on conflict (organization_id, dimension, minute, value) do update set
  ${sums.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')},
  ${bucketColumns.map((column) => `${column} = case when excluded.${column} is null then r.${column} else coalesce(r.${column}, 0) + excluded.${column} end`).join(', ')}`;

/** Made while the rows are on their way; null: nothing to count. */
export function encodeRollUp(rows: readonly TimedRecord[], numbers: DictionaryNumbers): Encoded[] | null {
  const counters = countersOf(rows, numbers);
  if (counters.length === 0) return null;
  return [
    int2Array(counters, ({ dimension }) => dimensions[dimension]),
    int4Array(counters, ({ minute }) => minute),
    textArray(counters, ({ value }) => value),
    int4Array(counters, ({ requests }) => requests),
    int4Array(counters, ({ clientErrors }) => clientErrors),
    int4Array(counters, ({ serverErrors }) => serverErrors),
    int8Array(counters, ({ bytesOut }) => bytesOut),
    ...bucketColumns.map((_, bucket) => int4Array(counters, ({ buckets }) => buckets[bucket] ?? null)),
  ];
}

/** The head of the organization is locked: nobody else counts for it meanwhile. */
export async function rollUp(client: PoolClient, organizationId: string, encoded: readonly Encoded[] | null): Promise<void> {
  if (encoded) await client.query({ name: 'audit_rollup', text: upsert, values: [organizationId, ...encoded] });
}
