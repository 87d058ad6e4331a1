import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { PlaceChanges } from './place-changes.service';
import { RestrictionsController } from './restrictions.controller';
import { RestrictionsService } from './restrictions.service';

@Module({
  imports: [ActivityModule],
  controllers: [RestrictionsController],
  providers: [PlaceChanges, RestrictionsService],
  exports: [PlaceChanges, RestrictionsService],
})
export class RestrictionsModule {}
