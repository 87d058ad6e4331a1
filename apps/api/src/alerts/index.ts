export { AlertsModule } from './alerts.module';
export { Alerts } from './finding-alerts.service';
export type { FindingForAlerts } from './finding-match';
