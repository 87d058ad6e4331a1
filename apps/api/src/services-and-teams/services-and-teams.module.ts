import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { OwnersService } from './owners.service';
import { ServicesController } from './services.controller';
import { TeamsController } from './teams.controller';

@Module({
  imports: [ActivityModule],
  controllers: [ServicesController, TeamsController],
  providers: [OwnersService],
})
export class ServicesAndTeamsModule {}
