/**
 * What was done with some keys in a time, counted over their rows: how far a breach went. The rows are read once, into counts by the hour, by place, by program and by what was
 * asked for, of which all lists are made; dictionaries come in after that. What each number is of can be asked of the list of the log by a filter.
 *
 * Reads are GET and HEAD, writes all other methods, of requests that were not answered with an error: they took effect, or may have.
 *
 * `db` is inside the organization's transaction.
 */
import type { Queryable } from '../audit.types';
import { HOUR_MINUTES } from '../rollup-shape';
import { Parameters } from '../record-filter';
import { AGENT_CHARACTERS, endings, networkSql, ownRows, roomToCount, withCallers, waySql, writesSql, type CallersAndPeriod, type KeysAndPeriod } from './extent-rows'; // prettier-ignore
import { firstUsesSql, toFirstUses, type FirstUses } from './first-uses.reader';

/** What was seen with the keys before. '' stands for none. */
export type KnownUse = {
  addresses: readonly string[];
  networks: readonly string[];
  countries: readonly string[];
  agents: readonly string[];
};
export type ReadExtent = KeysAndPeriod & {
  known: KnownUse;
  /** Of each kind: what is new first, then what is most frequent. */
  mostGroups: number;
  mostUses: number;
};

export type ExtentFigures = {
  requests: number;
  accepted: number;
  /** 401, 403 and 429. */
  refused: number;
  /** All other errors. */
  errors: number;
  unanswered: number;
  reads: number;
  writes: number;
  bytesOut: number;
};
type Seen = ExtentFigures & { firstAt: Date; lastAt: Date };
export type Familiar = { known: boolean };
export type ExtentAddress = Seen & Familiar & { address: string | null; network: string | null; countries: string[] };
export type ExtentNetwork = Seen & Familiar & { network: string | null; addresses: number };
export type ExtentCountry = Seen & Familiar & { country: string | null };
/** `within`: other user agents of the period that this one is a part of; null: more than can be told. */
export type ExtentAgent = Seen & Familiar & { agent: string | null; within: string[] | null };
export type ExtentEndpoint = Seen & { method: string | null; route: string | null; isWrite: boolean };
export type ExtentRefusal = { status: number; reason: string | null; requests: number; firstAt: Date; lastAt: Date };
/** The first `mostGroups` of them. */
export type ExtentList<Line> = { lines: Line[]; total: number };
/** `fresh`: all that are not known. */
export type FamiliarList<Line> = ExtentList<Line> & { fresh: number };

export type Extent = {
  /** Null: no request. */
  total: (Seen & { aborted: number }) | null;
  /** Hours (UTC) without a request are left out. */
  hours: (ExtentFigures & { from: Date })[];
  addresses: FamiliarList<ExtentAddress>;
  networks: FamiliarList<ExtentNetwork>;
  countries: FamiliarList<ExtentCountry>;
  agents: FamiliarList<ExtentAgent>;
  endpoints: ExtentList<ExtentEndpoint>;
  refusals: ExtentList<ExtentRefusal>;
  firstUses: FirstUses;
};

const HOUR_MS = 3_600_000;
/** The longest list that a filter takes. */
const MOST_WITHIN = 100;
const ABORTED = 499;

export async function readExtent(db: Queryable, read: ReadExtent): Promise<Extent> {
  const of = await withCallers(db, read);
  const parameters = new Parameters();
  const isEmpty = of.callers.length === 0 || of.from >= of.to;
  if (!isEmpty) await roomToCount(db);
  const rows = isEmpty ? [] : await db.query(extentSql(read, of, parameters), parameters.values);
  const linesOf = <Line>(list: string): Line[] =>
    rows.filter((row) => row['list'] === list).map(({ line }) => toLine(line as Json) as Line); // as `extentSql` selects
  const told = <Line>(list: string): FamiliarList<Line> => {
    const { total = 0, fresh = 0 } = (rows.find((row) => row['list'] === list)?.['line'] ?? {}) as { total?: number; fresh?: number };
    return { lines: linesOf<Line>(list), total, fresh };
  };
  const uses = rows.filter((row) => row['list'] === 'use').map(({ line }) => line as Json);
  return {
    total: linesOf<Seen & { aborted: number }>('total')[0] ?? null,
    hours: linesOf<ExtentFigures & { hour: number }>('hour').map(({ hour, ...figures }) => ({
      from: new Date(hour * HOUR_MS),
      ...figures,
    })),
    addresses: told('address'),
    networks: told('network'),
    countries: told('country'),
    agents: told('agent'),
    endpoints: listOf(told('endpoint')),
    refusals: listOf(told('refusal')),
    firstUses: toFirstUses(uses, read.mostUses),
  };
}

const listOf = <Line>({ lines, total }: FamiliarList<Line>): ExtentList<Line> => ({ lines, total });

type Json = Record<string, unknown>;

/** Moments are text in JSON; what was counted for the whole list is not the line's. */
function toLine(line: Json): Json {
  const { firstAt, lastAt } = { firstAt: line['first_at'] as string | undefined, lastAt: line['last_at'] as string | undefined };
  const told = Object.entries(line).filter(([name]) => !ofList.has(name));
  return { ...Object.fromEntries(told), ...(firstAt && lastAt ? { firstAt: new Date(firstAt), lastAt: new Date(lastAt) } : {}) };
}
const ofList: ReadonlySet<string> = new Set(['first_at', 'last_at', 'total', 'fresh']);

const some = (condition: string): string => `coalesce(sum(requests) filter (where ${condition}), 0)`;
const ended = (how: number): string => some(`way in (${2 * how}, ${2 * how + 1})`);
/** Took effect, or may have. */
const did = (write: 0 | 1): string => some(`way in (${2 * endings.accepted + write}, ${2 * endings.unanswered + write})`);
const counts = `sum(requests) as requests, ${ended(endings.accepted)} as accepted, ${ended(endings.refused)} as refused, ${ended(endings.errors)} as errors,
  ${ended(endings.unanswered)} as unanswered, ${did(0)} as reads, ${did(1)} as writes, sum(bytes_out) as "bytesOut"`;
const seen = `${counts}, min(first_at) as first_at, max(last_at) as last_at`;
const total = 'count(*) over () as total';
const fresh = `count(*) filter (where not known) over () as fresh`;

/** As PostgreSQL's `grouping` numbers them: a bit for each of hour, ip, agent_no and route_no that is not grouped by. */
const sets = { hour: 0b0111, place: 0b1011, speaker: 0b1101, asked: 0b1110 } as const;

/** By each thing apart: counted by all at once, callers who vary everything would make as many groups as there are rows. */
function cellsSql(of: CallersAndPeriod, parameters: Parameters): string {
  const figures = 'requests, bytes_out, first_at, last_at';
  const own = ownRows(of, parameters);
  const { organization } = own;
  return `writing as (select no from audit_route where organization_id = ${organization} and ${writesSql('method')}),
    cell as materialized (
      select hour, way, ip, country, agent_no, agent, route_no, status, reason, grouping(hour, ip, agent_no, route_no) as of,
        count(*) as requests, coalesce(sum(response_bytes), 0) as bytes_out, min(occurred_at) as first_at, max(occurred_at) as last_at
      from (select l.minute / ${HOUR_MINUTES} as hour, ${waySql('l.status', 'l.route_no = any(array(select no from writing))')} as way, l.route_no, l.status, l.reason, l.ip, l.country,
          l.agent_no, case when l.agent_no is null then left(l.user_agent, ${AGENT_CHARACTERS}) end as agent, l.response_bytes, l.occurred_at
        from audit_log l where l.organization_id = ${own.organization} and l.occurred_at >= ${own.from} and ${own.rest}) l
      group by grouping sets ((hour, way), (ip, country, way), (agent_no, agent, way), (route_no, status, reason))),
    place as materialized (select host(ip) as address, ${networkSql('ip')} as network, country, way, ${figures} from cell where of = ${sets.place}),
    speaker as materialized (select left(coalesce(a.user_agent, c.agent), ${AGENT_CHARACTERS}) as agent, way, ${figures}
      from cell c left join audit_agent a on a.organization_id = ${organization} and a.no = c.agent_no where of = ${sets.speaker}),
    asked as materialized (select r.method, r.route, ${writesSql('r.method')} as "isWrite", status, reason, ${waySql('status', writesSql('r.method'))} as way, ${figures}
      from cell c left join audit_route r on r.organization_id = ${organization} and r.no = c.route_no where of = ${sets.asked}),
    spoken as materialized (select distinct agent, lower(agent) as folded from speaker where agent is not null)`;
}

// prettier-ignore
function extentSql({ known, mostGroups, mostUses }: ReadExtent, of: CallersAndPeriod, parameters: Parameters): string {
  const most = parameters.add(mostGroups, 'int');
  const isKnown = (value: string, list: readonly string[]): string => `coalesce(${value}, '') = any(${parameters.add(list, 'text[]')}) as known`;
  const line = (list: string, rows: string): string => `select '${list}' as list, to_jsonb(t) as line from (${rows}) t`;
  /** What is new first. */
  const familiar = (rows: string, order: string): string =>
    `select g.*, ${total}, ${fresh} from (${rows}) g order by known, requests desc, ${order} limit ${most}`;
  return `with ${cellsSql(of, parameters)}
    ${line('total', `select ${seen}, ${some(`status = ${ABORTED}`)} as aborted from asked having count(*) > 0`)}
    union all ${line('hour', `select hour, ${counts} from cell where of = ${sets.hour} group by hour order by hour`)}
    union all ${line('address', familiar(`select address, network, coalesce(array_agg(distinct country order by country) filter (where country is not null), '{}') as countries, ${isKnown('address', known.addresses)}, ${seen} from place group by address, network`, 'address'))}
    union all ${line('network', familiar(`select network, count(distinct address) as addresses, ${isKnown('network', known.networks)}, ${seen} from place group by network`, 'network'))}
    union all ${line('country', familiar(`select country, ${isKnown('country', known.countries)}, ${seen} from place group by country`, 'country'))}
    union all ${line('agent', `select g.*, case when n.count <= ${MOST_WITHIN} then n.within end as within
      from (${familiar(`select agent, ${isKnown('agent', known.agents)}, ${seen} from speaker group by agent`, 'agent')}) g
        cross join lateral (select count(*), coalesce(array_agg(agent order by agent), '{}') as within
          from (select s.agent from spoken s where s.agent <> g.agent and strpos(s.folded, lower(g.agent)) > 0 limit ${MOST_WITHIN + 1}) s) n
      order by known, requests desc, agent`)}
    union all ${line('endpoint', `select g.*, ${total} from (select method, route, "isWrite", ${seen} from asked group by 1, 2, 3) g order by requests desc, route, method limit ${most}`)}
    union all ${line('refusal', `select g.*, ${total} from (select status, reason, sum(requests) as requests, min(first_at) as first_at, max(last_at) as last_at
      from asked where way in (${2 * endings.refused}, ${2 * endings.refused + 1}) group by 1, 2) g order by requests desc, status, reason limit ${most}`)}
    union all ${line('use', firstUsesSql(parameters.add(mostUses + 1, 'int')))}`;
} // prettier-ignore
