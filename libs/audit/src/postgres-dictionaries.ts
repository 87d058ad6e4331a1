/**
 * Numbers for what repeats in an organization's records: who called, the route, the user agent. Nothing is remembered between batches, so a
 * transaction that is rolled back leaves no number behind, and processes that ship at once cannot disagree: numbers are looked up, and given,
 * while the lock on the organization's head is held. That costs one probe of an index for each different value of a batch.
 */
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { AuditRecord } from './audit.types';
import type { TimedRecord } from './postgres-rows';
import { callerColumns } from './postgres-schema';

/** By position in the batch. `agents`: null where there is none, or where it stands in the row. */
export type DictionaryNumbers = { callers: readonly number[]; routes: readonly number[]; agents: readonly (number | null)[] };

/** A user agent that is longer stands in its row. */
export const LONGEST_AGENT = 512;
/** So many user agents a month and organization have a number; further ones stand in their rows. Whoever invents one a request fills nothing but this. */
export const MOST_AGENTS = 4_096;
/** And so many new ones a batch; the others stand in their rows this time. A flood costs each batch this much and no more. */
export const MOST_NEW_AGENTS = 64;

type Field = keyof AuditRecord;
type Value = { record: AuditRecord; digest: string; no: number | null };
/** The different values of a batch, and which of them each record has; null: none to be numbered. */
type Distinct = { values: Value[]; of: (Value | null)[] };

const callerFields = callerColumns.map(([, , field]) => field);
const dictionaries = {
  caller: { fields: callerFields, bucket: (record: AuditRecord) => record.apiKeyId ?? record.actorId ?? '' },
  route: { fields: ['method', 'route'], bucket: (record: AuditRecord) => record.route ?? '' },
  agent: { fields: ['userAgent'], bucket: (record: AuditRecord) => numberedAgent(record) },
} as const satisfies Record<string, { fields: readonly Field[]; bucket: (record: AuditRecord) => string | null }>;
type Dictionary = keyof typeof dictionaries;
const names = ['caller', 'route', 'agent'] as const;
export type DistinctValues = Readonly<Record<Dictionary, Distinct>>;

const numberedAgent = ({ userAgent }: AuditRecord): string | null =>
  userAgent !== null && userAgent.length <= LONGEST_AGENT ? userAgent : null;

function distinct(records: readonly TimedRecord[], dictionary: Dictionary): Distinct {
  const { fields, bucket } = dictionaries[dictionary];
  const buckets = new Map<string, Value[]>();
  const values: Value[] = [];
  const of = records.map(({ record }) => {
    const key = bucket(record);
    if (key === null) return null;
    const known = buckets.get(key) ?? [];
    const found = known.find((value) => fields.every((field) => value.record[field] === record[field]));
    if (found) return found;
    const value = { record, digest: digestOf(record, fields), no: null };
    values.push(value);
    buckets.set(key, [...known, value]);
    return value;
  });
  return { values, of };
}

export const distinctValues = (rows: readonly TimedRecord[]): DistinctValues => ({
  caller: distinct(rows, 'caller'),
  route: distinct(rows, 'route'),
  agent: distinct(rows, 'agent'),
});

/** A list, so that no two different callers are written alike. */
const digestOf = (record: AuditRecord, fields: readonly Field[]): string =>
  createHash('sha256').update(JSON.stringify(fields.map((field) => record[field]))).digest('hex'); // prettier-ignore

/** By the server's clock at the beginning of the statement, which comes after the lock: so months follow each other as numbers do. */
const MONTH = `(extract(year from statement_timestamp() at time zone 'UTC') * 12 + extract(month from statement_timestamp() at time zone 'UTC'))::integer`;
const known = (dictionary: Dictionary, organization: string, values: readonly Value[]): string =>
  `select '${dictionary}' as dictionary, no, encode(digest, 'hex') as digest from audit_${dictionary}
   where organization_id = ${organization} and digest in (${values.map(({ digest }) => `'\\x${digest}'`).join(', ') || 'null'})${dictionary === 'agent' ? ` and month = ${MONTH}` : ''}`;

/** The statement that looks up the numbers, for `takeKnown`; the head is locked before it. `organization`: a literal. */
export const knownNumbers = (organization: string, { caller, route, agent }: DistinctValues): string =>
  [
    known('caller', organization, caller.values),
    known('route', organization, route.values),
    known('agent', organization, agent.values),
  ].join(' union all ');

const highest = (dictionary: Dictionary): string =>
  `(select coalesce(max(no), 0) from audit_${dictionary} where organization_id = $1) + row_number() over ()`;
const returning = `returning no, encode(digest, 'hex') as digest`;
const insertNew: Record<Dictionary, string> = {
  caller: `insert into audit_caller (organization_id, no, digest, ${callerColumns.map(([column]) => column).join(', ')})
    select $1, ${highest('caller')}, decode(digest, 'hex'), ${callerFields.map((field) => `"${field}"`).join(', ')}
    from json_to_recordset($2::json) as v(digest text, ${callerColumns.map(([, type, field]) => `"${field}" ${type.replace(' not null', '')}`).join(', ')}) ${returning}`,
  route: `insert into audit_route (organization_id, no, digest, method, route)
    select $1, ${highest('route')}, decode(digest, 'hex'), method, route
    from json_to_recordset($2::json) as v(digest text, method text, route text) ${returning}`,
  agent: `insert into audit_agent (organization_id, no, month, since_sequence, digest, user_agent)
    select $1, ${highest('agent')}, ${MONTH}, $3, decode(digest, 'hex'), "userAgent"
    from json_to_recordset($2::json) as v(digest text, "userAgent" text)
    limit greatest(0, ${MOST_AGENTS} - (select count(*) from audit_agent where organization_id = $1 and month = ${MONTH})) ${returning}`,
};

type Found = { dictionary: Dictionary; no: number; digest: string };

export function takeKnown(values: DistinctValues, rows: readonly Record<string, unknown>[]): void {
  const found = rows as Found[]; // as `knownNumbers` selects
  for (const dictionary of names) take(values[dictionary].values, found.filter((row) => row.dictionary === dictionary)); // prettier-ignore
}

/** Gives numbers to what has none yet. `first`: the first sequence number of the batch, whose head is locked. */
export async function numbersOf(
  client: PoolClient,
  { organizationId, first, values }: { organizationId: string; first: number; values: DistinctValues },
): Promise<DictionaryNumbers> {
  for (const dictionary of names) {
    const unknown = values[dictionary].values.filter(({ no }) => no === null);
    const missing = dictionary === 'agent' ? unknown.slice(0, MOST_NEW_AGENTS) : unknown;
    if (missing.length === 0) continue;
    const { fields } = dictionaries[dictionary];
    const json = missing.map(({ record, digest }) => ({ digest, ...Object.fromEntries(fields.map((field) => [field, record[field]])) }));
    const parameters = [organizationId, JSON.stringify(json), ...(dictionary === 'agent' ? [first] : [])];
    take(missing, (await client.query<Found>(insertNew[dictionary], parameters)).rows);
  }
  const { caller, route, agent } = values;
  return { callers: caller.of.map(numbered), routes: route.of.map(numbered), agents: agent.of.map((value) => value?.no ?? null) };
}

function take(values: readonly Value[], rows: readonly Pick<Found, 'no' | 'digest'>[]): void {
  const numbers = new Map(rows.map(({ digest, no }) => [digest, no]));
  for (const value of values) value.no ??= numbers.get(value.digest) ?? null;
}

function numbered(value: Value | null): number {
  if (value?.no == null) throw new Error('A value has no number although it was just given one.');
  return value.no;
}
