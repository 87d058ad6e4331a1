import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { RestrictionsModule } from '../restrictions';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeysService } from './api-keys.service';
import { KeyLifeController } from './key-life.controller';
import { KeyLifeJobs } from './key-life.jobs';
import { KeyLifeService } from './key-life.service';
import { KeyStops } from './key-stops.service';
import { KeyUsageService } from './key-usage.service';
import { KeyUse } from './key-use.service';
import { RevokedKeys } from './revoked-keys';
import { ShippedLog } from './shipped-log';

@Module({
  imports: [ActivityModule, RestrictionsModule],
  controllers: [ApiKeysController, KeyLifeController],
  providers: [ApiKeysService, KeyLifeService, KeyLifeJobs, KeyStops, KeyUsageService, KeyUse, RevokedKeys, ShippedLog],
  exports: [RevokedKeys, ApiKeysService, KeyLifeService, KeyStops, KeyUse, ShippedLog],
})
export class ApiKeysModule {}
