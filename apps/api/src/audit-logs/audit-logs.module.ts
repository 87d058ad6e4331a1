import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { AuditLogsController } from './audit-logs.controller';
import { AuditLogsService } from './audit-logs.service';
import { DirectDownload } from './direct-download.service';

@Module({
  imports: [ActivityModule],
  controllers: [AuditLogsController],
  providers: [AuditLogsService, DirectDownload],
  exports: [AuditLogsService],
})
export class AuditLogsModule {}
