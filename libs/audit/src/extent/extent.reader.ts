/**
 * What was done with some keys in a time, counted over their rows: how far a breach went. The rows are read once, into counts by the hour and counts by whatever else
 * tells them apart, of which all lists are made; dictionaries come in after that. What each number is of can be asked of the list of the log by a filter.
 *
 * Reads are GET and HEAD, writes all other methods, of requests that were not answered with an error: they took effect, or may have.
 *
 * `db` is inside the organization's transaction.
 */
import type { Queryable } from '../audit.types';
import { HOUR_MINUTES } from '../rollup-shape';
import { Parameters } from '../record-filter';
import { AGENT_CHARACTERS, endings, endingSql, networkSql, ownRows, roomToCount, withCallers, writesSql, type CallersAndPeriod, type KeysAndPeriod } from './extent-rows'; // prettier-ignore
import { toFirstUse, type FirstUses } from './first-uses.reader';

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
  const uses = rows.filter((row) => row['list'] === 'use').map(({ line }) => toFirstUse(line as Json));
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
    firstUses: { uses: uses.slice(0, read.mostUses), complete: uses.length <= read.mostUses },
  };
}

const listOf = <Line>({ lines, total }: FamiliarList<Line>): ExtentList<Line> => ({ lines, total });

type Json = Record<string, unknown>;

/** Moments are text in JSON; what was counted for the whole list is not the line's. */
function toLine({ first_at: firstAt, last_at: lastAt, total: _total, fresh: _fresh, ...line }: Json): Json {
  return { ...line, ...(firstAt ? { firstAt: new Date(firstAt as string), lastAt: new Date(lastAt as string) } : {}) };
}

const some = (condition: string): string => `coalesce(sum(requests) filter (where ${condition}), 0)`;
const tookEffect = `ending in (${endings.accepted}, ${endings.unanswered})`;
const counts = `sum(requests) as requests, ${some(`ending = ${endings.accepted}`)} as accepted, ${some(`ending = ${endings.refused}`)} as refused,
  ${some(`ending = ${endings.errors}`)} as errors, ${some(`ending = ${endings.unanswered}`)} as unanswered,
  ${some(`not writes and ${tookEffect}`)} as reads, ${some(`writes and ${tookEffect}`)} as writes, sum(bytes_out) as "bytesOut"`;
const seen = `${counts}, min(first_at) as first_at, max(last_at) as last_at`;
const total = 'count(*) over () as total';
const fresh = `count(*) filter (where not known) over () as fresh`;

function extentSql({ known, mostGroups, mostUses }: ReadExtent, of: CallersAndPeriod, parameters: Parameters): string {
  const organization = parameters.add(of.organizationId, 'uuid');
  const most = parameters.add(mostGroups, 'int');
  const isKnown = (value: string, list: readonly string[]): string =>
    `coalesce(${value}, '') = any(${parameters.add(list, 'text[]')}) as known`;
  const line = (list: string, rows: string): string => `select '${list}' as list, to_jsonb(t) as line from (${rows}) t`;
  /** What is new first. */
  const familiar = (list: string, rows: string, order: string): string =>
    line(list, `select g.*, ${total}, ${fresh} from (${rows}) g order by known, requests desc, ${order} limit ${most}`);
  const apart = 'route_no, status, reason, ip, country, agent_no, agent';
  return `with writing as (select no from audit_route where organization_id = ${organization} and ${writesSql('method')}),
    cell as materialized (
      select hour, writes, ending, ${apart}, grouping(hour) as of_hour, count(*) as requests, coalesce(sum(response_bytes), 0) as bytes_out,
        min(occurred_at) as first_at, max(occurred_at) as last_at
      from (select l.minute / ${HOUR_MINUTES} as hour, l.route_no = any(array(select no from writing)) as writes, ${endingSql('l.status')} as ending, l.route_no, l.status, l.reason,
          l.ip, l.country, l.agent_no, case when l.agent_no is null then left(l.user_agent, ${AGENT_CHARACTERS}) end as agent, l.response_bytes, l.occurred_at
        from audit_log l where ${ownRows(of, parameters)}) l
      group by grouping sets ((hour, writes, ending), (${apart}))),
    use as materialized (
      select c.route_no, r.method, r.route, ${writesSql('r.method')} as writes, c.status, ${endingSql('c.status')} as ending, c.reason, host(c.ip) as address, ${networkSql('c.ip')} as network, c.country,
        left(coalesce(a.user_agent, c.agent), ${AGENT_CHARACTERS}) as agent, c.requests, c.bytes_out, c.first_at, c.last_at
      from cell c left join audit_route r on r.organization_id = ${organization} and r.no = c.route_no
        left join audit_agent a on a.organization_id = ${organization} and a.no = c.agent_no
      where c.of_hour = 1),
    spoken as materialized (select distinct agent, lower(agent) as folded from use where agent is not null)
    ${line('total', `select ${seen}, ${some(`status = ${ABORTED}`)} as aborted from use having count(*) > 0`)}
    union all ${line('hour', `select hour, ${counts} from cell where of_hour = 0 group by hour order by hour`)}
    union all ${familiar('address', `select address, network, coalesce(array_agg(distinct country order by country) filter (where country is not null), '{}') as countries, ${isKnown('address', known.addresses)}, ${seen} from use group by address, network`, 'address')}
    union all ${familiar('network', `select network, count(distinct address) as addresses, ${isKnown('network', known.networks)}, ${seen} from use group by network`, 'network')}
    union all ${familiar('country', `select country, ${isKnown('country', known.countries)}, ${seen} from use group by country`, 'country')}
    union all ${line('agent', `select g.*, case when n.count <= ${MOST_WITHIN} then n.within end as within
      from (select g.*, ${total}, ${fresh} from (select agent, ${isKnown('agent', known.agents)}, ${seen} from use group by agent) g order by known, requests desc, agent limit ${most}) g
        cross join lateral (select count(*), coalesce(array_agg(agent order by agent), '{}') as within
          from (select s.agent from spoken s where s.agent <> g.agent and strpos(s.folded, lower(g.agent)) > 0 limit ${MOST_WITHIN + 1}) s) n
      order by known, requests desc, agent`)}
    union all ${line('endpoint', `select g.*, ${total} from (select method, route, writes as "isWrite", ${seen} from use group by 1, 2, 3) g order by requests desc, route, method limit ${most}`)}
    union all ${line('refusal', `select g.*, ${total} from (select status, reason, sum(requests) as requests, min(first_at) as first_at, max(last_at) as last_at from use where ending = ${endings.refused} group by 1, 2) g order by requests desc, status, reason limit ${most}`)}
    union all ${line('use', `select address, network, country, agent, sum(requests) as requests, min(first_at) as first_at from use group by 1, 2, 3, 4 order by first_at, address, country, agent limit ${parameters.add(mostUses + 1, 'int')}`)}`; // prettier-ignore
}
