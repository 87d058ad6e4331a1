import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../platform/access.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { JoiningService } from './joining.service';
import { AcceptInvitation, SessionView } from './organizations.dto';

@ApiTags('Members')
@Controller('v1/invitations')
export class InvitationsController {
  constructor(private readonly joining: JoiningService) {}

  /** The parameter is called `token`, so the record of the call does not show it. */
  @Post(':token/accept')
  @HttpCode(200)
  @Public('Who is invited has no credentials yet; the token of the link stands for them.')
  @Refuses('invalid_credentials', 'second_factor_required', 'email_taken', 'already_accepted', 'invitation_expired', 'rate_limited')
  @ApiOperation({
    summary: 'Accept an invitation',
    description: 'Signs in as well. Once, within 7 days; then 410. Who has an account already gives its password.',
  })
  @ApiOkResponse({ type: SessionView })
  accept(
    @Param('token') token: string,
    @Body() body: AcceptInvitation,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionView> {
    return this.joining.accept(token, body, { request, reply });
  }
}
