import { Module } from '@nestjs/common';
import { OtherKeys } from './other-keys';
import { PostgresLimitStore } from './postgres-limit-store';
import { RateLimitJobs } from './rate-limits.jobs';
import { RateLimits } from './rate-limits';

/** How much may be called in a minute, counted over all processes. */
@Module({ providers: [OtherKeys, PostgresLimitStore, RateLimits, RateLimitJobs], exports: [RateLimits] })
export class RateLimitsModule {}
