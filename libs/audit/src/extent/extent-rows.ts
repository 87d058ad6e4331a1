/** What every statement about the extent of a breach begins with: the rows of some keys in a time, and how one of them is judged. */
import type { Queryable } from '../audit.types';
import { minuteOf } from '../postgres-schema';
import type { Parameters } from '../record-filter';

/** Of a key and its rotation lineage. */
export type KeysAndPeriod = {
  organizationId: string;
  apiKeyIds: readonly string[];
  /** Half-open. */
  from: Date;
  to: Date;
};
/** The keys as they stand in the rows: one number for each name, state and service that a key has had. */
export type CallersAndPeriod = KeysAndPeriod & { callers: readonly number[] };

/**
 * Groups are counted in memory: with less room than this the planner sorts a million rows instead, which takes twice as long. A ceiling: what is used is a few MB,
 * unless callers vary everything. `db` is inside a transaction.
 */
export const roomToCount = (db: Queryable): Promise<unknown> => db.query(`set local work_mem to '128MB'`);

export async function withCallers(db: Queryable, of: KeysAndPeriod): Promise<CallersAndPeriod> {
  const rows = await db.query('select no from audit_caller where organization_id = $1 and api_key_id = any($2::uuid[]) order by no', [of.organizationId, of.apiKeyIds]); // prettier-ignore
  return { ...of, callers: rows.map(({ no }) => Number(no)) };
}

/** Conditions on `l`, a row of audit_log; each statement says the first two itself. */
export type Where = { organization: string; from: string; rest: string };

/** The callers are a list of values, not a query: so it is known how many rows they have, and processors share them. */
export function ownRows(of: CallersAndPeriod, parameters: Parameters): Where {
  const { rest, ...where } = inPeriod(of, parameters);
  return { ...where, rest: `l.caller_no = any(${parameters.add(of.callers, 'int[]')}) and ${rest}` };
}

export function inPeriod({ organizationId, from, to }: KeysAndPeriod, parameters: Parameters): Where {
  const minute = (at: Date): string => parameters.add(minuteOf(at.getTime()), 'int');
  return {
    organization: parameters.add(organizationId, 'uuid'),
    from: parameters.add(from, 'timestamptz'),
    rest: `l.occurred_at < ${parameters.add(to, 'timestamptz')} and l.minute >= ${minute(from)} and l.minute <= ${minute(to)} and l.kind is null`,
  };
}

/** How a request ended: answered with less than 400; refused at the door or by a limit; with any other error; no answer is known. */
export const endings = { accepted: 1, refused: 2, errors: 3, unanswered: 4 } as const;
/** The ending and, in its last bit, whether something might have been changed: one number to count by. */
export const waySql = (status: string, writes: string): string =>
  `2 * case when ${status} is null then 4 when ${status} < 400 then 1 when ${status} in (401, 403, 429) then 2 else 3 end + case when ${writes} then 1 else 0 end`;

/** By method: whatever may change something. */
export const writesSql = (method: string): string => `coalesce(${method}, '') not in ('GET', 'HEAD')`;

/** A /24, a /64 for IPv6: a household or a subnet. */
export const networkSql = (ip: string): string =>
  `host(network(set_masklen(${ip}, case family(${ip}) when 4 then 24 else 64 end))) || case family(${ip}) when 4 then '/24' else '/64' end`;

/** A user agent may be 16 KB long. */
export const AGENT_CHARACTERS = 200;
