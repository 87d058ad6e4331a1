import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { MergeTeam, NameTeam, TeamPage, TeamView } from './owners.dto';
import { OwnersService } from './owners.service';

@ApiTags('API keys')
@Controller('v1/teams')
export class TeamsController {
  constructor(private readonly owners: OwnersService) {}

  @Get()
  @Access('keys:read')
  @RecordedQuery('limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List the teams that keys belong to' })
  @ApiOkResponse({ type: TeamPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<TeamPage> {
    return this.owners.list(actor, 'team', query);
  }

  @Post()
  @Access('keys:write')
  @Creates('/v1/teams')
  @Refuses('name_taken')
  @ApiOperation({ summary: 'Add a team', description: 'A key that names a new team adds it by itself.' })
  @ApiCreatedResponse({ type: TeamView })
  create(@CurrentActor() actor: Actor, @Body() { name }: NameTeam): Promise<TeamView> {
    return this.owners.create(actor, 'team', name);
  }

  @Patch(':id')
  @Access('keys:write')
  @Refuses('name_taken')
  @ApiOperation({
    summary: 'Rename a team',
    description: 'Its keys change with it. Records keep the name that the team had at that moment.',
  })
  @ApiOkResponse({ type: TeamView })
  rename(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() { name }: NameTeam): Promise<TeamView> {
    return this.owners.rename(actor, 'team', { id, name });
  }

  @Post(':id/merge')
  @HttpCode(200)
  @Access('keys:write')
  @ApiOperation({
    summary: 'Merge a team into another',
    description: 'Its keys go to the other one, and it is taken off the list. Records keep the name of their moment.',
  })
  @ApiOkResponse({ type: TeamView })
  merge(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() { into }: MergeTeam): Promise<TeamView> {
    return this.owners.merge(actor, 'team', { id, into });
  }
}
