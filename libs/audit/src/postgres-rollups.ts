/**
 * Counts a minute, so that no dashboard counts rows: for each caller, route, status, country and address of an organization, in the transaction of the rows.
 * Each dimension by itself, and by the kind of caller: the product of all would be nearly as many rows as there are records. Of the addresses of one batch the
 * most frequent are told apart, all others counted together: whoever calls from a thousand addresses must not write a thousand counters.
 *
 * Whole hours and days are summed up later (rollup-hours.ts); a row that comes after its hour was is counted in both, and after its day in all three.
 */
import type { PoolClient } from 'pg';
import type { AuditRecord } from './audit.types';
import { int2Array, int4Array, int8Array, textArray, type Encoded } from './postgres-arrays';
import type { DictionaryNumbers } from './postgres-dictionaries';
import type { TimedRecord } from './postgres-rows';
import { minuteOf } from './postgres-schema';
import {
  actorKinds,
  beginOf,
  bucketColumns,
  bucketOf,
  DAY_MINUTES,
  daysUntil,
  dimensions,
  HOUR_MINUTES,
  levels,
  MOST_ADDRESSES,
  OTHER_ADDRESSES,
  type Dimension,
} from './rollup-shape';

/** The value of what a record has not. */
const NONE = '';

type Counter = {
  dimension: number; value: string; actor: number; minute: number; requests: number; clientErrors: number; serverErrors: number; bytesOut: number;
  buckets: (number | null)[];
}; // prettier-ignore
/** What one call adds to each of its counters. */
type Call = { actor: number; clientError: boolean; serverError: boolean; bytesOut: number; bucket: number | null };

const callOf = ({ actorType, status, durationMs, responseBytes }: AuditRecord): Call => ({
  actor: actorKinds.indexOf(actorType) + 1,
  clientError: status !== null && status >= 400 && status < 500,
  serverError: status !== null && status >= 500,
  bytesOut: responseBytes ?? 0,
  bucket: durationMs === null ? null : bucketOf(durationMs),
});

const MOST_DIMENSIONS = 8;

/** The counters of one minute, or of the hour or day that begins with it. */
class Span {
  readonly counters: Counter[] = [];
  /** By kind of caller and dimension: no text has to be made of both to find a counter. */
  private readonly known: (Map<string | number, Counter> | undefined)[] = [];

  constructor(
    readonly minute: number,
    private readonly level: number,
  ) {}

  add(dimension: Dimension, value: string | number, call: Call): void {
    const place = call.actor * MOST_DIMENSIONS + dimensions[dimension];
    const known = (this.known[place] ??= new Map<string | number, Counter>());
    let counter = known.get(value);
    if (!counter) known.set(value, (counter = this.make(dimension, String(value), call.actor)));
    counter.requests++;
    if (call.clientError) counter.clientErrors++;
    if (call.serverError) counter.serverErrors++;
    counter.bytesOut += call.bytesOut;
    if (call.bucket !== null) counter.buckets[call.bucket] = (counter.buckets[call.bucket] ?? 0) + 1;
  }

  private make(dimension: Dimension, value: string, actor: number): Counter {
    const counter = {
      dimension: dimensions[dimension] + this.level,
      value,
      actor,
      minute: this.minute,
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

type RollUp = {
  numbers: DictionaryNumbers;
  /** A minute: before it every hour has been summed up. */
  hoursUntil: number | null;
};

/** `rows` in the order of their beginnings, so minutes come one after the other, and hours and days too. */
function countersOf(rows: readonly TimedRecord[], { numbers: { callers, routes }, hoursUntil }: RollUp): Counter[] {
  const [minutes, hours, days]: [Span[], Span[], Span[]] = [[], [], []];
  const untilDay = daysUntil(hoursUntil);
  const addresses = frequentAddresses(rows);
  const countIn = (span: Span, { ip, status, country }: AuditRecord, index: number, call: Call): void => {
    const address = ip ?? NONE;
    span.add('caller', callers[index] ?? NONE, call);
    span.add('route', routes[index] ?? NONE, call);
    span.add('status', status ?? NONE, call);
    span.add('country', country ?? NONE, call);
    span.add('address', addresses.has(address) ? address : OTHER_ADDRESSES, call);
  };
  const count = ({ record, at }: TimedRecord, index: number): void => {
    if (record.kind !== 'request') return;
    const [minute, call] = [minuteOf(at), callOf(record)];
    countIn(spanAt(minutes, minute, levels.minute), record, index, call);
    if (hoursUntil !== null && minute < hoursUntil) countIn(spanAt(hours, beginOf(minute, HOUR_MINUTES), levels.hour), record, index, call);
    if (untilDay !== null && minute < untilDay) countIn(spanAt(days, beginOf(minute, DAY_MINUTES), levels.day), record, index, call);
  };
  rows.forEach(count);
  return [...minutes, ...hours, ...days].flatMap(({ counters }) => counters);
}

function spanAt(spans: Span[], minute: number, level: number): Span {
  const last = spans.at(-1);
  if (last?.minute === minute) return last;
  const next = new Span(minute, level);
  spans.push(next);
  return next;
}

const sums = ['requests', 'client_errors', 'server_errors', 'bytes_out'];
const columns = [
  ['dimension', 'smallint'], ['minute', 'integer'], ['value', 'text'], ['actor', 'smallint'], ['requests', 'integer'], ['client_errors', 'integer'], ['server_errors', 'integer'],
  ['bytes_out', 'bigint'], ...bucketColumns.map((column) => [column, 'integer'] as const),
] as const; // prettier-ignore
const names = columns.map(([column]) => column).join(', ');
const upsert = `insert into audit_rollup as r (organization_id, ${names})
select $1::uuid, ${columns.map(([, type], index) => `unnest($${index + 2}::${type}[])`).join(', ')}
on conflict (organization_id, dimension, minute, value, actor) do update set
  ${sums.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')},
  ${bucketColumns.map((column) => `${column} = case when excluded.${column} is null then r.${column} else coalesce(r.${column}, 0) + excluded.${column} end`).join(', ')}`;

/** Made while the rows are on their way; null: nothing to count. */
export function encodeRollUp(rows: readonly TimedRecord[], rollUp: RollUp): Encoded[] | null {
  const counters = countersOf(rows, rollUp);
  if (counters.length === 0) return null;
  return [
    int2Array(counters, ({ dimension }) => dimension),
    int4Array(counters, ({ minute }) => minute),
    textArray(counters, ({ value }) => value),
    int2Array(counters, ({ actor }) => actor),
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
