/**
 * Where a question about figures is answered from. The roll-ups count by one dimension at a time, each by the kind of caller: they carry a filter whose
 * conditions, those on the kind of caller apart, are all on one dimension, when it is asked by that dimension, by the kind of caller, or by nothing.
 */
import { placeOf, type RecordField, type RecordFilter } from './record-filter';
import type { Dimension } from './rollup-shape';

export const statsGroups = [
  'apiKeyId', 'service', 'team', 'environment', 'actorType', 'route', 'method', 'endpoint', 'status', 'statusClass', 'country', 'ip',
] as const; // prettier-ignore
export type StatsGroup = (typeof statsGroups)[number];

/** What a row holds itself, as far as it is counted by. */
const ofColumns: Partial<Record<RecordField, Dimension>> = { status: 'status', country: 'country', ip: 'address' };
function ofField(field: RecordField): Dimension | null {
  const { place } = placeOf(field);
  if (field === 'actorType' || place === 'agent') return null; // of every dimension, and of none
  return place === 'log' ? (ofColumns[field] ?? null) : place;
}
const ofGroup = (group: StatsGroup): Dimension | null =>
  ofField(group === 'endpoint' ? 'route' : group === 'statusClass' ? 'status' : group);

/** The dimension whose counters answer it; null: none does, only the rows. */
export function carriedBy(groupBy: StatsGroup | null, filter: RecordFilter): Dimension | null {
  if (filter.minDurationMs !== null || filter.maxDurationMs !== null) return null;
  const wanted = new Set<Dimension>();
  for (const { field } of filter.conditions) {
    const dimension = ofField(field);
    if (dimension) wanted.add(dimension);
    else if (field !== 'actorType') return null;
  }
  const asked = groupBy && ofGroup(groupBy);
  if (asked) wanted.add(asked);
  // Every request has one counter in each dimension; there are fewest by status.
  const [only = 'status', another] = wanted;
  return another ? null : only;
}
