import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from './clock';
import { Lifecycle } from './lifecycle';
import { ProblemFilter } from './problem.filter';
import { UndeclaredQueryInterceptor } from './undeclared-query.interceptor';

/** What every feature may ask for: the settings, the clock. Knows no feature. */
@Global()
@Module({})
export class PlatformModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        Clock,
        Lifecycle,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_INTERCEPTOR, useClass: UndeclaredQueryInterceptor },
        { provide: APP_CONFIG, useValue: config },
      ],
      exports: [Clock, Lifecycle, APP_CONFIG],
    };
  }
}
