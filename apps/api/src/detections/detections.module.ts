import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { AuditLogsModule } from '../audit-logs';
import { IncidentResponseModule } from '../incident-response';
import { DetectionController } from './detection.controller';
import { DetectionRunner } from './detection-runner.jobs';
import { DetectionService } from './detection.service';
import { DetectionSteps } from './detection-steps.service';
import { FindingDecisions } from './finding-decisions.service';
import { FindingKeeper } from './finding-keeper';
import { FindingListeners } from './finding-listener';
import { FindingsController } from './findings.controller';
import { FindingsService } from './findings.service';
import { BaselinesController } from './normal-usage/baselines.controller';
import { BaselinesService } from './normal-usage/baselines.service';

/** The product notices first: it looks at the log as it grows, and tells what is unusual in it. */
@Module({
  imports: [ActivityModule, AuditLogsModule, IncidentResponseModule],
  controllers: [DetectionController, FindingsController, BaselinesController],
  providers: [
    ...[FindingListeners, FindingKeeper, DetectionSteps, DetectionRunner],
    ...[FindingsService, FindingDecisions, BaselinesService, DetectionService],
  ],
  exports: [FindingListeners],
})
export class DetectionsModule {}
