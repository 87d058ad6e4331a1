import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { AddressesService } from './addresses.service';
import { AuditLogsController } from './audit-logs.controller';
import { AuditLogsService } from './audit-logs.service';
import { DirectDownload } from './direct-download.service';
import { LogStatsService } from './log-stats.service';
import { LogViews } from './log-views';
import { RollupHours } from './rollup-hours.jobs';
import { LogTails } from './tail/log-tails.service';

@Module({
  imports: [ActivityModule],
  controllers: [AuditLogsController],
  providers: [AddressesService, AuditLogsService, DirectDownload, LogStatsService, LogTails, LogViews, RollupHours],
  exports: [AuditLogsService],
})
export class AuditLogsModule {}
