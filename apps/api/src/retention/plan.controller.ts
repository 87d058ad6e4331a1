import { Body, Controller, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Refuses } from '../platform/refuses.decorator';
import { ChangePlan, PlanPreview, PlanView, PreviewPlan } from './plan.dto';
import { PlanService } from './plan.service';

@ApiTags('Plan and retention')
@Controller('v1/plan')
export class PlanController {
  constructor(private readonly plan: PlanService) {}

  @Get()
  @Access('plan:read')
  @ApiOperation({
    summary: 'Get the plan',
    description:
      'What it includes, the limits in force, how much of them is used just now, what the log holds, and what each other plan would change.',
  })
  @ApiOkResponse({ type: PlanView })
  get(@CurrentActor() actor: Actor): Promise<PlanView> {
    return this.plan.get(actor);
  }

  @Post('preview')
  @HttpCode(200)
  @Access('plan:read')
  @ApiOperation({
    summary: 'See what another plan would change',
    description:
      'Changes nothing. How many records could no longer be read, from when to when, until when that can be taken back, and what stops working.',
  })
  @ApiOkResponse({ type: PlanPreview })
  preview(@CurrentActor() actor: Actor, @Body() body: PreviewPlan): Promise<PlanPreview> {
    return this.plan.preview(actor, body);
  }

  @Patch()
  @Access('plan:write')
  @Refuses('plan_locked', 'plan_change_unconfirmed')
  @ApiOperation({
    summary: 'Change the plan',
    description:
      'At once, in all processes. What the plan does not show can no longer be read; for 7 days nothing of it is purged, and changing back brings all of it back. A change that takes something away must be confirmed.',
  })
  @ApiOkResponse({ type: PlanView })
  change(@CurrentActor() actor: Actor, @Body() body: ChangePlan): Promise<PlanView> {
    return this.plan.change(actor, body);
  }
}
