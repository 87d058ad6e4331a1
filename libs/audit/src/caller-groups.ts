/** What requests have in common: how many of each status, caller, country, agent and address, and when the first and the last of them began. */
import type { ActorType, Queryable } from './audit.types';
import type { Parameters } from './record-filter';

export type CallerGroup<Value> = Value & { requests: number; firstAt: Date; lastAt: Date };
export type CallerGroups = {
  requests: number;
  firstAt: Date | null;
  lastAt: Date | null;
  statuses: CallerGroup<{ status: number | null }>[];
  callers: CallerGroup<{ actorType: ActorType; apiKeyId: string | null }>[];
  countries: CallerGroup<{ country: string | null }>[];
  agents: CallerGroup<{ agent: string | null }>[];
  addresses: CallerGroup<{ address: string | null }>[];
};

/** A user agent may be 16 KB long. */
const AGENT_CHARACTERS = 200;
const grouped = ['status', 'actor_type', 'api_key_id', 'country', 'agent', 'address'] as const;
type Column = (typeof grouped)[number];
const sets = { all: [], status: ['status'], caller: ['actor_type', 'api_key_id'], country: ['country'], agent: ['agent'], address: ['address'] } as const satisfies Record<string, readonly Column[]>; // prettier-ignore
type Set = keyof typeof sets;

/** As PostgreSQL's `grouping` numbers it: a bit for each column that is not grouped by, the first column the highest. */
const numberOf = (set: Set): number =>
  grouped.reduce((bits, column) => bits * 2 + ((sets[set] as readonly Column[]).includes(column) ? 0 : 1), 0);

type Row = Record<'status' | 'requests' | 'kind', number | string | null> & Record<'api_key_id' | 'country' | 'agent' | 'address', string | null> & { actor_type: ActorType | null; first_at: Date; last_at: Date }; // prettier-ignore

/** `rows`: a query whose rows are of audit_log. Of each kind the most frequent `mostGroups`. */
export async function callerGroups(
  db: Queryable,
  { rows, mostGroups, parameters }: { rows: string; mostGroups: number; parameters: Parameters },
): Promise<CallerGroups> {
  const columns = grouped.join(', ');
  const found = (await db.query(
    `with seen as (
       select l.status, c.actor_type, c.api_key_id, l.country, left(coalesce(a.user_agent, l.user_agent), ${AGENT_CHARACTERS}) as agent,
         host(l.ip) as address, l.occurred_at
       from (${rows}) l
         left join audit_caller c on c.organization_id = l.organization_id and c.no = l.caller_no
         left join audit_agent a on a.organization_id = l.organization_id and a.no = l.agent_no
     ), counted as (
       select grouping(${columns}) as kind, ${columns}, count(*) as requests, min(occurred_at) as first_at, max(occurred_at) as last_at
       from seen group by grouping sets (${Object.values(sets)
         .map((set) => `(${set.join(', ')})`)
         .join(', ')})
     )
     select * from (select *, row_number() over (partition by kind order by requests desc, last_at desc) as place from counted) g
     where place <= ${parameters.add(mostGroups, 'int')} order by kind, place`,
    parameters.values,
  )) as Row[]; // as the SQL above
  const of = <Value>(set: Set, value: (row: Row) => Value): CallerGroup<Value>[] =>
    found
      .filter(({ kind }) => Number(kind) === numberOf(set))
      .map((row) => ({ ...value(row), requests: Number(row.requests), firstAt: row.first_at, lastAt: row.last_at }));
  const [all] = of('all', () => ({})).filter(({ requests }) => requests > 0);
  return {
    requests: all?.requests ?? 0,
    firstAt: all?.firstAt ?? null,
    lastAt: all?.lastAt ?? null,
    statuses: of('status', ({ status }) => ({ status: status === null ? null : Number(status) })),
    callers: of('caller', (row) => ({ actorType: row.actor_type ?? 'anonymous', apiKeyId: row.api_key_id })),
    countries: of('country', ({ country }) => ({ country })),
    agents: of('agent', ({ agent }) => ({ agent })),
    addresses: of('address', ({ address }) => ({ address })),
  };
}
