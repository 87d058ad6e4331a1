import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ApiKeysModule } from '../api-keys';
import { MaintenanceGuard, MaintenanceModule } from '../maintenance';
import { OrganizationsModule } from '../organizations';
import { RateLimitsModule } from '../rate-limits';
import { AccessGuard } from './access.guard';
import { EarlyAuthentication } from './early-authentication';
import { KeyVerdicts } from './key-verdicts';
import { KnownKeys } from './known-keys';
import { PersonAuthentication } from './person-authentication';
import { ProgramAuthentication } from './program-authentication';
import { SessionLooks } from './session-looks';
import { SettledChanges } from './settled-changes.interceptor';
import { Standings } from './standings';
import { Strangers } from './strangers';

/** The door: who calls (at the edge), and whether they may (the guard). */
@Module({
  imports: [ApiKeysModule, OrganizationsModule, MaintenanceModule, RateLimitsModule],
  providers: [
    KnownKeys,
    KeyVerdicts,
    Strangers,
    ProgramAuthentication,
    PersonAuthentication,
    EarlyAuthentication,
    SessionLooks,
    Standings,
    // In this order: whoever may not call a route at all learns nothing of maintenance.
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: MaintenanceGuard },
    { provide: APP_INTERCEPTOR, useClass: SettledChanges },
  ],
  exports: [EarlyAuthentication],
})
export class AccessModule {}
