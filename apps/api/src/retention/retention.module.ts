import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { AuditLogsModule } from '../audit-logs';
import { CertificatesService } from './certificates.service';
import { HoldsService } from './holds.service';
import { PlanController } from './plan.controller';
import { PlanService } from './plan.service';
import { PurgeJobs } from './purge.jobs';
import { Purge } from './purge.service';
import { RecordRetentionService } from './record-retention.service';
import { RetentionController } from './retention.controller';

/** The plan and its retention: what is shown, what is held, what is purged, and what remains of that. */
@Module({
  imports: [ActivityModule, AuditLogsModule],
  controllers: [PlanController, RetentionController],
  providers: [PlanService, HoldsService, CertificatesService, RecordRetentionService, Purge, PurgeJobs],
})
export class RetentionModule {}
