/**
 * Since when keys are used from where and by what: each address, country and user agent with its first request. What is known of a key before an attack, and
 * what there is to tell a habit by. `db` is inside the organization's transaction.
 */
import type { Queryable } from '../audit.types';
import { Parameters } from '../record-filter';
import { AGENT_CHARACTERS, networkSql, ownRows, roomToCount, withCallers, writesSql, type KeysAndPeriod } from './extent-rows';

export type FirstUse = {
  kind: 'address' | 'country' | 'agent';
  /** Null: none was told. */
  value: string | null;
  /** Of an address. */
  network: string | null;
  requests: number;
  firstAt: Date;
};
export type FirstUses = {
  /** Oldest first. */
  uses: FirstUse[];
  /** False: there are more than `most`; the ones that began last are left out. */
  complete: boolean;
};

/** Over `place` and `speaker`: addresses with their networks and countries, and user agents. */
export const firstUsesSql = (most: string): string =>
  `select * from (
     select 'address' as kind, address as value, network, sum(requests) as requests, min(first_at) as first_at from place group by address, network
     union all select 'country', country, null, sum(requests), min(first_at) from place group by country
     union all select 'agent', agent, null, sum(requests), min(first_at) from speaker group by agent) f
   order by first_at, kind, value limit ${most}`;

export async function readFirstUses(db: Queryable, read: KeysAndPeriod & { most: number }): Promise<FirstUses> {
  const of = await withCallers(db, read);
  if (of.callers.length === 0 || of.from >= of.to) return { uses: [], complete: true };
  await roomToCount(db);
  const parameters = new Parameters();
  const own = ownRows(of, parameters);
  const rows = await db.query(
    `with cell as materialized (
       select ip, country, agent_no, agent, grouping(ip) as of_agent, count(*) as requests, min(occurred_at) as first_at
       from (select l.ip, l.country, l.agent_no, case when l.agent_no is null then left(l.user_agent, ${AGENT_CHARACTERS}) end as agent, l.occurred_at
         from audit_log l where l.organization_id = ${own.organization} and l.occurred_at >= ${own.from} and ${own.rest}) l
       group by grouping sets ((ip, country), (agent_no, agent))),
     place as (select host(ip) as address, ${networkSql('ip')} as network, country, requests, first_at from cell where of_agent = 0),
     speaker as (select left(coalesce(a.user_agent, c.agent), ${AGENT_CHARACTERS}) as agent, c.requests, c.first_at
       from cell c left join audit_agent a on a.organization_id = ${own.organization} and a.no = c.agent_no where c.of_agent = 1)
     ${firstUsesSql(parameters.add(read.most + 1, 'int'))}`,
    parameters.values,
  );
  return toFirstUses(rows, read.most);
}

/** The types are those of `firstUsesSql`. */
export const toFirstUses = (rows: readonly Record<string, unknown>[], most: number): FirstUses => ({
  uses: rows.slice(0, most).map((row) => ({
    kind: row['kind'] as FirstUse['kind'],
    value: row['value'] as string | null,
    network: row['network'] as string | null,
    requests: Number(row['requests']),
    firstAt: new Date(row['first_at'] as string | Date),
  })),
  complete: rows.length <= most,
});

/** When the first request began that might have changed something, whatever became of it. By the index of callers and routes: a look at each of them. */
export async function readFirstWrite(db: Queryable, read: KeysAndPeriod): Promise<Date | null> {
  const of = await withCallers(db, read);
  const parameters = new Parameters();
  const own = ownRows(of, parameters);
  const [row] = await db.query(
    `select min(w.occurred_at) as at from unnest(${parameters.add(of.callers, 'int[]')}) c (no)
       cross join (select no from audit_route where organization_id = ${own.organization} and ${writesSql('method')}) r
       cross join lateral (select l.occurred_at from audit_log l
         where l.organization_id = ${own.organization} and l.occurred_at >= ${own.from} and ${own.rest} and l.caller_no = c.no and l.route_no = r.no order by l.minute, l.occurred_at limit 1) w`,
    parameters.values,
  );
  return (row?.['at'] ?? null) as Date | null;
}
