import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from './clock';
import { Connections } from './connections';
import { Countries } from './country';
import { ExclusiveJobs } from './exclusive-jobs';
import { HealthController } from './health.controller';
import { Lifecycle } from './lifecycle';
import { Metrics } from './metrics';
import { ProblemFilter } from './problem.filter';
import { ReadinessCheck } from './readiness';
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
        Clock,
        Connections,
        Countries,
        Lifecycle,
        ExclusiveJobs,
        ReadinessCheck,
        Metrics,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_INTERCEPTOR, useClass: UndeclaredQueryInterceptor },
        { provide: APP_CONFIG, useValue: config },
      ],
      exports: [Clock, Connections, Countries, Lifecycle, ExclusiveJobs, APP_CONFIG],
    };
  }
}
