/** What the log says of the use of a key, or of all keys together: as much as a draft of normal usage needs. */
import type { EntityManager } from 'typeorm';
import { typeId } from '../../platform/ids';
import type { Seen, Suspects, Use } from './draft';

/** The newest; of a larger use they say enough. */
export const MOST_ROWS = 100_000;

export type ReadUse = { organizationId: string; apiKeyId: string | null; from: Date };
export type ReadUsed = Omit<Use, 'days'> & { firstAt: Date | null; isAll: boolean };

type Row = { part: string; value: string | null; requests: string; days: string; first_at: Date };

/** Only what succeeded: what was refused is nobody's normal. */
export async function readUse(tx: EntityManager, { organizationId, apiKeyId, from }: ReadUse): Promise<ReadUsed> {
  const rows = await tx.query<Row[]>(
    `with used as materialized (
       select l.occurred_at as at, l.occurred_at at time zone 'UTC' as utc, l.ip, l.country, l.agent_no, l.user_agent, l.route_no from audit_log l
       where l.organization_id = $1 and l.occurred_at >= $3 and l.status < 400 and l.kind is null
         and l.caller_no = any(array(select c.no from audit_caller c where c.organization_id = $1 and c.actor_type = 'apiKey' and ($2::uuid is null or c.api_key_id = $2)))
       order by l.occurred_at desc limit ${MOST_ROWS}
     ), named as (
       select u.at, u.utc, u.country, network(set_masklen(u.ip, case family(u.ip) when 4 then 24 else 64 end))::text as network,
         coalesce(substring(coalesce(a.user_agent, u.user_agent) from '^[^/ (]{1,100}/?'), 'unnamed') as agent, r.method || ' ' || r.route as endpoint
       from used u left join audit_agent a on a.organization_id = $1 and a.no = u.agent_no
         left join audit_route r on r.organization_id = $1 and r.no = u.route_no
     ), parts as (
       select p.part, p.value, n.utc, n.at from named n cross join lateral (values
         ('hour', ((extract(isodow from n.utc) - 1) * 24 + extract(hour from n.utc))::int::text), ('network', n.network), ('agent', n.agent),
         ('endpoint', n.endpoint), ('country', n.country)) p (part, value)
       where p.value is not null
     )
     select part, value, count(*) as requests, count(distinct utc::date) as days, min(at) as first_at from parts group by part, value
     union all select 'all', null, count(*), 0, min(at) from named
     union all select 'most', null, coalesce(max(n), 0), 0, null from (select count(*) as n from named group by date_trunc('hour', utc)) h`,
    [organizationId, apiKeyId, from],
  );
  const seen = (part: string): Seen[] =>
    rows
      .filter((row): row is Row & { value: string } => row.part === part && row.value !== null)
      .map(({ value, requests, days }) => ({ value, requests: Number(requests), days: Number(days) }));
  const count = (part: string): number => Number(rows.find((row) => row.part === part)?.requests ?? 0);
  return {
    ...{ hours: seen('hour'), networks: seen('network'), agents: seen('agent'), endpoints: seen('endpoint'), countries: seen('country') },
    ...{ mostPerHour: count('most'), requests: count('all') },
    firstAt: rows.find(({ part }) => part === 'all')?.first_at ?? null,
    isAll: count('all') < MOST_ROWS,
  };
}

/** New networks and countries that nobody has decided about, of this key or of any. */
export async function readSuspects(tx: EntityManager, { organizationId, apiKeyId }: Omit<ReadUse, 'from'>): Promise<Suspects> {
  const rows = await tx.query<{ detector: string; network: string | null; country: string | null }[]>(
    `select detector, facts -> 'seen' ->> 'network' as network, facts -> 'seen' ->> 'country' as country from finding
     where organization_id = $1 and state = 'open' and detector in ('newAddress', 'newCountry')
       and ($2::text is null or subject_ref = $2 or jsonb_exists(facts -> 'seen' -> 'keys', $2))`,
    [organizationId, apiKeyId === null ? null : typeId('key', apiKeyId)],
  );
  return {
    networks: rows.flatMap(({ network }) => network ?? []),
    countries: rows.flatMap(({ detector, country }) => (detector === 'newCountry' && country !== null ? [country] : [])),
  };
}
