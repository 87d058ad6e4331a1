/**
 * What the log says about the use of keys. A request was accepted when it was not turned away at the door: 401, 403 and 429 are refused use, whoever
 * tried. Every read is bounded, however busy a key is.
 */
import type { EntityManager } from 'typeorm';

export const refusedStatuses = '(401, 403, 429)';
const MOST_REFUSED = 10_000;
const MOST_OF_DAY = 5_000;
/** Of the minutes in which a caller was there, so many in each half hour, and of each of these so many requests: a sample that covers the week evenly. */
const SLOT_MINUTES = 30;
const MINUTES_OF_SLOT = 4;
const REQUESTS_OF_MINUTE = 4;
const MINUTE_MS = 60_000;
/** As the roll-up counts by caller: libs/audit, rollup-shape.ts. */
const BY_CALLER = 1;

type Asked = { organizationId: string; ids: readonly string[]; from: Date; to: Date };
export type RefusedUse = { key_id: string; refused: number; last_at: Date };

/** By key; a key without refused use is missing. Up to 10,000 are counted. */
export const refusedUse = (tx: EntityManager, { organizationId, ids, from, to }: Asked): Promise<RefusedUse[]> =>
  tx.query<RefusedUse[]>(
    `select k.id as key_id, count(*)::integer as refused, max(l.occurred_at) as last_at from unnest($2::uuid[]) as k(id) cross join lateral (
       select l.occurred_at from audit_caller c join audit_log l on l.organization_id = c.organization_id and l.caller_no = c.no
       where c.organization_id = $1 and c.api_key_id = k.id and l.occurred_at >= $3 and l.occurred_at < $4 and l.status in ${refusedStatuses}
       limit ${MOST_REFUSED}) l group by k.id`,
    [organizationId, ids, from, to],
  );

export type CallerUse = { key_id: string; user_agent: string | null; ip: string | null; day: string; requests: number };

/** The sample: accepted requests by key, program, address and day. */
export const sampledUse = (tx: EntityManager, { organizationId, ids, from, to }: Asked): Promise<CallerUse[]> =>
  tx.query<CallerUse[]>(
    `with seen as (
       select c.api_key_id as key_id, c.no, r.minute,
         row_number() over (partition by c.no, r.minute / ${SLOT_MINUTES} order by hashint4(r.minute)) as place
       from audit_caller c join audit_rollup r on r.organization_id = c.organization_id and r.value = c.no::text
       where c.organization_id = $1 and c.api_key_id = any($2) and r.organization_id = $1 and r.dimension = ${BY_CALLER}
         and r.minute >= $5 and r.minute < $6)
     select s.key_id, coalesce(a.user_agent, l.user_agent) as user_agent, host(l.ip) as ip,
       to_char(l.occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::integer as requests
     from seen s cross join lateral (
       select l.* from audit_log l where l.organization_id = $1 and l.caller_no = s.no and l.minute = s.minute
         and l.occurred_at >= $3 and l.occurred_at < $4 and (l.status is null or l.status not in ${refusedStatuses})
       limit ${REQUESTS_OF_MINUTE}) l
     left join audit_agent a on a.organization_id = $1 and a.no = l.agent_no
     where s.place <= ${MINUTES_OF_SLOT} group by 1, 2, 3, 4`,
    // As whole numbers: the index of the roll-up compares nothing else.
    [organizationId, ids, from, to, ...[from, to].map((at) => Math.floor(at.getTime() / MINUTE_MS))],
  );

export type RecentCaller = { key_id: string; user_agent: string | null; ip: string | null; requests: number; last_at: Date };

/** Whose requests were accepted, by key, program and address; of the latest 5,000 of each key. */
export const recentCallers = (tx: EntityManager, { organizationId, ids, from, to }: Asked): Promise<RecentCaller[]> =>
  tx.query<RecentCaller[]>(
    `select k.id as key_id, coalesce(a.user_agent, l.user_agent) as user_agent, host(l.ip) as ip, count(*)::integer as requests,
       max(l.occurred_at) as last_at
     from unnest($2::uuid[]) as k(id) cross join lateral (
       select l.occurred_at, l.ip, l.agent_no, l.user_agent from audit_caller c
         join audit_log l on l.organization_id = c.organization_id and l.caller_no = c.no
       where c.organization_id = $1 and c.api_key_id = k.id and l.occurred_at >= $3 and l.occurred_at < $4
         and (l.status is null or l.status not in ${refusedStatuses})
       order by l.minute desc limit ${MOST_OF_DAY}) l
     left join audit_agent a on a.organization_id = $1 and a.no = l.agent_no
     group by 1, 2, 3 order by requests desc, 2, 3`,
    [organizationId, ids, from, to],
  );
