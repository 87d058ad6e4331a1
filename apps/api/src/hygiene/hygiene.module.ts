import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys';
import { BulkRevocationService } from './bulk-revocation.service';
import { HygieneController } from './hygiene.controller';
import { HygieneService } from './hygiene.service';
import { KeyReminderJobs, KeyReminders } from './key-reminders.service';

@Module({
  imports: [ApiKeysModule],
  controllers: [HygieneController],
  providers: [HygieneService, BulkRevocationService, KeyReminders, KeyReminderJobs],
  exports: [HygieneService],
})
export class HygieneModule {}
