/**
 * Where a question about figures is answered from. The roll-ups count by one dimension at a time, each by the kind of caller: they carry a filter whose
 * conditions, those on the kind of caller apart, are all on one dimension, when it is asked by that dimension, by the kind of caller, or by nothing.
 */
import type { RecordField, RecordFilter } from './record-filter';
import type { Dimension } from './rollup-shape';

export const statsGroups = [
  'apiKeyId', 'service', 'team', 'environment', 'actorType', 'route', 'method', 'endpoint', 'status', 'statusClass', 'country', 'ip',
] as const; // prettier-ignore
export type StatsGroup = (typeof statsGroups)[number];

const ofFields: Partial<Record<RecordField, Dimension>> = {
  apiKeyId: 'caller',
  service: 'caller',
  team: 'caller',
  environment: 'caller',
  method: 'route',
  route: 'route',
  status: 'status',
  country: 'country',
  ip: 'address',
};
const ofGroups: Record<StatsGroup, Dimension | null> = {
  apiKeyId: 'caller',
  service: 'caller',
  team: 'caller',
  environment: 'caller',
  actorType: null,
  route: 'route',
  method: 'route',
  endpoint: 'route',
  status: 'status',
  statusClass: 'status',
  country: 'country',
  ip: 'address',
};

/** The dimension whose counters answer it; null: none does, only the rows. */
export function carriedBy(groupBy: StatsGroup | null, filter: RecordFilter): Dimension | null {
  if (filter.minDurationMs !== null || filter.maxDurationMs !== null) return null;
  const wanted = new Set<Dimension>();
  for (const { field } of filter.conditions) {
    const dimension = ofFields[field];
    if (dimension) wanted.add(dimension);
    else if (field !== 'actorType') return null;
  }
  const asked = groupBy && ofGroups[groupBy];
  if (asked) wanted.add(asked);
  // Every request has one counter in each dimension; there are fewest by status.
  const [only = 'status', another] = wanted;
  return another ? null : only;
}
