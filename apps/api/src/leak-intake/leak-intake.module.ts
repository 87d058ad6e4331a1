import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { ApiKeysModule } from '../api-keys';
import { IncidentResponseModule } from '../incident-response';
import { LeakChecksController } from './leak-checks.controller';
import { LeakChecksService } from './leak-checks.service';
import { LeakIncidents } from './leak-incidents.service';
import { LeakReportsController } from './leak-reports.controller';
import { LeakReportsService } from './leak-reports.service';
import { LeakResponses } from './leak-responses.jobs';
import { LeakReportKeys } from './report-keys.service';

@Module({
  imports: [ActivityModule, ApiKeysModule, IncidentResponseModule],
  controllers: [LeakReportsController, LeakChecksController],
  providers: [LeakReportsService, LeakReportKeys, LeakResponses, LeakIncidents, LeakChecksService],
})
export class LeakIntakeModule {}
