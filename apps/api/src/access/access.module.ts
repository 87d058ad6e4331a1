import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeysModule } from '../api-keys';
import { MaintenanceGuard, MaintenanceModule } from '../maintenance';
import { OrganizationsModule } from '../organizations';
import { RateLimitsModule } from '../rate-limits';
import { AccessGuard } from './access.guard';
import { EarlyAuthentication } from './early-authentication';
import { KnownKeys } from './known-keys';
import { PersonAuthentication } from './person-authentication';
import { ProgramAuthentication } from './program-authentication';

/** The door: who calls (at the edge), and whether they may (the guard). */
@Module({
  imports: [ApiKeysModule, OrganizationsModule, MaintenanceModule, RateLimitsModule],
  providers: [
    KnownKeys,
    ProgramAuthentication,
    PersonAuthentication,
    EarlyAuthentication,
    // In this order: whoever may not call a route at all learns nothing of maintenance.
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: MaintenanceGuard },
  ],
  exports: [EarlyAuthentication],
})
export class AccessModule {}
