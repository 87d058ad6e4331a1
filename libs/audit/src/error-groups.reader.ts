/**
 * Errors that are one and the same: of one route, with one status, for one reason. Counted over the errors of the period, the newest `mostRows` of them at most:
 * `countedFrom` tells from when on. How many errors there are in the whole period the roll-ups tell where they carry the filter, and where they tell of none
 * no row is read.
 *
 * `db` is inside the organization's transaction.
 */
import type { ActorType, Queryable } from './audit.types';
import { callersSql, filterSql, minutesSql, Parameters, type RecordFilter } from './record-filter';
import { carriedBy } from './stats-plan';
import { countableErrorsFrom, readStats, type ReadStats } from './stats.reader';

export type ReadErrorGroups = {
  organizationId: string;
  filter: RecordFilter;
  /** Half-open. */
  from: Date;
  to: Date;
  /** So many groups, the largest. */
  mostGroups: number;
  mostRows: number;
  /** Into so many equal parts the period is cut for the course of each group. */
  parts: number;
  /** So many callers of each group are told, those with the most errors. */
  mostCallers: number;
};
/** People are one caller, and so are all without a key. */
export type ErrorCaller = { type: ActorType; apiKeyId: string | null; requests: number };
export type ErrorGroup = {
  method: string | null;
  /** Null: no route matched. */
  route: string | null;
  status: number;
  reason: string | null;
  /** Of the answer. */
  code: string | null;
  requests: number;
  firstAt: Date;
  lastAt: Date;
  /** How many, and the first of them. */
  callers: number;
  topCallers: ErrorCaller[];
  /** Errors in each part of the period. */
  course: number[];
};
export type ErrorGroups = {
  groups: ErrorGroup[];
  /** All there are, also those beyond `mostGroups`. */
  groupCount: number;
  /** In all groups. */
  counted: number;
  countedFrom: Date;
  /** Of the whole period, by the roll-ups; null where they do not carry the filter. */
  total: { requests: number; clientErrors: number; serverErrors: number } | null;
};

export async function readErrorGroups(db: Queryable, read: ReadErrorGroups): Promise<ErrorGroups> {
  const stats: ReadStats = { ...read, groupBy: null, intervalMinutes: null, mostGroups: 1, mostLines: 1 };
  const total = await totalOf(db, stats);
  const none = { groups: [], groupCount: 0, counted: 0, countedFrom: read.from, total };
  if (total && total.clientErrors + total.serverErrors === 0) return none;
  const countedFrom = await countableErrorsFrom(db, stats);
  const parameters = new Parameters();
  const rows = await db.query(groupsSql(read, countedFrom, parameters), parameters.values);
  const [first] = rows;
  return { ...none, countedFrom, groups: rows.map((row) => toGroup(row, read.parts)), groupCount: Number(first?.['group_count'] ?? 0), counted: Number(first?.['counted'] ?? 0) }; // prettier-ignore
}

async function totalOf(db: Queryable, stats: ReadStats): Promise<ErrorGroups['total']> {
  const dimension = carriedBy(null, stats.filter);
  // Of addresses not all are told apart: that would be a count over rows, which comes anyway.
  if (dimension === null || dimension === 'address') return null;
  const { lines } = await readStats(db, stats);
  const { requests = 0, clientErrors = 0, serverErrors = 0 } = lines[0] ?? {};
  return { requests, clientErrors, serverErrors };
}

const group = ['route_no', 'status', 'reason'];
const same = (a: string, b: string): string => group.map((column) => `${a}.${column} = ${b}.${column}`).join(' and ');

/** The rows are read once and counted by group, caller and part of the period; all else is made of these counts. A reason that is not there is ''. */
function groupsSql(read: ReadErrorGroups, countedFrom: Date, parameters: Parameters): string {
  const { organizationId, filter, from, to, mostGroups, parts, mostCallers } = read;
  const organization = parameters.add(organizationId, 'uuid');
  const begin = parameters.add(from, 'timestamptz');
  const partSeconds = (to.getTime() - from.getTime()) / 1_000 / parts;
  const callers = callersSql(filter, organizationId, parameters);
  const where = [
    ...filterSql(filter, organizationId, parameters),
    ...(callers ? [callers] : []),
    minutesSql({ from: countedFrom, to }, parameters),
  ];
  return `with part as (
      select l.route_no, l.status, coalesce(l.reason, '') as reason, l.caller_no,
        floor(extract(epoch from l.occurred_at - ${begin}) / ${parameters.add(partSeconds, 'float8')})::int as part,
        count(*) as requests, min(l.occurred_at) as first_at, max(l.occurred_at) as last_at, min(l.error ->> 'code') as code
      from audit_log l
      where l.organization_id = ${organization} and l.occurred_at >= ${parameters.add(countedFrom, 'timestamptz')}
        and l.occurred_at < ${parameters.add(to, 'timestamptz')} and l.kind is null and l.status >= 400
        ${where.map((clause) => `and ${clause}`).join(' ')} group by 1, 2, 3, 4, 5),
    grouped as (
      select route_no, status, reason, sum(requests) as requests, min(first_at) as first_at, max(last_at) as last_at, min(code) as code,
        count(*) over () as group_count, sum(sum(requests)) over () as counted
      from part group by 1, 2, 3 order by requests desc, last_at desc, route_no, status, reason limit ${parameters.add(mostGroups, 'int')}),
    called as (
      select g.route_no, g.status, g.reason, c.actor_type, c.api_key_id, sum(p.requests) as requests,
        row_number() over (partition by g.route_no, g.status, g.reason order by sum(p.requests) desc, c.actor_type, c.api_key_id) as place
      from grouped g join part p on ${same('p', 'g')} join audit_caller c on c.organization_id = ${organization} and c.no = p.caller_no
      group by 1, 2, 3, 4, 5),
    callers as (
      select route_no, status, reason, count(*) as callers,
        json_agg(json_build_object('type', actor_type, 'apiKeyId', api_key_id, 'requests', requests) order by place)
          filter (where place <= ${parameters.add(mostCallers, 'int')}) as top_callers
      from called group by 1, 2, 3),
    course as (
      select route_no, status, reason, json_object_agg(part, requests) as course
      from (select g.route_no, g.status, g.reason, p.part, sum(p.requests) as requests
        from grouped g join part p on ${same('p', 'g')} group by 1, 2, 3, 4) s group by 1, 2, 3)
    select g.*, r.method, r.route, callers.callers, callers.top_callers, course.course
    from grouped g join callers on ${same('callers', 'g')} join course on ${same('course', 'g')}
      left join audit_route r on r.organization_id = ${organization} and r.no = g.route_no
    order by g.requests desc, g.last_at desc, g.route_no, g.status, g.reason`;
}

/** The types are those of the statement above. */
function toGroup(row: Record<string, unknown>, parts: number): ErrorGroup {
  const course = row['course'] as Record<string, number>;
  return {
    method: row['method'] as string | null,
    route: row['route'] as string | null,
    status: Number(row['status']),
    reason: (row['reason'] as string) || null,
    code: row['code'] as string | null,
    requests: Number(row['requests']),
    firstAt: row['first_at'] as Date,
    lastAt: row['last_at'] as Date,
    callers: Number(row['callers']),
    topCallers: row['top_callers'] as ErrorCaller[],
    course: Array.from({ length: parts }, (_, part) => course[String(part)] ?? 0),
  };
}
