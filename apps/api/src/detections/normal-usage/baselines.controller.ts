import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { normalUsageStates } from '@pinebill/contract';
import { Access, CurrentActor } from '../../platform/access.decorator';
import type { Actor } from '../../platform/actor';
import { Creates } from '../../platform/creates.decorator';
import { RecordedQuery } from '../../platform/recorded-query.decorator';
import { Refuses } from '../../platform/refuses.decorator';
import { BaselinePage, BaselineView, ChangeBaseline, DraftBaseline } from './baselines.dto';
import { BaselinesService } from './baselines.service';

const apiKeyId = { name: 'apiKeyId', description: 'Of this API key.', example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' } as const;
const state = { name: 'state', description: 'One or more, separated by commas.', example: 'draft,approved', enum: normalUsageStates } as const; // prettier-ignore

/** For people alone: what is normal is theirs to say. */
@ApiTags('Detection')
@Controller('v1/baselines')
export class BaselinesController {
  constructor(private readonly baselines: BaselinesService) {}

  @Get()
  @Access('findings:read')
  @RecordedQuery(apiKeyId, state, 'limit', 'cursor', 'order')
  @ApiOperation({
    summary: 'List normal usage',
    description: 'Of keys and of the organization, all versions; the latest drafts come first.',
  })
  @ApiOkResponse({ type: BaselinePage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<BaselinePage> {
    return this.baselines.list(actor, query);
  }

  @Post()
  @Access('findings:write')
  @Creates('/v1/baselines')
  @Refuses('resource_not_found', 'draft_exists')
  @ApiOperation({
    summary: 'Draft normal usage',
    description:
      'From the log (hours, networks, programs, endpoints, rate and countries of what succeeded in the last four weeks, without the networks and countries of open findings), or from the version in force. Nothing goes by it before it is approved.',
  })
  @ApiCreatedResponse({ type: BaselineView })
  draft(@CurrentActor() actor: Actor, @Body() body: DraftBaseline): Promise<BaselineView> {
    return this.baselines.draft(actor, body);
  }

  @Get(':id')
  @Access('findings:read')
  @ApiOperation({ summary: 'Get one version of normal usage' })
  @ApiOkResponse({ type: BaselineView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<BaselineView> {
    return this.baselines.get(actor, id);
  }

  @Patch(':id')
  @Access('findings:write')
  @Refuses('illegal_transition')
  @ApiOperation({ summary: 'Change a draft of normal usage', description: 'A part that is null is not described: what is learnt holds.' })
  @ApiOkResponse({ type: BaselineView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeBaseline): Promise<BaselineView> {
    return this.baselines.change(actor, id, body);
  }

  @Post(':id/approve')
  @HttpCode(200)
  @Access('findings:write')
  @Refuses('illegal_transition')
  @ApiOperation({
    summary: 'Approve a draft of normal usage',
    description: 'Detection goes by it within seconds. The version before stays readable, with who approved it and when.',
  })
  @ApiOkResponse({ type: BaselineView })
  approve(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<BaselineView> {
    return this.baselines.approve(actor, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Access('findings:write')
  @Refuses('illegal_transition')
  @ApiOperation({ summary: 'Delete a draft of normal usage', description: 'What was approved stays.' })
  @ApiNoContentResponse()
  async remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    await this.baselines.remove(actor, id);
  }
}
