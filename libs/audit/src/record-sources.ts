/**
 * Where the rows of a filter are found other than by time: which indexes of the log hold some condition of it, and what they are asked for. An index that ends
 * with the minute gives the rows of each of its keys in order, so a page is read from it however rare or old they are (ADR 0026).
 */
import { SLOW_MS } from './postgres-schema';
import { conditionSql, Parameters, placeOf } from './record-filter';
import type { RecordCondition, RecordField, RecordFilter, RecordMatcher } from './record-filter';

/** One way into an index. `keys`: a relation of what is asked for, each by itself; null: one range. `on`: conditions on `l`, a row of audit_log, and `k`, a key. */
export type Leg = {
  keys: string | null;
  on: string;
  /** Without the minute: the order of the index, which is not that of time. */
  unordered?: string;
  /** The conditions that hold for all of its rows. */
  settles: readonly RecordCondition[];
};
export type Source = {
  /** Written anew for each statement, into its parameters. */
  legs(parameters: Parameters): Leg[];
  /** Asked for so few keys that it need not be known whether they are rare. */
  direct: boolean;
  /** What is said beforehand, mostly by a dictionary, and costs next to nothing: a number or null, and what to do then. Only asked when this is the only source. */
  hint?: { count(parameters: Parameters): string; way(count: number | null): Way };
  /** So few as a rule that more of them than usual may be read at once. */
  few?: boolean;
};
/** There is nothing; the index is asked for the page; the newest rows are looked through first; whether it is rare is asked first. */
export type Way = 'nothing' | 'index' | 'newest' | 'rare';

/** `from`, `to`: half-open, without `to` up to the newest. */
export type Asked = { organizationId: string; filter: RecordFilter; from: Date; to: Date | null };

/** A row must be found once, so no key is asked for twice. */
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
/** Ranges may overlap: each leaves out what those before it have. */
const apart = (ranges: readonly string[]): string[] =>
  ranges.map((range, index) => [range, ...ranges.slice(0, index).map((before) => `(${before}) is not true`)].join(' and '));

const isOf = ({ anyOf }: RecordCondition, ...kinds: RecordMatcher['kind'][]): boolean => anyOf.every(({ kind }) => kinds.includes(kind));

const MOST_DIRECT = 8;
/** A statement with more ways than that would take longer to plan than to run. */
const MOST_RANGES = 8;

/** All ways to the rows of a filter, the one that is likely to be the narrowest first. None: only time leads to them. */
export function sourcesOf(asked: Asked): Source[] {
  const positive = new Map(asked.filter.conditions.filter(({ negated }) => !negated).map((condition) => [condition.field, condition]));
  const { minDurationMs } = asked.filter;
  const sources = [
    amongSource(positive.get('requestId')),
    pathSource(asked, positive.get('path')),
    valueSource(positive.get('keyFingerprint'), 'key_fingerprint'),
    valueSource(positive.get('reason'), 'reason'),
    addressSource(positive.get('ip')),
    ...tracedSources(asked, positive),
    positive.has('userAgent') ? agentSource(asked) : null,
    countrySource(positive.get('country')),
    minDurationMs !== null && minDurationMs >= SLOW_MS ? slowSource : null,
  ].filter((source) => source !== null);
  // Who called is nearly everybody; it leads only where nothing else does.
  return sources.length === 0 && positive.has('actorType') ? [numberSource('caller', asked, false)] : sources;
}

type Traced = { callers: boolean; routes: boolean; status: RecordCondition | null; few: { caller: boolean; route: boolean } };

function tracedSources(asked: Asked, positive: ReadonlyMap<RecordField, RecordCondition>): Source[] {
  const has = (...fields: RecordField[]): boolean => fields.some((field) => positive.has(field));
  const status = positive.get('status');
  const traced: Traced = {
    callers: has('apiKeyId', 'service', 'team', 'environment'),
    routes: has('route', 'method'),
    status: status && isOf(status, 'number', 'class') ? status : null,
    few: { caller: isFew(positive.get('apiKeyId')), route: isFew(positive.get('route')) },
  };
  const met = metSources(asked, traced);
  return met.length > 0 ? met : singleSources(asked, traced);
}

/** Who called, which route and which status: two of them together have an index, for each may be frequent where their meeting is rare. */
function metSources(asked: Asked, { callers, routes, status, few }: Traced): Source[] {
  const errors = status?.anyOf.every(isError) ? status : null;
  return [
    callers && routes ? callerRouteSource(asked, few.caller) : null,
    callers && errors ? errorSource('caller', asked, { status: errors, direct: few.caller }) : null,
    routes && errors ? errorSource('route', asked, { status: errors, direct: few.route }) : null,
  ].filter((source) => source !== null);
}

const singleSources = (asked: Asked, { callers, routes, status, few }: Traced): Source[] =>
  [
    callers ? numberSource('caller', asked, few.caller) : null,
    routes ? numberSource('route', asked, few.route) : null,
    status ? statusSource(asked, status) : null,
  ].filter((source) => source !== null);

const isFew = (condition: RecordCondition | undefined): condition is RecordCondition =>
  condition !== undefined && condition.anyOf.length <= MOST_DIRECT;
const isError = (matcher: RecordMatcher): boolean =>
  matcher.kind === 'class' ? matcher.value >= 4 : matcher.kind === 'number' && matcher.value >= 400;

const isServerError = (matcher: RecordMatcher): boolean =>
  matcher.kind === 'class' ? matcher.value >= 5 : matcher.kind === 'number' && matcher.value >= 500;

type Dictionary = 'caller' | 'route' | 'agent';
const conditionsAt = (place: Dictionary, { conditions }: RecordFilter): RecordCondition[] =>
  conditions.filter(({ field }) => placeOf(field).place === place);

/** The numbers of a dictionary's entries for which every condition holds that can be put to it. */
function entries(place: Dictionary, { organizationId, filter }: Asked, parameters: Parameters): string {
  const column = (field: RecordField): string => `d.${placeOf(field).column}`;
  const where = conditionsAt(place, filter)
    .map((condition) => ` and ${conditionSql(condition, column, parameters)}`)
    .join('');
  return `(select d.no from audit_${place} d where d.organization_id = ${parameters.add(organizationId, 'uuid')}${where})`;
}

const numberSource = (place: 'caller' | 'route', asked: Asked, direct: boolean): Source => ({
  direct,
  // What people ask for here is mostly frequent: a method, a service, an environment.
  hint: {
    count: (parameters) => `select count(*) from (select from ${entries(place, asked, parameters)} e limit ${MOST_DIRECT + 1}) e`,
    way: (keys) => (keys === 0 ? 'nothing' : Number(keys) <= MOST_DIRECT ? 'index' : 'newest'),
  },
  legs: (parameters) => [
    { keys: entries(place, asked, parameters), on: `l.${place}_no = k.no`, settles: conditionsAt(place, asked.filter) },
  ],
});

const callerRouteSource = (asked: Asked, direct: boolean): Source => ({
  direct,
  legs: (parameters) => [
    {
      keys: `(select c.no, r.no as route_no from ${entries('caller', asked, parameters)} c cross join ${entries('route', asked, parameters)} r)`,
      on: 'l.caller_no = k.no and l.route_no = k.route_no',
      settles: [...conditionsAt('caller', asked.filter), ...conditionsAt('route', asked.filter)],
    },
  ],
});

const errorSource = (
  place: 'caller' | 'route',
  asked: Asked,
  { status, direct }: { status: RecordCondition; direct: boolean },
): Source => ({
  direct,
  legs: (parameters) => [
    {
      keys: `(select d.no, s.status from ${entries(place, asked, parameters)} d cross join ${statuses(asked, status, parameters)} s)`,
      on: `l.${place}_no = k.no and l.status = k.status and l.status >= 400`,
      settles: [status, ...conditionsAt(place, asked.filter)],
    },
  ],
});

const statusSource = (asked: Asked, status: RecordCondition): Source => ({
  direct: true,
  few: status.anyOf.every(isServerError),
  legs: (parameters) => [
    { keys: `(select status from ${statuses(asked, status, parameters)} s)`, on: 'l.status = k.status', settles: [status] },
  ],
});

/**
 * The statuses that there are, of those that the condition lets pass: from one to the next in their index. In whole months, so that each first row that the index
 * shows is one of these months.
 */
function statuses({ organizationId, from, to }: Asked, status: RecordCondition, parameters: Parameters): string {
  if (status.anyOf.every((matcher) => matcher.kind === 'number')) return `(select unnest(${parameters.add(distinct(status.anyOf.map(({ value }) => value)), 'smallint[]')}) as status)`; // prettier-ignore
  const month = (at: Date, ahead: number): string =>
    parameters.add(new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + ahead, 1)), 'timestamptz');
  const classes = status.anyOf.flatMap((matcher) => (matcher.kind === 'number' ? [matcher.value, matcher.value] : matcher.kind === 'class' ? [matcher.value * 100, matcher.value * 100 + 99] : [])); // prettier-ignore
  const [least, most] = [Math.min(...classes), Math.max(...classes)];
  const next = (bound: string): string =>
    `(select l.status from audit_log l where l.organization_id = ${parameters.add(organizationId, 'uuid')} and l.occurred_at >= ${month(from, 0)}
      ${to ? `and l.occurred_at < ${month(to, 1)}` : ''} and l.status ${bound} and l.status <= ${parameters.add(most, 'smallint')} order by l.status limit 1)`;
  const passes = conditionSql(status, () => 'seen.status', parameters);
  return `(with recursive seen (status) as (${next(`>= ${parameters.add(least, 'smallint')}`)}
    union all select ${next('> seen.status')} from seen where seen.status is not null) select status from seen where status is not null and ${passes})`;
}

/**
 * Longer user agents, and what floods the dictionary, stand in their rows: those of no number. As a rule there are none, and then few entries are read like those of
 * any other dictionary.
 */
function agentSource(asked: Asked): Source {
  let someInRows = true;
  const inRows = (parameters: Parameters): string =>
    `exists (select from audit_log l where l.organization_id = ${parameters.add(asked.organizationId, 'uuid')} and l.agent_no is null
       and l.occurred_at >= ${parameters.add(asked.from, 'timestamptz')}${asked.to ? ` and l.occurred_at < ${parameters.add(asked.to, 'timestamptz')}` : ''})`;
  return {
    direct: false,
    hint: {
      count: (parameters) =>
        `select case when ${inRows(parameters)} then null else (select count(*) from (select from ${entries('agent', asked, parameters)} e limit ${MOST_DIRECT + 1}) e) end`,
      way: (keys) => {
        someInRows = keys === null;
        if (keys === null || keys > MOST_DIRECT) return 'rare';
        return keys === 0 ? 'nothing' : 'index';
      },
    },
    legs: (parameters) => [
      { keys: entries('agent', asked, parameters), on: 'l.agent_no = k.no', settles: conditionsAt('agent', asked.filter) },
      ...(someInRows ? [{ keys: null, on: 'l.agent_no is null', settles: [] }] : []),
    ],
  };
}

function valueSource(condition: RecordCondition | undefined, column: 'reason' | 'key_fingerprint'): Source | null {
  const values = distinct(condition?.anyOf.flatMap((matcher) => (matcher.kind === 'exact' ? [matcher.value] : [])) ?? []);
  if (!condition || !isOf(condition, 'exact')) return null;
  return {
    direct: values.length <= MOST_DIRECT,
    legs: (parameters) => [{ keys: `unnest(${parameters.add(values, 'text[]')})`, on: `l.${column} = k.k`, settles: [condition] }],
  };
}

/** Each by its primary key, wherever in time it lies. */
function amongSource(condition: RecordCondition | undefined): Source | null {
  const [matcher, ...others] = condition?.anyOf ?? [];
  if (!condition || matcher?.kind !== 'among' || others.length > 0) return null;
  const keys = (parameters: Parameters): string =>
    `(select * from unnest(${parameters.add(matcher.ids, 'uuid[]')}, ${parameters.add(matcher.times, 'timestamptz[]')}) u (id, at))`;
  return {
    direct: true,
    legs: (parameters) => [{ keys: keys(parameters), on: 'l.occurred_at = k.at and l.id = k.id', settles: [condition] }],
  };
}

/** Case does not count for a country, and counts for its index. */
function countrySource(condition: RecordCondition | undefined): Source | null {
  if (!condition || condition.anyOf.some((matcher) => matcher.kind !== 'exact' || !/^[a-z]{2}$/i.test(matcher.value))) return null;
  const written = ({ value }: { value: string | number }): string[] => {
    const [upper, lower] = [String(value).toUpperCase(), String(value).toLowerCase()];
    return [upper, lower, `${upper.charAt(0)}${lower.charAt(1)}`, `${lower.charAt(0)}${upper.charAt(1)}`];
  };
  const values = distinct(condition.anyOf.flatMap((matcher) => (matcher.kind === 'exact' ? written(matcher) : [])));
  return {
    direct: condition.anyOf.length <= 2,
    legs: (parameters) => [{ keys: `unnest(${parameters.add(values, 'text[]')})`, on: 'l.country = k.k', settles: [condition] }],
  };
}

/** Single addresses in order of time; networks as ranges of addresses. */
function addressSource(condition: RecordCondition | undefined): Source | null {
  if (!condition || !isOf(condition, 'addressRange')) return null;
  const ranges = condition.anyOf.flatMap((matcher) => (matcher.kind === 'addressRange' ? [matcher] : []));
  const single = distinct(ranges.filter(({ first, last }) => first === last).map(({ first }) => first));
  const settles = [condition];
  const networks = ranges.filter(({ first, last }) => first !== last);
  if (networks.length > MOST_RANGES) return null;
  const legs = (parameters: Parameters): Leg[] => {
    const singles = single.length > 0 ? parameters.add(single, 'inet[]') : null;
    const wide = networks.map(({ first, last }) => `l.ip >= ${parameters.add(first, 'inet')} and l.ip <= ${parameters.add(last, 'inet')}`);
    const others = apart([...(singles ? [`l.ip = any(${singles})`] : []), ...wide]).slice(singles ? 1 : 0);
    return [
      ...(singles ? [{ keys: `unnest(${singles})`, on: 'l.ip = k.k', settles }] : []),
      ...others.map((on) => ({ keys: null, unordered: 'l.ip', on, settles })),
    ];
  };
  return { direct: networks.length === 0 && single.length <= MOST_DIRECT, legs };
}

const C_PATH = 'l.path collate "C"';

const isEmpty = (matcher: RecordMatcher): boolean => 'value' in matcher && matcher.value === '';

function pathSource({ organizationId }: Asked, condition: RecordCondition | undefined): Source | null {
  // Every path begins with nothing.
  if (!condition || condition.anyOf.length > MOST_RANGES || !isOf(condition, 'exact', 'prefix') || condition.anyOf.some(isEmpty))
    return null;
  const range = (matcher: RecordMatcher, parameters: Parameters): string[] => {
    if (matcher.kind === 'exact') return [`${C_PATH} = ${parameters.add(matcher.value, 'text')}`];
    if (matcher.kind !== 'prefix') return [];
    const end = behindPrefix(matcher.value);
    const [from, to] = [parameters.add(matcher.value, 'text'), end === null ? null : parameters.add(end, 'text')];
    return [`${C_PATH} >= ${from}${to ? ` and ${C_PATH} < ${to}` : ''}`];
  };
  // A range without an end holds more than what begins so.
  const settles = condition.anyOf.every((matcher) => matcher.kind !== 'prefix' || behindPrefix(matcher.value) !== null) ? [condition] : [];
  const legs = (parameters: Parameters): Leg[] =>
    apart(condition.anyOf.flatMap((matcher) => range(matcher, parameters))).map((on) => ({
      keys: null,
      unordered: C_PATH,
      on,
      settles,
    }));
  return { direct: false, legs, hint: routesHint(organizationId, condition) };
}

/** A path without an id is a route itself, or the beginning of one, and called often. */
function routesHint(organizationId: string, { anyOf }: RecordCondition): NonNullable<Source['hint']> {
  const begins = (matcher: RecordMatcher, parameters: Parameters): string[] => {
    if (matcher.kind === 'exact') return [`r.route = ${parameters.add(matcher.value, 'text')}`];
    return matcher.kind === 'prefix' ? [`starts_with(r.route, ${parameters.add(matcher.value, 'text')})`] : [];
  };
  return {
    count: (parameters) =>
      `select count(*) from audit_route r where r.organization_id = ${parameters.add(organizationId, 'uuid')}
         and (${anyOf.flatMap((matcher) => begins(matcher, parameters)).join(' or ')})`,
    way: (routes) => (Number(routes) > 0 ? 'newest' : 'rare'),
  };
}

/** The first text, by code points as the index sorts, behind all that begin with `prefix`; null: there may be none. */
function behindPrefix(prefix: string): string | null {
  const [last = 0, ...before] = Array.from(prefix, (character) => character.codePointAt(0) ?? 0).reverse();
  const start = String.fromCodePoint(...before.reverse());
  if (last === LAST_CHARACTER) return start === '' ? null : behindPrefix(start);
  if (last >= FIRST_SURROGATE && last <= LAST_SURROGATE) return null; // half a character, which no text holds
  return start + String.fromCodePoint(last + 1 === FIRST_SURROGATE ? LAST_SURROGATE + 1 : last + 1);
}
const [FIRST_SURROGATE, LAST_SURROGATE, LAST_CHARACTER] = [0xd800, 0xdfff, 0x10ffff];

/** Their index holds the duration behind the minute, so the rows that are not slow enough are passed over without being read. */
const slowSource: Source = { direct: true, legs: () => [{ keys: null, on: `l.duration_ms >= ${SLOW_MS}`, settles: [] }] };
