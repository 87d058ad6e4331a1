import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { ExportsModule } from '../exports';
import { ArchiveJobs } from './archives.jobs';
import { ArchivesController } from './archives.controller';
import { ArchiveFolders } from './archive-folders';
import { ArchiveSearch } from './archive-search.service';
import { ArchivesService } from './archives.service';
import { Archiver } from './archiver.service';

/** What is kept elsewhere of what retention takes. */
@Module({
  imports: [ActivityModule, ExportsModule],
  controllers: [ArchivesController],
  providers: [ArchivesService, ArchiveSearch, ArchiveFolders, Archiver, ArchiveJobs],
})
export class ArchivesModule {}
