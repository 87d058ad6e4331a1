import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates, Idempotent } from '../platform/creates.decorator';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ConsoleOrigin } from './console-origin.decorator';
import { InvitationsService } from './invitations.service';
import { MembersService } from './members.service';
import { PasswordResetLink } from './password-resets.dto';
import { PasswordResetsService } from './password-resets.service';
import { ChangeMember, InvitedMember, InviteMember, MemberPage, MemberView } from './organizations.dto';

/** The link works once: it is not kept, and a replay cannot show it. */
const withoutLink = (body: Record<string, unknown>): Record<string, unknown> => ({ ...body, invitationUrl: null });

const withoutResetLink = (body: Record<string, unknown>): Record<string, unknown> => ({ ...body, resetUrl: null });

/** Anything beside it is a change like all others. */
const suspendsOnly = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Object.keys(body).length === 1 && (body as ChangeMember).suspended === true;

@ApiTags('Members')
@Controller('v1/members')
export class MembersController {
  constructor(
    private readonly members: MembersService,
    private readonly invitations: InvitationsService,
    private readonly resets: PasswordResetsService,
  ) {}

  @Get()
  @Access('members:read')
  @RecordedQuery('limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List members', description: 'With the open invitations, as `state: invited`.' })
  @ApiOkResponse({ type: MemberPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<MemberPage> {
    return this.members.list(actor, query);
  }

  @Post()
  @Access('members:write')
  @Refuses('email_taken')
  @Creates('/v1/members', { redact: withoutLink })
  @ApiOperation({
    summary: 'Invite a member',
    description: 'Mailed where the installation sends mail. `invitationUrl` is shown once, works once, and ends after 7 days.',
  })
  @ApiCreatedResponse({ type: InvitedMember })
  invite(@CurrentActor() actor: Actor, @Body() body: InviteMember, @ConsoleOrigin() origin: string): Promise<InvitedMember> {
    return this.invitations.invite(actor, body, origin);
  }

  @Patch(':id')
  @WorksDuringMaintenance(
    'Somebody whose account is in foreign hands must be suspended when it is noticed: `{"suspended": true}` alone.',
    suspendsOnly,
  )
  @Access('members:write')
  @Refuses('last_admin', 'illegal_transition')
  @ApiOperation({
    summary: 'Change the role of a member, suspend or reinstate them',
    description:
      'Their sessions end. The last admin stays one: 409 `last_admin`. An invitation cannot be suspended: 409 `illegal_transition`.',
  })
  @ApiOkResponse({ type: MemberView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeMember): Promise<MemberView> {
    return this.members.change(actor, id, body);
  }

  @Post(':id/invitation')
  @HttpCode(200)
  @Access('members:write')
  @Refuses('illegal_transition')
  @Idempotent({ redact: withoutLink })
  @ApiOperation({
    summary: 'Send an invitation again',
    description:
      'With a new link, for another 7 days; the one before is worth nothing any more. 409 `illegal_transition` when it was accepted.',
  })
  @ApiOkResponse({ type: InvitedMember })
  resend(@CurrentActor() actor: Actor, @Param('id') id: string, @ConsoleOrigin() origin: string): Promise<InvitedMember> {
    return this.invitations.resend(actor, id, origin);
  }

  @Post(':id/password-reset')
  @HttpCode(200)
  @Access('members:write')
  @Refuses('illegal_transition')
  @Idempotent({ redact: withoutResetLink })
  @ApiOperation({
    summary: 'Make a link with which a member chooses a new password',
    description:
      'Mailed to the member where the installation sends mail; otherwise shown once, to be handed over. It works once, within an hour. 409 `illegal_transition` for oneself, an invitation, somebody suspended, and somebody who belongs to another organization as well.',
  })
  @ApiOkResponse({ type: PasswordResetLink })
  resetPassword(@CurrentActor() actor: Actor, @Param('id') id: string, @ConsoleOrigin() origin: string): Promise<PasswordResetLink> {
    return this.resets.makeFor(actor, id, origin);
  }

  @Delete(':id/second-factor')
  @HttpCode(204)
  @Access('members:write')
  @Refuses('illegal_transition')
  @ApiOperation({
    summary: 'Remove the second factor of a member who has lost it',
    description:
      'Their sessions end; the password alone lets them in again. Of somebody who belongs to other organizations too: 409 `illegal_transition`.',
  })
  @ApiNoContentResponse({ description: 'Removed, or there was none' })
  resetSecondFactor(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.members.resetSecondFactor(actor, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Access('members:write')
  @Refuses('last_admin')
  @ApiOperation({
    summary: 'Remove a member, or withdraw an invitation',
    description: 'Their sessions end; keys that they created keep working. The last admin stays: 409 `last_admin`.',
  })
  @ApiNoContentResponse({ description: 'Removed' })
  remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.members.remove(actor, id);
  }
}
