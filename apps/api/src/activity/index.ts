export { ActivityModule } from './activity.module';
export { Activity, type ActivityEntry, type ActivityTarget } from './activity.service';
