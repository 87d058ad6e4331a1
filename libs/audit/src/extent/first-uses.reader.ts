/**
 * Since when keys are used in which way: each address, country and program together, with the first request. What is known of a key before an attack, and what
 * there is to tell a habit by (usual-use.ts). `db` is inside the organization's transaction.
 */
import type { Queryable } from '../audit.types';
import { Parameters } from '../record-filter';
import { AGENT_CHARACTERS, networkSql, ownRows, roomToCount, withCallers, writesSql, type KeysAndPeriod } from './extent-rows';

export type FirstUse = {
  address: string | null;
  network: string | null;
  country: string | null;
  agent: string | null;
  requests: number;
  firstAt: Date;
};
export type FirstUses = {
  /** Oldest first. */
  uses: FirstUse[];
  /** False: there are more than `most`; the ones that began last are left out. */
  complete: boolean;
};

export async function readFirstUses(db: Queryable, read: KeysAndPeriod & { most: number }): Promise<FirstUses> {
  const of = await withCallers(db, read);
  if (of.callers.length === 0 || of.from >= of.to) return { uses: [], complete: true };
  await roomToCount(db);
  const parameters = new Parameters();
  const rows = await db.query(
    `with own as (
       select l.ip, l.country, l.agent_no, case when l.agent_no is null then left(l.user_agent, ${AGENT_CHARACTERS}) end as agent, count(*) as requests, min(l.occurred_at) as first_at
       from audit_log l where ${ownRows(of, parameters)} group by 1, 2, 3, 4)
     select host(o.ip) as address, ${networkSql('o.ip')} as network, o.country, left(coalesce(a.user_agent, o.agent), ${AGENT_CHARACTERS}) as agent, sum(o.requests) as requests, min(o.first_at) as first_at
     from own o left join audit_agent a on a.organization_id = ${parameters.add(of.organizationId, 'uuid')} and a.no = o.agent_no
     group by 1, 2, 3, 4 order by first_at, address, country, agent limit ${parameters.add(read.most + 1, 'int')}`,
    parameters.values,
  );
  return { uses: rows.slice(0, read.most).map(toFirstUse), complete: rows.length <= read.most };
}

/** The types are those of the statements that select it. */
export const toFirstUse = (row: Record<string, unknown>): FirstUse => ({
  address: row['address'] as string | null,
  network: row['network'] as string | null,
  country: row['country'] as string | null,
  agent: row['agent'] as string | null,
  requests: Number(row['requests']),
  firstAt: new Date(row['first_at'] as string | Date),
});

/** When the first request began that might have changed something, whatever became of it. By the index of callers and routes: a look at each of them. */
export async function readFirstWrite(db: Queryable, read: KeysAndPeriod): Promise<Date | null> {
  const of = await withCallers(db, read);
  const parameters = new Parameters();
  const organization = parameters.add(of.organizationId, 'uuid');
  const [row] = await db.query(
    `select min(w.occurred_at) as at from unnest(${parameters.add(of.callers, 'int[]')}) c (no)
       cross join (select no from audit_route where organization_id = ${organization} and ${writesSql('method')}) r
       cross join lateral (select l.occurred_at from audit_log l
         where l.caller_no = c.no and l.route_no = r.no and ${ownRows(of, parameters)} order by l.minute, l.occurred_at limit 1) w`,
    parameters.values,
  );
  return (row?.['at'] ?? null) as Date | null;
}
