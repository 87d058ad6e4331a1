import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { SavedViewsController } from './saved-views.controller';
import { SavedViewsService } from './saved-views.service';

/** Filters of the API log with a name, of one's own or shared. */
@Module({
  imports: [ActivityModule],
  controllers: [SavedViewsController],
  providers: [SavedViewsService],
})
export class SavedViewsModule {}
