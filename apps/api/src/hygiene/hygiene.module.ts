import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys';
import { BulkRevocationService } from './bulk-revocation.service';
import { HygieneController } from './hygiene.controller';
import { HygieneService } from './hygiene.service';

@Module({
  imports: [ApiKeysModule],
  controllers: [HygieneController],
  providers: [HygieneService, BulkRevocationService],
})
export class HygieneModule {}
