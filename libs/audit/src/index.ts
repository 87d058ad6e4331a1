export * from './audit.types';
export * from './audit.options';
// Storage: from the writer to rows and back.
export { AuditWriter, JournalFullError, StoreAwayError, type AuditWriterOptions, type AuditWriterStatus } from './audit.writer';
export { JournalUnavailableError } from './journal/journal';
export { JournalInUseError } from './journal/journal-lock';
export { PostgresStore, pgQueryable, type PostgresStoreOptions } from './postgres-store';
export { auditSchema, type SchemaRoles } from './postgres-schema';
export { ensurePartitions, strayRows } from './postgres-partitions';
export { recordId, recordIdTime } from './record-id';
export { getRecord, listRecords, type ListRecords } from './audit.reader';
export { everyRecord, type RecordCondition, type RecordField, type RecordFilter, type RecordMatcher } from './record-filter';
