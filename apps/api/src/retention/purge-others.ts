/**
 * What is derived from the log, or goes with it, in bounded steps. Counters and sums of use by key end with the records that they count, held or not: a hold keeps
 * records. User agents, which callers write, go with the last record that names them. What confirms a revocation is kept for as long as the longest plan shows
 * anything; evidence of incidents once its hold is released and the record is gone: what a legal hold keeps in the log stays evidence.
 */
import { minuteOf } from '@pinebill/nestjs-audit';
import { plans } from '@pinebill/contract';
import type { PurgeDb } from './purge-connection';

const DAY_MS = 86_400_000;
const MOST = 5_000;
/** Each is asked about in every month of the log, and those that are still in use cost as much as those that go. */
const AGENTS_OF_STEP = 500;
/** Dimensions of the counters of minutes, hours and days (libs/audit, rollup-shape.ts), with the minutes that one of them counts. */
const dimensions = [1, 2, 3, 4, 5];
const levels = [
  { add: 0, minutes: 1 },
  { add: 10, minutes: 60 },
  { add: 20, minutes: 1_440 },
];
const longestDays = Math.max(...Object.values(plans).map(({ retentionDays }) => retentionDays));

type Purge = { organizationId: string; cutoff: Date; now: Date };
/** `after`: where the next step goes on; null: there is nothing left. */
type Gone = { gone: number; after: string | null };
/** One bounded deletion. `heeds`: what holds keep, so whoever makes one does it before a step or after it. */
export type Other = { name: string; heeds?: 'holds'; purge: (db: PurgeDb, of: Purge, after: string) => Promise<Gone> };
export const BEGINNING = '0';

/** Deletes the first of them by their primary key. */
const first = (table: string, key: string, where: string): string =>
  `with due as (select ${key} from ${table} where organization_id = $1 and ${where} limit ${MOST}),
     gone as (delete from ${table} t using due d where t.organization_id = $1 and (${key.replace(/\w+/g, 't.$&')}) = (${key.replace(/\w+/g, 'd.$&')}) returning 1)
   select count(*)::integer as gone from gone`;

const deleting = (name: string, sql: string, values: (of: Purge) => unknown[]): Other => ({
  name,
  purge: async (db, of) => {
    const [row] = await db.query<{ gone: number }[]>(sql, [of.organizationId, ...values(of)]);
    const gone = row?.gone ?? 0;
    return { gone, after: gone === MOST ? BEGINNING : null };
  },
});

/** So many are looked at, whether they go or not: those behind the last one are the next step's. */
const userAgents: Other = {
  name: 'userAgents',
  purge: async (db, { organizationId, cutoff }, after) => {
    const [row] = await db.query<{ gone: number; last: string | null }[]>(
      `with old as materialized (
         select no from audit_agent where organization_id = $1 and no > $2::bigint
           and month < (extract(year from $3::timestamptz at time zone 'UTC') * 12 + extract(month from $3::timestamptz at time zone 'UTC'))::integer
         order by no limit ${AGENTS_OF_STEP}),
       gone as (
         delete from audit_agent a using old where a.organization_id = $1 and a.no = old.no
           and not exists (select from audit_log l where l.organization_id = $1 and l.agent_no = old.no and l.occurred_at < 'infinity') returning 1)
       select (select count(*)::integer from gone) as gone, case when count(*) = ${AGENTS_OF_STEP} then max(no)::text end as last from old`,
      [organizationId, after, cutoff],
    );
    return { gone: row?.gone ?? 0, after: row?.last ?? null };
  },
};

const counters = levels.flatMap(({ add, minutes }) =>
  dimensions.map((dimension) =>
    deleting(
      'counters',
      first('audit_rollup', 'dimension, minute, value, actor', `dimension = ${dimension + add} and minute < $2`),
      // All of what it counts began before.
      ({ cutoff }) => [minuteOf(cutoff.getTime()) - minutes + 1],
    ),
  ),
);

export const others: readonly Other[] = [
  ...counters,
  deleting('keyUse', first('api_key_hour', 'api_key_id, hour, status', 'hour < $2'), ({ cutoff }) => [
    Math.floor(cutoff.getTime() / 3_600_000),
  ]),
  deleting(
    'keyUse',
    first('api_key_caller', 'api_key_id, day, network, agent', `day < ($2::timestamptz at time zone 'UTC')::date`),
    ({ cutoff }) => [cutoff],
  ),
  userAgents,
  deleting('revocations', first('revocation_process', 'api_key_id, process_id', 'asked_at < $2'), ({ now }) => [
    new Date(now.getTime() - longestDays * DAY_MS),
  ]),
  {
    ...deleting(
      'evidence',
      first(
        'incident_evidence',
        'incident_id, record_id',
        `occurred_at < $2 and exists (select from incident i where i.organization_id = $1 and i.id = incident_evidence.incident_id and i.hold_released_at is not null)
       and not exists (select from audit_log l where l.organization_id = $1 and l.occurred_at = incident_evidence.occurred_at and l.id = incident_evidence.record_id)`,
      ),
      ({ cutoff }) => [cutoff],
    ),
    heeds: 'holds',
  },
];
