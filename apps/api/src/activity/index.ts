export { everyActivity } from './activity-history';
export { ActivityModule } from './activity.module';
export { Activity, type ActivityEntry } from './activity.service';
export { targetPrefixes, type ActivityTarget } from './activity-targets';
export { type ActivityView } from './activity.dto';
