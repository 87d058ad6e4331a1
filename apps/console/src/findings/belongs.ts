/** Which requests of a page belong to a finding: asked of the rows that are there already, so that the list of the log stays as fast as it is. Pure. */
import {
  inNetworks,
  isLookedUp,
  normalNetwork,
  parseLogFilter,
  type LogCondition,
  type LogField,
  type LogMatcher,
} from '@pinebill/contract';
import type { Finding, LogRecord } from '../api-types';

type Value = string | number | null;

const values: Record<Exclude<LogField, 'incidentId' | 'findingId' | 'ip'>, (record: LogRecord) => Value> = {
  method: ({ method }) => method,
  status: ({ status }) => status,
  apiKeyId: ({ apiKey }) => apiKey?.id ?? null,
  keyFingerprint: ({ keyFingerprint }) => keyFingerprint,
  service: ({ service }) => service,
  team: ({ team }) => team,
  environment: ({ environment }) => environment,
  actorType: ({ actor }) => actor.type,
  path: ({ path }) => path,
  route: ({ route }) => route,
  country: ({ country }) => country,
  userAgent: ({ userAgent }) => userAgent,
  reason: ({ reason }) => reason,
  requestId: ({ requestId }) => requestId,
};

function matches(matcher: LogMatcher, value: string | number): boolean {
  const text = String(value).toLowerCase();
  switch (matcher.kind) {
    case 'number':
      return value === matcher.value;
    case 'class':
      return Math.floor(Number(value) / 100) === matcher.value;
    case 'exact':
      return text === matcher.value.toLowerCase();
    case 'prefix':
      return text.startsWith(matcher.value.toLowerCase());
    case 'contains':
      return text.includes(matcher.value.toLowerCase());
    case 'addressRange':
      return false;
  }
}

function holds({ field, negated, anyOf }: LogCondition, record: LogRecord): boolean {
  if (field === 'ip' || isLookedUp(field)) return true;
  const value = values[field](record);
  return (value !== null && anyOf.some((matcher) => matches(matcher, value))) !== negated;
}

/** Its samples, and whatever its filter shows in its time. Nothing, where it is about requests that did not come. */
export function belongsTo({
  count,
  sampleIds,
  filter,
  from,
  to,
}: Pick<Finding, 'count' | 'sampleIds' | 'filter' | 'from' | 'to'>): (record: LogRecord) => boolean {
  if (count === 0) return () => false;
  const samples = new Set(sampleIds);
  const parsed = parseLogFilter(filter).filter;
  const networks = filter['ip']?.split(',').flatMap((one) => normalNetwork(one) ?? []) ?? null;
  const [first, last] = [Date.parse(from), Date.parse(to)];
  return (record) => {
    if (samples.has(record.id)) return true;
    const at = Date.parse(record.startedAt);
    if (parsed === null || at < first || at > last) return false;
    return (networks === null || inNetworks(record.ip, networks)) && parsed.conditions.every((condition) => holds(condition, record));
  };
}
