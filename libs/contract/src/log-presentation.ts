/** How the list of the log is shown: what a saved view remembers beside its filter, and what the console offers. */
import type { LogColumnName } from './log-columns';

/** A time that ends now and begins so long ago; `all`: where retention begins. */
export const logRanges = ['15m', '1h', '24h', '7d', '30d', 'all'] as const;
export type LogRange = (typeof logRanges)[number];

/** How high the rows are. */
export const logDensities = ['comfortable', 'compact'] as const;
export type LogDensity = (typeof logDensities)[number];

/** The columns that a list can have, by their names in a file. `apiKeyName` is whoever called, also a person or nobody. */
export const logListColumns = [
  'startedAt', 'method', 'path', 'status', 'apiKeyName', 'ip', 'durationMs', 'route', 'reason', 'country', 'userAgent', 'service', 'team', 'environment',
  'requestBytes', 'responseBytes', 'requestId', 'sequence',
] as const satisfies readonly LogColumnName[]; // prettier-ignore
export type LogListColumn = (typeof logListColumns)[number];
export const defaultLogListColumns: readonly LogListColumn[] = logListColumns.slice(0, 7);
