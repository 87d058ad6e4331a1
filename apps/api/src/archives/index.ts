export { ArchivesModule } from './archives.module';
export { Archiver } from './archiver.service';
export { ArchivesService } from './archives.service';
