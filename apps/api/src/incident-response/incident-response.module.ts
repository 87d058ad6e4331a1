import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { ApiKeysModule } from '../api-keys';
import { AuditLogsModule } from '../audit-logs';
import { IncidentEvents } from './incident-events.service';
import { IncidentEvidence } from './incident-evidence.service';
import { IncidentMails } from './incident-mails.service';
import { IncidentOpenings } from './incident-openings.service';
import { IncidentViews } from './incident-views.service';
import { IncidentsController } from './incidents.controller';
import { Incidents } from './incidents.service';

/** From the suspicious row to a documented, closed incident. */
@Module({
  imports: [ActivityModule, ApiKeysModule, AuditLogsModule],
  controllers: [IncidentsController],
  providers: [IncidentEvents, IncidentEvidence, IncidentMails, IncidentOpenings, IncidentViews, Incidents],
  exports: [Incidents, IncidentEvents],
})
export class IncidentResponseModule {}
