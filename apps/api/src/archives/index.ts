export { ArchivesModule } from './archives.module';
