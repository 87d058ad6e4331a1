import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ChangeSavedView, CreateSavedView, SavedView, SavedViewList } from './saved-views.dto';
import { SavedViewsService } from './saved-views.service';

/** For people alone: a view is theirs, and how a list looks concerns no program. */
@ApiTags('Saved views')
@Controller('v1/saved-views')
export class SavedViewsController {
  constructor(private readonly views: SavedViewsService) {}

  @Get()
  @Access('audit:read')
  @ApiOperation({ summary: 'List the saved views of the log', description: 'All of them: those of your own, and those that are shared.' })
  @ApiOkResponse({ type: SavedViewList })
  list(@CurrentActor() actor: Actor): Promise<SavedViewList> {
    return this.views.list(actor);
  }

  @Post()
  @Access('audit:read')
  @Creates('/v1/saved-views')
  @Refuses('name_taken', 'too_many_saved_views')
  @ApiOperation({
    summary: 'Save a view of the log',
    description: 'At most 100 by one person. A name is taken once among your own views, and once among the shared ones.',
  })
  @ApiCreatedResponse({ type: SavedView })
  create(@CurrentActor() actor: Actor, @Body() body: CreateSavedView): Promise<SavedView> {
    return this.views.create(actor, body);
  }

  @Get(':id')
  @Access('audit:read')
  @ApiOperation({ summary: 'Get one saved view' })
  @ApiOkResponse({ type: SavedView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<SavedView> {
    return this.views.get(actor, id);
  }

  @Patch(':id')
  @Access('audit:read')
  @Refuses('name_taken', 'too_many_saved_views')
  @ApiOperation({ summary: 'Change a saved view', description: 'By its maker; a shared one also by an admin.' })
  @ApiOkResponse({ type: SavedView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeSavedView): Promise<SavedView> {
    return this.views.change(actor, id, body);
  }

  @Delete(':id')
  @Access('audit:read')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a saved view', description: 'By its maker; a shared one also by an admin.' })
  @ApiNoContentResponse()
  async remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    await this.views.remove(actor, id);
  }

  @Put(':id/default')
  @Access('audit:read')
  @ApiOperation({
    summary: 'Open the log with this view',
    description: 'For whoever asks, in this organization. It takes the place of another.',
  })
  @ApiOkResponse({ type: SavedView })
  makeDefault(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<SavedView> {
    return this.views.makeDefault(actor, id);
  }

  @Delete(':id/default')
  @Access('audit:read')
  @HttpCode(204)
  @ApiOperation({ summary: 'Open the log without this view', description: 'For whoever asks. Nothing happens when it is not the default.' })
  @ApiNoContentResponse()
  async dropDefault(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    await this.views.dropDefault(actor, id);
  }
}
