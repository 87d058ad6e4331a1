import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { ApiKeysModule } from '../api-keys';
import { AuditLogsModule } from '../audit-logs';
import { OrganizationsModule } from '../organizations';
import { RestrictionsModule } from '../restrictions';
import { SigningKeysModule } from '../signing-keys';
import { Closing } from './closing.service';
import { Containment } from './containment.service';
import { DrillKeys } from './drill/drill-keys.service';
import { DrillReports } from './drill/drill-reports.service';
import { DrillsController } from './drill/drills.controller';
import { Drills } from './drill/drills.service';
import { EvidenceService } from './evidence.service';
import { FollowUps } from './follow-ups.service';
import { HandlingController } from './handling.controller';
import { IncidentCallers } from './incident-callers.service';
import { ExtentController } from './extent/extent.controller';
import { IncidentExtents } from './extent/extent.service';
import { IncidentEvents } from './incident-events.service';
import { IncidentEvidence } from './incident-evidence.service';
import { IncidentLive } from './incident-live.service';
import { IncidentMails } from './incident-mails.service';
import { IncidentOpenings } from './incident-openings.service';
import { IncidentRecordsController } from './incident-records.controller';
import { IncidentViews } from './incident-views.service';
import { IncidentsController } from './incidents.controller';
import { Incidents } from './incidents.service';
import { IncidentNoting } from './notes.service';
import { Replacing } from './replacing.service';
import { IncidentReportsController } from './report/incident-reports.controller';
import { IncidentReports } from './report/incident-reports.service';
import { IncidentTemplates } from './report/incident-templates.service';
import { ServicesList } from './services-list.service';
import { Stopping } from './stopping.service';
import { Timelines } from './timeline.service';

/** From the suspicious row to a documented, closed incident. */
@Module({
  imports: [ActivityModule, ApiKeysModule, AuditLogsModule, OrganizationsModule, RestrictionsModule, SigningKeysModule],
  controllers: [
    ...[IncidentsController, ExtentController, HandlingController],
    ...[IncidentRecordsController, IncidentReportsController, DrillsController],
  ],
  providers: [
    ...[IncidentEvents, IncidentMails, IncidentCallers, IncidentLive, IncidentViews],
    ...[IncidentEvidence, IncidentOpenings, Incidents],
    ...[Stopping, Containment, Replacing, ServicesList, Closing, IncidentExtents],
    ...[IncidentNoting, EvidenceService, FollowUps, Timelines],
    ...[IncidentReports, IncidentTemplates],
    ...[DrillKeys, DrillReports, Drills],
  ],
  exports: [Incidents, IncidentEvents, IncidentExtents, IncidentViews, Containment, Timelines],
})
export class IncidentResponseModule {}
