import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../platform/access.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { CompletePasswordReset, PasswordResetRequested, RequestPasswordReset } from './password-resets.dto';
import { PasswordRequestsService } from './password-requests.service';
import { PasswordResetsService } from './password-resets.service';
import { SessionsService } from './sessions.service';

@ApiTags('Session')
@Controller('v1/password-resets')
export class PasswordResetsController {
  constructor(
    private readonly requests: PasswordRequestsService,
    private readonly resets: PasswordResetsService,
    private readonly sessions: SessionsService,
  ) {}

  @Post()
  @HttpCode(202)
  @Public('Who forgot their password has no credentials; requests are throttled, and the answer tells nothing of accounts.')
  @Refuses('rate_limited')
  @ApiOperation({
    summary: 'Ask for a link to choose a new password',
    description:
      'Answered alike, and in the same time, whether or not there is such an account. The link is mailed; it works once, within an hour.',
  })
  @ApiAcceptedResponse({ type: PasswordResetRequested })
  request(@Body() { email }: RequestPasswordReset, @Req() request: FastifyRequest): Promise<PasswordResetRequested> {
    return this.requests.request(email, request);
  }

  /** The parameter is called `token`, so the record of the call does not show it. */
  @Post(':token/complete')
  @HttpCode(204)
  @Public('Who forgot their password has no credentials; the token of the link stands for them.')
  @Refuses('reset_link_over', 'resource_not_found')
  @ApiOperation({
    summary: 'Choose a new password',
    description: 'Ends every session of the person and opens none: sign in afterwards. Once, within an hour; then 410.',
  })
  @ApiNoContentResponse({ description: 'The new password is in force' })
  complete(@Param('token') token: string, @Body() { password }: CompletePasswordReset, @Req() request: FastifyRequest): Promise<void> {
    return this.resets.complete(token, password, this.sessions.origin(request));
  }
}
