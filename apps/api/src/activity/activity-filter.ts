/** The filter of the activity list: read from the query string, written as SQL. Lists and `!` mean what they mean in the API logs. */
import { parseLogFilter, type LogMatcher } from '@pinebill/contract';
import { parseId } from '../platform/ids';
import { invalidField, readChoice, readPeriod, readText, type Query } from '../platform/query';
import { activityTargets, targetPrefixes, type ActivityTarget } from './activity-targets';

export const activityFilters = ['from', 'to', 'action', 'actorId', 'targetType', 'targetId', 'ip'] as const;

export type ActivityFilter = {
  from: Date | null;
  to: Date | null;
  /** LIKE patterns; each condition holds when one of its patterns does, or none when it is negated. */
  actions: { negated: boolean; anyOf: string[] }[];
  actorId: string | null;
  targetType: ActivityTarget | null;
  targetId: string | null;
  /** Both ends included. */
  addresses: { negated: boolean; anyOf: { first: string; last: string }[] }[];
};

const MOST_ACTIONS = 50;

export function readActivityFilter(query: Query): ActivityFilter {
  return {
    ...readPeriod(query),
    actions: readActions(query),
    actorId: readUuid(query, 'actorId', ['usr', 'key']),
    targetType: readChoice(query, 'targetType', activityTargets),
    targetId: readUuid(query, 'targetId', Object.values(targetPrefixes)),
    addresses: readAddresses(query),
  };
}

function readUuid(query: Query, name: string, prefixes: readonly (typeof targetPrefixes)[ActivityTarget][]): string | null {
  const text = readText(query, name);
  if (text === null) return null;
  for (const prefix of prefixes) {
    const id = parseId(prefix, text);
    if (id !== null) return id;
  }
  throw invalidField({
    pointer: `?${name}`,
    rule: 'format',
    expected: `an id that starts with ${prefixes.map((p) => `${p}_`).join(' or ')}`,
  });
}

const once = (negated: readonly boolean[]): boolean => new Set(negated).size === negated.length;

function readActions(query: Query): ActivityFilter['actions'] {
  const found = [query['action'] ?? []].flat().map((text) => {
    const negated = text.startsWith('!');
    const words = (negated ? text.slice(1) : text).split(',');
    const known = words.length <= MOST_ACTIONS && words.every((word) => /^[a-z_]{1,40}\.([a-z_]{1,40}|\*)$/.test(word));
    if (!known)
      throw invalidField({
        pointer: '?action',
        rule: 'format',
        expected: `1 to ${MOST_ACTIONS} actions such as api_key.revoked or api_key.*, separated by commas, with a leading ! to leave them out`,
      });
    return { negated, anyOf: words.map((word) => word.replace(/_/g, '\\_').replace('*', '%')).sort() };
  });
  if (!once(found.map(({ negated }) => negated)))
    throw invalidField({
      pointer: '?action',
      rule: 'repeated',
      expected: 'once plain and once negated at the most; separate values with commas',
    });
  return found;
}

/** The grammar of addresses is that of the API logs, so it is read by the same function. */
function readAddresses(query: Query): ActivityFilter['addresses'] {
  const { filter, issues } = parseLogFilter({ ip: query['ip'] });
  if (filter === null) throw invalidField(issues[0] ?? { pointer: '?ip', rule: 'address', expected: 'an address or a network' });
  return filter.conditions.map(({ negated, anyOf }) => ({
    negated,
    anyOf: anyOf.filter(isRange).map(({ first, last }) => ({ first, last })),
  }));
}

type Range = Extract<LogMatcher, { kind: 'addressRange' }>;
const isRange = (matcher: LogMatcher): matcher is Range => matcher.kind === 'addressRange';

/** ` and ...` for each condition; `values` come first among the parameters. */
export function activityWhere(filter: ActivityFilter, values: readonly unknown[]): { sql: string; values: unknown[] } {
  const all = [...values];
  const place = (value: unknown, type: string): string => `$${all.push(value)}::${type}`;
  const conditions = [
    ...(filter.from ? [`occurred_at >= ${place(filter.from, 'timestamptz')}`] : []),
    ...(filter.to ? [`occurred_at < ${place(filter.to, 'timestamptz')}`] : []),
    ...(filter.actorId ? [`actor_id = ${place(filter.actorId, 'uuid')}`] : []),
    ...(filter.targetType ? [`target_type = ${place(filter.targetType, 'text')}`] : []),
    ...(filter.targetId ? [`target_id = ${place(filter.targetId, 'uuid')}`] : []),
    ...filter.actions.map(({ negated, anyOf }) => `${negated ? 'not ' : ''}(action like any (${place(anyOf, 'text[]')}))`),
    // What a job did has no address: it is not from this one, so it stays when the address is left out.
    ...filter.addresses.map(({ negated, anyOf }) => {
      const ranges = anyOf.map(({ first, last }) => `ip between ${place(first, 'inet')} and ${place(last, 'inet')}`);
      return `coalesce(${ranges.join(' or ')}, false) is ${negated ? 'false' : 'true'}`;
    }),
  ];
  return { sql: conditions.map((condition) => ` and ${condition}`).join(''), values: all };
}
