import { Global, Logger, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { APP_CONFIG, type AppConfig } from '../config';
import { ApiOperations } from './api-operations';
import { Clock } from './clock';
import { Connections } from './connections';
import { Countries } from './country';
import { Outbound } from './outbound/outbound';
import { DatabaseProbe } from './database-probe';
import { ExclusiveJobs } from './exclusive-jobs';
import { HealthController } from './health.controller';
import { DeliveryCounts } from './delivery-counts';
import { KeyCheckCounts } from './key-check-counts';
import { Lifecycle } from './lifecycle';
import { Metrics, MetricSources } from './metrics';
import { ProblemFilter } from './problem.filter';
import { ReadinessCheck } from './readiness';
import { RefusalCounts } from './refusal-counts';
import { RowTurns } from './row-turns';
import { Sealing } from './sealing';
import { ShippingFigures } from './shipping-figures';
import { StateWatch } from './state-watch';
import { TroubleLog } from './trouble-log';
import { UndeclaredQueryInterceptor } from './undeclared-query.interceptor';

/** What every feature may ask for: the settings, the clock. Knows no feature. */
@Global()
@Module({})
export class PlatformModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: PlatformModule,
      imports: [ScheduleModule.forRoot()],
      controllers: [HealthController],
      providers: [
        ApiOperations,
        Clock,
        Connections,
        Countries,
        Outbound,
        Lifecycle,
        ExclusiveJobs,
        DatabaseProbe,
        DeliveryCounts,
        KeyCheckCounts,
        ReadinessCheck,
        RefusalCounts,
        RowTurns,
        ShippingFigures,
        StateWatch,
        Sealing,
        Metrics,
        MetricSources,
        { provide: TroubleLog, useFactory: () => new TroubleLog(new Logger('Audit')) },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_INTERCEPTOR, useClass: UndeclaredQueryInterceptor },
        { provide: APP_CONFIG, useValue: config },
      ],
      exports: [
        ApiOperations,
        Clock,
        Connections,
        Countries,
        Outbound,
        DatabaseProbe,
        Lifecycle,
        ExclusiveJobs,
        DeliveryCounts,
        KeyCheckCounts,
        ReadinessCheck,
        RefusalCounts,
        RowTurns,
        Sealing,
        ShippingFigures,
        TroubleLog,
        APP_CONFIG,
      ],
    };
  }
}
