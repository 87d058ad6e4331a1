/** Which rows of the log a firing is made of, as a filter that anybody can open; and the names of a group. Pure. */
import type { AlertGrouping } from '@pinebill/contract';
import type { BodyFilter } from '../audit-logs';
import { typeId } from '../platform/ids';

const MINUTE_MS = 60_000;

/** A value as the grammar writes it: a comma, a star or an exclamation mark in it is no sign of the grammar. */
const escaped = (text: string): string => text.replace(/[\\,*!]/g, '\\$&');

/** As the filter of the log names it. `group`: as the log counts it, a key by its uuid. */
export const groupValue = (by: AlertGrouping, group: string): string => (by === 'apiKeyId' ? typeId('key', group) : group);

/** `minute`: the last one of the window. */
export const windowOf = (minute: number, windowMinutes: number): { from: Date; to: Date } => ({
  from: new Date((minute - windowMinutes + 1) * MINUTE_MS),
  to: new Date((minute + 1) * MINUTE_MS),
});

export function rowsFilter(
  { filter, groupBy }: { filter: BodyFilter; groupBy: AlertGrouping },
  { group, from, to }: { group: string | null; from: Date; to: Date },
): BodyFilter {
  // What the rule says of the same field holds for the group: it was counted.
  const ofGroup = groupBy === 'none' || group === null ? {} : { [groupBy]: escaped(groupValue(groupBy, group)) };
  return { ...filter, ...ofGroup, from: from.toISOString(), to: to.toISOString() };
}

/** Where the console shows these rows, below its origin: also those of people at the console, which it leaves out of the log unless it is asked. */
export function logPath(filter: BodyFilter): string {
  const named = Object.entries({ actorType: 'any', ...filter });
  const query = new URLSearchParams(named.flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])));
  return `/#/audit-logs?${query.toString()}`;
}
