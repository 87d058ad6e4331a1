import { Body, Controller, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Idempotent } from '../platform/creates.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { FoundingService } from './founding.service';
import { OrganizationService } from './organization.service';
import { ChangeOrganization, FoundOrganization, OrganizationView } from './organizations.dto';

@ApiTags('Organization')
@Controller('v1')
export class OrganizationController {
  constructor(
    private readonly organization: OrganizationService,
    private readonly founding: FoundingService,
  ) {}

  @Post('organizations')
  @HttpCode(201)
  @Idempotent()
  @Access('organization:write')
  @Refuses('name_taken')
  @ApiOperation({
    summary: 'Make another organization',
    description:
      'For admins of the home organization. Whoever makes it is its first admin, and goes on working in it with `PUT /v1/session/organization`.',
  })
  @ApiCreatedResponse({ type: OrganizationView })
  found(@CurrentActor() actor: Actor, @Body() body: FoundOrganization): Promise<OrganizationView> {
    return this.founding.found(actor, body);
  }

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
}
