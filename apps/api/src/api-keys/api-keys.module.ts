import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { RestrictionsModule } from '../restrictions';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeysService } from './api-keys.service';
import { RevokedKeys } from './revoked-keys';

@Module({
  imports: [ActivityModule, RestrictionsModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService, RevokedKeys],
  exports: [RevokedKeys, ApiKeysService],
})
export class ApiKeysModule {}
