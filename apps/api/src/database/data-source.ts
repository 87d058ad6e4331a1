import { DataSource, type DataSourceOptions, type EntitySchema, type MixedList } from 'typeorm';
import { ListeningClient } from '@pinebill/nestjs-audit';
import { appConnection } from './app-connection';
import { Foundation1700000000001 } from './migrations/0001-foundation';
import { AuditLog1700000000002 } from './migrations/0002-audit-log';
import { NarrowRows1700000000003 } from './migrations/0003-narrow-rows';
import { Maintenance1700000000004 } from './migrations/0004-maintenance';
import { System1700000000005 } from './migrations/0005-system';
import { KeyLife1700000000006 } from './migrations/0006-key-life';
import { Hygiene1700000000007 } from './migrations/0007-hygiene';
import { Processes1700000000008 } from './migrations/0008-processes';
import { Limits1700000000009 } from './migrations/0009-limits';
import { Restrictions1700000000010 } from './migrations/0010-restrictions';
import { Mail1700000000011 } from './migrations/0011-mail';
import { SecondFactor1700000000012 } from './migrations/0012-second-factor';
import { Oidc1700000000013 } from './migrations/0013-oidc';
import { People1700000000014 } from './migrations/0014-people';
import { ResetLinks1700000000016 } from './migrations/0016-reset-links';
import { Cleanup1700000000017 } from './migrations/0017-cleanup';
import { Exports1700000000020 } from './migrations/0020-exports';
import { ExportSchedules1700000000021 } from './migrations/0021-export-schedules';
import { Stats1700000000022 } from './migrations/0022-stats';
import { SavedViews1700000000024 } from './migrations/0024-saved-views';
import { SearchIndexes1700000000025 } from './migrations/0025-search-indexes';
import { ExportDeliveries1700000000026 } from './migrations/0026-export-deliveries';
import { Incidents1700000000027 } from './migrations/0027-incidents';
import { Leaks1700000000028 } from './migrations/0028-leaks';
import { IncidentDocuments1700000000029 } from './migrations/0029-incident-documents';
import { Detection1700000000030 } from './migrations/0030-detection';
import { Alerts1700000000031 } from './migrations/0031-alerts';
import { Channels1700000000032 } from './migrations/0032-channels';
import { Retention1700000000033 } from './migrations/0033-retention';
import { WeeklyReviews1700000000034 } from './migrations/0034-weekly-reviews';
import { IncidentsMended1700000000035 } from './migrations/0035-incidents-mended';
import { DetectionSeen1700000000036 } from './migrations/0036-detection-seen';
import { AlertsMended1700000000037 } from './migrations/0037-alerts-mended';
import { RetentionMended1700000000038 } from './migrations/0038-retention-mended';
import { ChannelsMended1700000000039 } from './migrations/0039-channels-mended';
import { BoundedSteps1700000000040 } from './migrations/0040-bounded-steps';
import { AttemptsOfTheDead1700000000041 } from './migrations/0041-attempts-of-the-dead';

const migrations = [
  Foundation1700000000001,
  AuditLog1700000000002,
  NarrowRows1700000000003,
  Maintenance1700000000004,
  System1700000000005,
  KeyLife1700000000006,
  Hygiene1700000000007,
  Processes1700000000008,
  Limits1700000000009,
  Restrictions1700000000010,
  Mail1700000000011,
  SecondFactor1700000000012,
  Oidc1700000000013,
  People1700000000014,
  ResetLinks1700000000016,
  Cleanup1700000000017,
  Exports1700000000020,
  ExportSchedules1700000000021,
  Stats1700000000022,
  SavedViews1700000000024,
  SearchIndexes1700000000025,
  ExportDeliveries1700000000026,
  Incidents1700000000027,
  Leaks1700000000028,
  IncidentDocuments1700000000029,
  Detection1700000000030,
  Alerts1700000000031,
  Channels1700000000032,
  Retention1700000000033,
  WeeklyReviews1700000000034,
  IncidentsMended1700000000035,
  DetectionSeen1700000000036,
  AlertsMended1700000000037,
  RetentionMended1700000000038,
  ChannelsMended1700000000039,
  BoundedSteps1700000000040,
  AttemptsOfTheDead1700000000041,
];

export function appDataSourceOptions(url: string, entities: MixedList<string | EntitySchema> = []): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities,
    synchronize: false,
    extra: { ...appConnection, Client: ListeningClient, max: 16 },
  };
}

/** For migrations, partitions and purges: owns the tables. */
export function maintenanceDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    migrations,
    migrationsTableName: 'migration',
    synchronize: false,
    extra: { Client: ListeningClient, options: '-c role=pinebill_maintenance -c search_path=app', max: 2, connectionTimeoutMillis: 5_000 },
  });
}
