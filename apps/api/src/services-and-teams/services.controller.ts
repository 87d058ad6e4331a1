import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { MergeService, NameService, ServicePage, ServiceView } from './owners.dto';
import { OwnersService } from './owners.service';

@ApiTags('API keys')
@Controller('v1/services')
export class ServicesController {
  constructor(private readonly owners: OwnersService) {}

  @Get()
  @Access('keys:read')
  @RecordedQuery('limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List the services that keys belong to' })
  @ApiOkResponse({ type: ServicePage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<ServicePage> {
    return this.owners.list(actor, 'service', query);
  }

  @Post()
  @Access('keys:write')
  @Creates('/v1/services')
  @Refuses('name_taken')
  @ApiOperation({ summary: 'Add a service', description: 'A key that names a new service adds it by itself.' })
  @ApiCreatedResponse({ type: ServiceView })
  create(@CurrentActor() actor: Actor, @Body() { name }: NameService): Promise<ServiceView> {
    return this.owners.create(actor, 'service', name);
  }

  @Patch(':id')
  @Access('keys:write')
  @Refuses('name_taken')
  @ApiOperation({
    summary: 'Rename a service',
    description: 'Its keys change with it. Records keep the name that the service had at that moment.',
  })
  @ApiOkResponse({ type: ServiceView })
  rename(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() { name }: NameService): Promise<ServiceView> {
    return this.owners.rename(actor, 'service', { id, name });
  }

  @Post(':id/merge')
  @HttpCode(200)
  @Access('keys:write')
  @ApiOperation({
    summary: 'Merge a service into another',
    description: 'Its keys go to the other one, and it is taken off the list. Records keep the name of their moment.',
  })
  @ApiOkResponse({ type: ServiceView })
  merge(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() { into }: MergeService): Promise<ServiceView> {
    return this.owners.merge(actor, 'service', { id, into });
  }
}
