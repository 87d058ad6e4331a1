import { DataSource, type DataSourceOptions, type EntitySchema, type MixedList } from 'typeorm';
import { Foundation1700000000001 } from './migrations/0001-foundation';
import { AuditLog1700000000002 } from './migrations/0002-audit-log';
import { System1700000000005 } from './migrations/0005-system';

const migrations = [Foundation1700000000001, AuditLog1700000000002, System1700000000005];

/** The server ends a statement that takes longer; a server that hangs does not, so a little later we stop waiting ourselves. */
const STATEMENT_MS = 30_000;
const ANSWER_MS = STATEMENT_MS + 2_000;

/** Every connection of the product works as the role that owns nothing; `search_path` is fixed for all. */
export function appDataSourceOptions(url: string, entities: MixedList<string | EntitySchema> = []): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities,
    synchronize: false,
    extra: {
      options: '-c role=pinebill_app -c search_path=app',
      max: 16,
      connectionTimeoutMillis: 5_000,
      statement_timeout: STATEMENT_MS,
      query_timeout: ANSWER_MS,
    },
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
    extra: { options: '-c role=pinebill_maintenance -c search_path=app', max: 2, connectionTimeoutMillis: 5_000 },
  });
}
