import { Body, Controller, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Refuses } from '../platform/refuses.decorator';
import { ChangeRestrictions, PreviewRestrictions, RestrictionsPreview, RestrictionsView } from './restrictions.dto';
import { RestrictionsService } from './restrictions.service';

@ApiTags('Organization')
@Controller('v1/restrictions')
export class RestrictionsController {
  constructor(private readonly restrictions: RestrictionsService) {}

  @Get()
  @Access('organization:read')
  @ApiOperation({
    summary: 'Get from where the keys of the organization may call',
    description: "It holds for every API key, beside the key's own rule: a call must be let in by both. People are not restricted.",
  })
  @ApiOkResponse({ type: RestrictionsView })
  get(@CurrentActor() actor: Actor): Promise<RestrictionsView> {
    return this.restrictions.get(actor);
  }

  @Put()
  @Access('organization:write')
  @Refuses('plan_required', 'would_lock_out')
  @ApiOperation({
    summary: 'Set from where the keys of the organization may call',
    description:
      'The whole rule: what is left out is not limited, but for `deniedCidrs`, which then stays as it is. It holds at once, in every process within moments.',
  })
  @ApiOkResponse({ type: RestrictionsView })
  change(@CurrentActor() actor: Actor, @Body() body: ChangeRestrictions): Promise<RestrictionsView> {
    return this.restrictions.change(actor, body);
  }

  @Post('preview')
  @HttpCode(200)
  @Access('organization:write')
  @Refuses('plan_required', 'resource_not_found')
  @ApiOperation({
    summary: 'See what a restriction would have refused',
    description: 'Over the requests of the last 30 days that were let in. Nothing is changed.',
  })
  @ApiOkResponse({ type: RestrictionsPreview })
  preview(@CurrentActor() actor: Actor, @Body() body: PreviewRestrictions): Promise<RestrictionsPreview> {
    return this.restrictions.preview(actor, body);
  }
}
