/**
 * The buckets in PostgreSQL: a row each, made when it is first used and gone when it is full again. One statement takes what a process reports of all its
 * buckets and answers what is left of each. By the clock of PostgreSQL, which all processes share. Over a connection of its own: a pool that is used
 * up must not make a process deaf. A commit is not flushed: what a crash of PostgreSQL forgets is a second of counting.
 */
import { Inject, Injectable } from '@nestjs/common';
import { ListeningClient } from '@pinebill/nestjs-audit';
import { Pool } from 'pg';
import { APP_CONFIG, type AppConfig } from '../config';
import { withDeadline } from '../platform/deadline';
import { newId } from '../platform/ids';
import { EPSILON, UNTOLD_SHARE, WINDOW_MS } from './bucket';
import type { LimitStore, Report, Told } from './limit-store';

const ANSWER_MS = 2_000;
const STOP_MS = 500;
/** A process that was not heard of for so long is gone. One that is told of too many is only told more often. */
const GONE_AFTER_SECONDS = 5;

const WINDOW_SECONDS = WINDOW_MS / 1_000;
/** What can be missing at most: more was not let through, or the clock was set back. */
const MOST_SECONDS = WINDOW_SECONDS * (1 + 2 * UNTOLD_SHARE);

/** Seconds of now, of one token, of a bucket that this was used of. `excluded`: as if the bucket had been full. */
const now = `date_part('epoch', now())`;
const token = `(${WINDOW_SECONDS}::float8 / excluded.per_minute)`;
const before = `greatest(date_part('epoch', b.full_at), ${now}) + (excluded.used - excluded.granted) * ${token}`;
const granted = `greatest(0, least(excluded.granted, floor((${now} + ${WINDOW_SECONDS} - (${before})) / ${token} + ${EPSILON})::integer))`;
const used = `(excluded.used - excluded.granted + ${granted})`;

/** In the order of the key, so that two processes never wait for each other. */
const tellSql = `
with beat as (
  insert into rate_limit_process as p (id, seen_at) values ($1, now())
  on conflict (id) do update set seen_at = excluded.seen_at where p.seen_at < excluded.seen_at - interval '500 milliseconds'
), reported as (
  select r.*, greatest(0, least(r.wanted, r.per_minute - r.told)) as granted
  from unnest($2::uuid[], $3::text[], $4::integer[], $5::integer[], $6::integer[], $7::boolean[]) as r (subject, policy, per_minute, told, wanted, limited)
  order by r.subject, r.policy
), moved as (
  insert into rate_limit_bucket as b (subject, policy, per_minute, full_at, granted, minute, used, used_before, limited_at)
  select subject, policy, per_minute, to_timestamp(${now} + (told + granted) * ${WINDOW_SECONDS}::float8 / per_minute), granted,
    floor(${now} / 60)::integer, told + granted, 0, case when limited then now() end
  from reported
  on conflict (subject, policy) do update set
    per_minute = excluded.per_minute,
    full_at = to_timestamp(least(${before} + ${granted} * ${token}, ${now} + ${MOST_SECONDS})),
    granted = ${granted},
    minute = excluded.minute,
    used = case when b.minute = excluded.minute then b.used + ${used} else ${used} end,
    used_before = case b.minute when excluded.minute then b.used_before when excluded.minute - 1 then b.used else 0 end,
    limited_at = coalesce(excluded.limited_at, b.limited_at)
  returning subject, policy, granted, greatest(0, date_part('epoch', full_at) - ${now}) * 1000 as full_in_ms
)
select (select count(*) from rate_limit_process where id <> $1 and seen_at > now() - interval '${GONE_AFTER_SECONDS} seconds') + 1 as processes,
  moved.* from (select) as once left join moved on true`;

type Row = { processes: string; subject: string | null; policy: string; granted: number; full_in_ms: number };

@Injectable()
export class PostgresLimitStore implements LimitStore {
  /** Of this run: a process that is started again is another one. */
  private readonly processId = newId();
  private readonly pool: Pool;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.pool = new Pool({
      Client: ListeningClient,
      connectionString: config.database.url,
      options: '-c role=pinebill_app -c search_path=app -c synchronous_commit=off',
      max: 1,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    this.pool.on('error', () => undefined); // an idle connection was cut; the next word takes a new one
  }

  async tell(reports: readonly Report[]): Promise<{ processes: number; buckets: Told[] }> {
    const { rows } = await this.pool.query<Row>({
      name: 'tell',
      text: tellSql,
      values: [
        this.processId,
        reports.map(({ subject }) => subject),
        reports.map(({ policy }) => policy),
        reports.map(({ perMinute }) => perMinute),
        reports.map(({ used: told }) => told),
        reports.map(({ wanted }) => wanted),
        reports.map(({ limited }) => limited),
      ],
    });
    return { processes: Number(rows[0]?.processes ?? 1), buckets: rows.flatMap(toTold) };
  }

  /** The others need not wait until it is missed. */
  async close(): Promise<void> {
    const goodbye = this.pool.query('delete from rate_limit_process where id = $1', [this.processId]).then(() => this.pool.end());
    // A server that hangs does not say goodbye; the connection ends with the process.
    await withDeadline(goodbye, STOP_MS).catch(() => undefined);
  }
}

const toTold = ({ subject, policy, granted: tokens, full_in_ms: fullInMs }: Row): Told[] =>
  subject === null ? [] : [{ subject, policy, granted: tokens, fullInMs }];
