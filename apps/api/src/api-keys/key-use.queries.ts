/** Sums of the log by key, made in the order of its sequence numbers, each record once; and how they are read. */
import { bucketColumns, bucketEndsMs } from '@pinebill/nestjs-audit';

/** An entity manager, or a connection of a program. */
type Sql = { query<T>(sql: string, parameters?: unknown[]): Promise<T> };

/** Of `audit_log`: so many numbers share an entry of its index. */
const SEQUENCE_BLOCK = 128;

/**
 * What a key's use is, over `l` (audit_log), `c` (its caller) and `a` (its agent). Accepted: the key lived, and the door did not refuse the request for
 * who asked, where from or how often. A request whose answer nobody knows had been let in.
 */
const accepted = `(c.api_key_state in ('active', 'expiring', 'quarantined') and (l.status is null or l.status not in (401, 403, 429)))`;
const dead = `(c.api_key_state in ('disabled', 'rotatedOut', 'expired', 'revoked'))`;
/** The group of an address: nobody keeps one address for long, but everybody a network. */
const network = `coalesce(network(set_masklen(l.ip, case family(l.ip) when 4 then 24 else 64 end))::text, '')`;
const agentText = `coalesce(a.user_agent, l.user_agent, '')`;
/** `acme-checkout/2.1 node` is `acme-checkout`: a new version is not a new caller. */
const agent = `translate(left(split_part(split_part(${agentText}, '/', 1), ' ', 1), 64), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`;

const within = (index: number): string => {
  const [above, end] = [bucketEndsMs[index - 1], bucketEndsMs[index]];
  const bounds = [...(above === undefined ? [] : [`duration_ms > ${above}`]), ...(end === undefined ? [] : [`duration_ms <= ${end}`])];
  return `count(*) filter (where ${bounds.join(' and ')})`;
};
const added = (columns: readonly string[]): string => columns.map((column) => `${column} = u.${column} + excluded.${column}`).join(', ');
/** Several processes ship at once and in any order: a time never goes back. */
const latest = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = greatest(u.${column}, excluded.${column})`).join(', ');
const sums = `count(*) filter (where accepted), count(*) filter (where not accepted), count(*) filter (where dead)`;
const lasts = `max(occurred_at) filter (where accepted), max(occurred_at) filter (where not accepted), max(occurred_at) filter (where dead)`;
const sumColumns = ['requests', 'refused', 'dead'];
const lastColumns = ['last_accepted_at', 'last_refused_at', 'last_dead_at'];
const newer = 'excluded.last_accepted_at is not null and (u.last_accepted_at is null or excluded.last_accepted_at >= u.last_accepted_at)';
const lastAccepted = (value: string): string => `(array_agg(${value} order by occurred_at desc) filter (where accepted))[1]`;

/**
 * $1 organization, $2 last number that is counted, $3 last one to count. Materialized: read once for three sums. A record of a clock that runs ahead by
 * more than a day does not become the last use for ever.
 */
const count = `with seen as materialized (
  select c.api_key_id, l.occurred_at, l.ip, l.duration_ms, l.response_bytes, coalesce(l.status, 0) as status, ${accepted} as accepted, ${dead} as dead,
    ${network} as network, ${agent} as agent, ${agentText} as agent_text
  from audit_log l join audit_caller c on c.organization_id = l.organization_id and c.no = l.caller_no
    left join audit_agent a on a.organization_id = l.organization_id and a.no = l.agent_no
  where l.organization_id = $1 and l.sequence_block between $2::bigint / ${SEQUENCE_BLOCK} and $3::bigint / ${SEQUENCE_BLOCK}
    and l.sequence > $2 and l.sequence <= $3 and l.kind is null and c.api_key_id is not null
    and l.occurred_at > now() - interval '400 days' and l.occurred_at < now() + interval '1 day'
), used as (
  insert into api_key_use as u (organization_id, api_key_id, ${[...sumColumns, ...lastColumns].join(', ')}, last_accepted_ip, last_accepted_agent)
  select $1, api_key_id, ${sums}, ${lasts}, ${lastAccepted('ip')}, nullif(${lastAccepted('agent_text')}, '') from seen group by api_key_id
  on conflict (organization_id, api_key_id) do update set ${added(sumColumns)}, ${latest(lastColumns)},
    last_accepted_ip = case when ${newer} then excluded.last_accepted_ip else u.last_accepted_ip end,
    last_accepted_agent = case when ${newer} then excluded.last_accepted_agent else u.last_accepted_agent end
), hours as (
  insert into api_key_hour as u (organization_id, api_key_id, hour, status, requests, bytes_out, ${bucketColumns.join(', ')})
  select $1, api_key_id, floor(extract(epoch from occurred_at) / 3600)::integer, status, count(*), coalesce(sum(response_bytes), 0),
    ${bucketColumns.map((_, index) => within(index)).join(', ')}
  from seen group by 2, 3, 4
  on conflict (organization_id, api_key_id, hour, status) do update set ${added(['requests', 'bytes_out', ...bucketColumns])}
), callers as (
  insert into api_key_caller as u (organization_id, api_key_id, day, network, agent, ${[...sumColumns, ...lastColumns].join(', ')})
  select $1, api_key_id, (occurred_at at time zone 'UTC')::date, network, agent, ${sums}, ${lasts} from seen group by 2, 3, 4, 5
  on conflict (organization_id, api_key_id, day, network, agent) do update set ${added(sumColumns)}, ${latest(lastColumns)}
)
update api_key_use_head set sequence = $3 where organization_id = $1`;

/** Numbers counted in one statement: a fraction of a second of work, so that nobody waits long for the lock. */
const MOST_AT_ONCE = 20_000;

/** How many numbers of the organization's log are not counted yet. */
export async function uncounted(tx: Sql, organizationId: string): Promise<number> {
  const [row] = await tx.query<{ behind: string }[]>(
    `select h.sequence - coalesce((select u.sequence from api_key_use_head u where u.organization_id = h.organization_id), 0) as behind
     from audit_head h where h.organization_id = $1`,
    [organizationId],
  );
  return Number(row?.behind ?? 0);
}

/**
 * Counts the next records of the log, and returns how many numbers are left. The row of api_key_use_head is the lock: numbers are given without gaps in the
 * order of their commits, so what lies between it and the head is all that is new.
 */
export async function countNext(tx: Sql, organizationId: string): Promise<number> {
  await tx.query('insert into api_key_use_head (organization_id, sequence) values ($1, 0) on conflict do nothing', [organizationId]);
  const [counted] = await tx.query<{ sequence: string }[]>('select sequence from api_key_use_head where organization_id = $1 for update', [
    organizationId,
  ]);
  const behind = await uncounted(tx, organizationId);
  const from = Number(counted?.sequence ?? 0);
  const upTo = from + Math.min(behind, MOST_AT_ONCE);
  if (upTo > from) await tx.query(count, [organizationId, from, upTo]);
  return behind - (upTo - from);
}

export type CallerUse = { network: string; agent: string; requests: number; refused: number; dead: number; lastAcceptedAt: Date | null; lastRefusedAt: Date | null; lastDeadAt: Date | null }; // prettier-ignore

type CallerRow = { network: string; agent: string; requests: string; refused: string; dead: string; last_accepted_at: Date | null; last_refused_at: Date | null; last_dead_at: Date | null }; // prettier-ignore

type CallersAsked = { organizationId: string; ids: readonly string[]; from: Date; to: Date };

/** Of these keys together, in whole days (UTC): `from` lies in the first, the one before `to` in the last. */
export const callersOf = async (tx: Sql, asked: CallersAsked): Promise<CallerUse[]> => (await callerRows(tx, asked)).map(toCallerUse);

/** Of each key those who were let in most; or these, whichever of them called. A key that leaked is tried from everywhere, and all of that is nobody's to read. */
type Some = { mostAccepted: number } | { callers: readonly { network: string | null; agent: string | null }[] };

/** The same, key by key, of some of them. */
export async function callersByKey(tx: Sql, asked: CallersAsked & Some): Promise<(CallerUse & { keyId: string })[]> {
  const [most, callers] = 'callers' in asked ? [null, asked.callers] : [asked.mostAccepted, []];
  if (callers.length === 0 && most === null) return [];
  const rows = await tx.query<(CallerRow & { api_key_id: string })[]>(
    `select * from (select u.*, row_number() over (partition by api_key_id order by requests desc, network, agent) as place
       from (${callersSql('api_key_id, ', 'and ($5::bigint is not null or (network, agent) in (select * from unnest($6::text[], $7::text[])))')}) u
       where $5 is null or last_accepted_at is not null) ranked
     where $5 is null or place <= $5 order by requests desc, network, agent`,
    [
      ...[asked.organizationId, asked.ids, asked.from, asked.to, most],
      ...[callers.map((caller) => caller.network), callers.map((caller) => caller.agent)],
    ],
  );
  return rows.map((row) => ({ keyId: row.api_key_id, ...toCallerUse(row) }));
}

/** `after`: excluded. */
type AskedFirst = { keyId: string; network: string; agent: string; after: Date };

/**
 * When each caller was first let in with its key after a time, from the log itself: null where it is not among the first `most` records of the key since the
 * earliest of these times. One pass over them, whoever is asked about.
 */
export async function firstAccepted(
  tx: Sql,
  { organizationId, callers, most }: { organizationId: string; callers: readonly AskedFirst[]; most: number },
): Promise<(Date | null)[]> {
  if (callers.length === 0) return [];
  const earliest = new Date(Math.min(...callers.map(({ after }) => after.getTime())));
  const rows = await tx.query<{ at: Date | null }[]>(
    `with seen as materialized (
       select l.api_key_id, l.occurred_at, ${network} as network, ${agent} as agent
       from (select c.api_key_id, l.occurred_at, l.ip, l.agent_no, l.user_agent from audit_caller c cross join lateral (
         select l.* from audit_log l where l.organization_id = $1 and l.caller_no = c.no and l.kind is null and ${accepted}
           and l.minute >= floor(extract(epoch from $2::timestamptz) / 60)::integer and l.occurred_at > $2 and l.occurred_at < now() + interval '1 day'
         order by l.minute, l.occurred_at limit $3) l
         where c.organization_id = $1 and c.api_key_id = any($4::uuid[])) l
         left join audit_agent a on a.organization_id = $1 and a.no = l.agent_no)
     select (select min(s.occurred_at) from seen s
       where s.api_key_id = f.key_id and s.network = f.network and s.agent = f.agent and s.occurred_at > f.after) as at
     from unnest($4::uuid[], $5::text[], $6::text[], $7::timestamptz[]) with ordinality f (key_id, network, agent, after, place) order by f.place`,
    [
      ...[organizationId, earliest, most, callers.map(({ keyId }) => keyId), callers.map((caller) => caller.network)],
      ...[callers.map((caller) => caller.agent), callers.map(({ after }) => after)],
    ],
  );
  return rows.map(({ at }) => at);
}

const callerRows = (tx: Sql, keys: CallersAsked): Promise<CallerRow[]> =>
  tx.query<CallerRow[]>(`${callersSql('')} order by requests desc, network, agent`, [keys.organizationId, keys.ids, keys.from, keys.to]);

const callersSql = (by: '' | 'api_key_id, ', which = ''): string =>
  `select ${by}network, agent, sum(requests) as requests, sum(refused) as refused, sum(dead) as dead,
       max(last_accepted_at) as last_accepted_at, max(last_refused_at) as last_refused_at, max(last_dead_at) as last_dead_at
     from api_key_caller where organization_id = $1 and api_key_id = any($2)
       and day >= ($3::timestamptz at time zone 'UTC')::date and day <= (($4::timestamptz - interval '1 microsecond') at time zone 'UTC')::date
       ${which}
     group by ${by}network, agent`;

const toCallerUse = (row: CallerRow): CallerUse => ({
  network: row.network,
  agent: row.agent,
  requests: Number(row.requests),
  refused: Number(row.refused),
  dead: Number(row.dead),
  lastAcceptedAt: row.last_accepted_at,
  lastRefusedAt: row.last_refused_at,
  lastDeadAt: row.last_dead_at,
});

/** Requests of one interval and status. */
export type HourUse = { from: Date; status: number | null; requests: number; bytesOut: number; buckets: number[] };

/** In whole hours: `from` lies in the first, the one before `to` in the last. `hours`: length of an interval; they begin at multiples of it since 1970. */
export async function hoursOf(
  tx: Sql,
  key: { organizationId: string; id: string; from: Date; to: Date; hours: number },
): Promise<HourUse[]> {
  const columns = ['requests', 'bytes_out', ...bucketColumns];
  const rows = await tx.query<Record<string, string | number>[]>(
    `select hour / $5::integer * $5::integer as slot, status, ${columns.map((column) => `sum(${column}) as ${column}`).join(', ')}
     from api_key_hour where organization_id = $1 and api_key_id = $2
       and hour >= floor(extract(epoch from $3::timestamptz) / 3600) and hour < ceil(extract(epoch from $4::timestamptz) / 3600)
     group by 1, 2 order by 1, 2`,
    [key.organizationId, key.id, key.from, key.to, key.hours],
  );
  return rows.map((row) => ({
    from: new Date(Number(row['slot']) * 3_600_000),
    status: Number(row['status']) || null,
    requests: Number(row['requests']),
    bytesOut: Number(row['bytes_out']),
    buckets: bucketColumns.map((column) => Number(row[column])),
  }));
}
