import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { AuditLogsModule } from '../audit-logs';
import { DetectionsModule } from '../detections';
import { IncidentResponseModule } from '../incident-response';
import { AlertDues } from './alert-dues.service';
import { AlertOpenings } from './alert-openings.service';
import { AlertRulesController } from './alert-rules.controller';
import { AlertRules } from './alert-rules.service';
import { AlertTelling } from './alert-telling.service';
import { AlertsController } from './alerts.controller';
import { AlertJobs } from './alerts.jobs';
import { AlertInbox } from './alerts.service';
import { BackTests } from './back-test.service';
import { Alerts } from './finding-alerts.service';
import { RuleRunner } from './rule-runner.service';
import { RuleSteps } from './rule-steps.service';

/** Rules about calls and findings, what they would have done, and the inbox of what they fired. */
@Module({
  imports: [ActivityModule, AuditLogsModule, DetectionsModule, IncidentResponseModule],
  controllers: [AlertRulesController, AlertsController],
  providers: [AlertRules, BackTests, AlertInbox, AlertTelling, AlertOpenings, AlertDues, RuleRunner, RuleSteps, AlertJobs, Alerts],
  exports: [Alerts],
})
export class AlertsModule {}
