export { operateJournals } from './journals-command';
export { SystemModule } from './system.module';
