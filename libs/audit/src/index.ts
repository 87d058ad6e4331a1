export * from './audit.types';
export * from './audit.options';
// The edge: one line installs it, the rest is for the application's own filter, guards and tests.
export { AuditModule } from './audit.module';
export { AuditCoalescer } from './audit.coalescer';
export { AuditRecorder } from './audit.recorder';
export { AuditRoutes } from './audit.routes';
export { AuditTrail } from './audit.trail';
export { anonymous } from './identity';
export { defaultSecretPatterns } from './redact';
export { typeIdSuffix } from './request-id';
// Storage: from the writer to rows and back.
export { ListeningClient } from './listening-client';
export { AuditWriter } from './audit.writer';
export type { AuditWriterOptions, AuditWriterStatus } from './audit.writer.options';
export { JournalFullError, JournalUnavailableError, NotRecordedError, StoreAwayError } from './not-recorded';
export { JournalInUseError } from './journal/journal-lock';
export { PostgresStore, pgQueryable, type PostgresStoreOptions } from './postgres-store';
export { openJournals } from './postgres-processes';
export { auditSchema, minuteOf, SEQUENCE_BLOCK } from './postgres-schema';
export type { SchemaRoles } from './postgres-walls';
export { ensurePartitions, isLogHeld } from './postgres-partitions';
export {
  dropMonth,
  MOST_PIECES,
  monthsBefore,
  monthsTakenOut,
  organizationsOfMonth,
  purgeRows,
  takeMonthOut,
  tallyOfMonth,
  type Held,
  type MonthOfLog,
  type Purged,
  type PurgePosition,
} from './postgres-purge';
export { recordId, recordIdTime } from './record-id';
export { getRecord, listRecords, shown, type ListRecords } from './audit.reader';
export {
  copiedColumns,
  copyRecordsSql,
  copySettings,
  readDictionary,
  type AgentEntry,
  type CallerEntry,
  type CopiedColumn,
  type CopiedType,
  type Dictionary,
  type DictionaryEntries,
  type RouteEntry,
} from './copied-records';
export {
  lastSequence,
  minutesOfSequence,
  recordsBySequence,
  surveyRecords,
  type SequenceMinute,
  type SequenceRange,
  type Survey,
} from './sequence.reader';
export { readCalls, type ReadCalls, type RecordedCall } from './calls.reader';
export { bucketColumns, bucketEndsMs, quantileMs } from './rollup-shape';
export { carriedBy } from './stats-plan';
export { readMinuteCounts, type MinuteCountLine, type ReadMinuteCounts } from './minute-counts.reader';
export { countableFrom, firstCounted, readStats, type ReadStats, type Stats, type StatsLine } from './stats.reader';
export { readErrorGroups, type ErrorCaller, type ErrorGroup, type ErrorGroups, type ReadErrorGroups } from './error-groups.reader';
export { readExtent, type Extent, type ExtentFigures, type ExtentList, type FamiliarList, type KnownUse } from './extent/extent.reader';
export { readFirstUses, readFirstWrite, type FirstUse, type FirstUses } from './extent/first-uses.reader';
export { readNeighbourKeys, type NeighbourKeys } from './extent/neighbour-keys.reader';
export { readTouchedResources, type TouchedResources } from './extent/resources.reader';
export { readCallersOfKey, type CallersOfKey } from './callers-of-key.reader';
export { readCallersAt, type CallersAt } from './callers-at.reader';
export { statsGroups, type StatsGroup } from './stats-plan';
export { sumUpHours } from './rollup-hours';
export { matcherOf } from './record-match';
export {
  everyRecord,
  filterSql,
  Parameters,
  type RecordCondition,
  type RecordField,
  type RecordFilter,
  type RecordMatcher,
} from './record-filter';
