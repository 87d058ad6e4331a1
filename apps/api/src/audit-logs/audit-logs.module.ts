import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { AddressesService } from './addresses.service';
import { AuditLogsController } from './audit-logs.controller';
import { AuditLogsService } from './audit-logs.service';
import { DirectDownload } from './direct-download.service';
import { ErrorGroupsService } from './errors/error-groups.service';
import { LogHelpController } from './help/log-help.controller';
import { LogHelpService } from './help/log-help.service';
import { SupportBundleService } from './help/support-bundle.service';
import { SupportContactController } from './help/support-contact.controller';
import { SupportContacts } from './help/support-contact.service';
import { LogStatsService } from './log-stats.service';
import { LogViews } from './log-views';
import { RollupHours } from './rollup-hours.jobs';
import { LogTails } from './tail/log-tails.service';

@Module({
  imports: [ActivityModule],
  controllers: [AuditLogsController, LogHelpController, SupportContactController],
  providers: [
    AddressesService,
    AuditLogsService,
    DirectDownload,
    ErrorGroupsService,
    LogHelpService,
    LogStatsService,
    LogTails,
    LogViews,
    RollupHours,
    SupportBundleService,
    SupportContacts,
  ],
  exports: [AuditLogsService],
})
export class AuditLogsModule {}
