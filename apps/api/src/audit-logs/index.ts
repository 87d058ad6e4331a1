export { bodyFilterOf, inBody, onlyParameters, readBodyLogFilter, type BodyFilter } from './body-filter';
export { LogRecord } from './audit-logs.dto';
export { AuditLogsModule } from './audit-logs.module';
export { AuditLogsService } from './audit-logs.service';
export { namesOnly, networkAround } from './help/redaction';
export { logColumns, toExportedRecord, type Cell, type ColumnType, type LogColumn } from './log-columns';
export { readLogFilter } from './log-query';
export { recordFilter } from './record-filter';
export { logViewOf, withoutAnonymous, type LogView } from './log-views';
