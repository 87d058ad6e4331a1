import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Refuses } from '../platform/refuses.decorator';
import { OrganizationService } from './organization.service';
import { ChangeOrganization, OrganizationView, PlanView } from './organizations.dto';

@ApiTags('Organization')
@Controller('v1')
export class OrganizationController {
  constructor(private readonly organization: OrganizationService) {}

  @Get('organization')
  @Access('organization:read')
  @ApiOperation({ summary: 'Get the organization' })
  @ApiOkResponse({ type: OrganizationView })
  get(@CurrentActor() actor: Actor): Promise<OrganizationView> {
    return this.organization.get(actor);
  }

  @Patch('organization')
  @Access('organization:write')
  @Refuses('second_factor_enrolment_required')
  @ApiOperation({
    summary: 'Change name, limits or policies of the organization',
    description: 'Only what is given changes; a limit of null is that of the plan.',
  })
  @ApiOkResponse({ type: OrganizationView })
  change(@CurrentActor() actor: Actor, @Body() body: ChangeOrganization): Promise<OrganizationView> {
    return this.organization.change(actor, body);
  }

  @Get('plan')
  @Access('organization:read')
  @ApiOperation({ summary: 'Get the plan', description: 'What it includes, and the limits in force.' })
  @ApiOkResponse({ type: PlanView })
  plan(@CurrentActor() actor: Actor): Promise<PlanView> {
    return this.organization.plan(actor);
  }
}
