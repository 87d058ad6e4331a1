import { Module } from '@nestjs/common';
import { AuditLogsController } from './audit-logs.controller';
import { AuditLogsService } from './audit-logs.service';
import { LogStatsService } from './log-stats.service';
import { LogViews } from './log-views';
import { RollupHours } from './rollup-hours.jobs';
import { LogTails } from './tail/log-tails.service';

@Module({
  controllers: [AuditLogsController],
  providers: [AuditLogsService, LogStatsService, LogTails, LogViews, RollupHours],
  exports: [AuditLogsService],
})
export class AuditLogsModule {}
