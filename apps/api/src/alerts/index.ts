export { AlertRules } from './alert-rules.service';
export { AlertsModule } from './alerts.module';
export { RuleRunner } from './rule-runner.service';
