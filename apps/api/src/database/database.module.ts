import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { AppConfig } from '../config';
import { ChangeChannel } from './change-channel';
import { appDataSourceOptions } from './data-source';
import { DatabaseWatch } from './database-watch';
import { PartitionJobs } from './partitions.jobs';
import { RecordNews } from './record-news';
import { Tenant } from './tenant';

/** The pool that works as pinebill_app, and the door to the tenants' tables. */
@Global()
@Module({})
export class DatabaseModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: DatabaseModule,
      // The database was reached by the set-up a moment ago: a failure now is no reason to wait.
      imports: [TypeOrmModule.forRoot({ ...appDataSourceOptions(config.database.url), retryAttempts: 0 })],
      providers: [Tenant, PartitionJobs, DatabaseWatch, ChangeChannel, RecordNews],
      exports: [Tenant, TypeOrmModule, DatabaseWatch, ChangeChannel, RecordNews],
    };
  }
}
