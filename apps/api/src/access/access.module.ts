import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeysModule } from '../api-keys';
import { OrganizationsModule } from '../organizations';
import { AccessGuard } from './access.guard';
import { EarlyAuthentication } from './early-authentication';
import { KnownKeys } from './known-keys';
import { PersonAuthentication } from './person-authentication';
import { ProgramAuthentication } from './program-authentication';
import { RateLimits } from './rate-limits';

/** The door: who calls (at the edge), and whether they may (the guard). */
@Module({
  imports: [ApiKeysModule, OrganizationsModule],
  providers: [
    KnownKeys,
    RateLimits,
    ProgramAuthentication,
    PersonAuthentication,
    EarlyAuthentication,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [EarlyAuthentication],
})
export class AccessModule {}
