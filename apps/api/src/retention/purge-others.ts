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
/** Dimensions of the counters of minutes, hours and days (libs/audit, rollup-shape.ts), with the minutes that one of them counts. */
const dimensions = [1, 2, 3, 4, 5];
const levels = [
  { add: 0, minutes: 1 },
  { add: 10, minutes: 60 },
  { add: 20, minutes: 1_440 },
];
const longestDays = Math.max(...Object.values(plans).map(({ retentionDays }) => retentionDays));

type Purge = { organizationId: string; cutoff: Date; now: Date };
/** One bounded deletion; returns how many rows went. */
export type Other = { name: string; purge: (db: PurgeDb, of: Purge) => Promise<number> };

/** Deletes the first of them by their primary key. */
const first = (table: string, key: string, where: string): string =>
  `with due as (select ${key} from ${table} where organization_id = $1 and ${where} limit ${MOST}),
     gone as (delete from ${table} t using due d where t.organization_id = $1 and (${key.replace(/\w+/g, 't.$&')}) = (${key.replace(/\w+/g, 'd.$&')}) returning 1)
   select count(*)::integer as gone from gone`;

const deleting = (name: string, sql: string, values: (of: Purge) => unknown[]): Other => ({
  name,
  purge: async (db, of) => {
    const [row] = await db.query<{ gone: number }[]>(sql, [of.organizationId, ...values(of)]);
    return row?.gone ?? 0;
  },
});

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
  deleting(
    'userAgents',
    first(
      'audit_agent',
      'no',
      `month < (extract(year from $2::timestamptz at time zone 'UTC') * 12 + extract(month from $2::timestamptz at time zone 'UTC'))::integer
       and not exists (select from audit_log l where l.organization_id = $1 and l.agent_no = audit_agent.no and l.occurred_at < 'infinity')`,
    ),
    ({ cutoff }) => [cutoff],
  ),
  deleting('revocations', first('revocation_process', 'api_key_id, process_id', 'asked_at < $2'), ({ now }) => [
    new Date(now.getTime() - longestDays * DAY_MS),
  ]),
  deleting(
    'evidence',
    first(
      'incident_evidence',
      'incident_id, record_id',
      `occurred_at < $2 and exists (select from incident i where i.organization_id = $1 and i.id = incident_evidence.incident_id and i.hold_released_at is not null)
       and not exists (select from audit_log l where l.organization_id = $1 and l.occurred_at = incident_evidence.occurred_at and l.id = incident_evidence.record_id)`,
    ),
    ({ cutoff }) => [cutoff],
  ),
];
export const mayHaveMore = (gone: number): boolean => gone === MOST;
