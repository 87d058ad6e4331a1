import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../platform/access.decorator';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ConsoleOrigin } from './console-origin.decorator';
import { SessionView } from './organizations.dto';
import { OidcService } from './oidc.service';
import { ConfirmSecondFactor } from './second-factor.dto';

const redirect = { status: 303, description: 'Goes on at `Location`' } as const;

@ApiTags('Session')
@Controller('v1/session/oidc')
export class OidcController {
  constructor(private readonly oidc: OidcService) {}

  @Get('start')
  @Public('Signing in is how a person gets credentials; this only leads to the provider.')
  @Refuses('resource_not_found')
  @ApiOperation({ summary: 'Sign in at the OpenID provider', description: 'For browsers. 404 when no provider is set up.' })
  @ApiResponse(redirect)
  async start(
    @ConsoleOrigin() origin: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    leadTo(reply, await this.oidc.start(origin, { request, reply }));
  }

  /**
   * `query` is not looked at here and its names are not declared, so the record shows none of its values. Unknown ones are not refused:
   * a client must ignore them (RFC 6749, section 4.1.2).
   */
  @Get('callback')
  @Public('The provider sends the person back here; the code in the query and the sealed cookie stand for them.')
  @Refuses('resource_not_found')
  @ApiOperation({
    summary: 'Come back from the OpenID provider',
    description: 'For browsers. Sets the session cookie and leads into the console; what fails leads to the sign-in page, which says why.',
  })
  @ApiResponse(redirect)
  async callback(@Query() _query: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    leadTo(reply, await this.oidc.finish({ request, reply }));
  }

  @Post('code')
  @HttpCode(200)
  @WorksDuringMaintenance('Whoever must revoke a key has to get in first; a session is no change to the data that is being maintained.')
  @Public('The sealed cookie says who came back from the provider; the code is what is still missing.')
  @Refuses('invalid_credentials', 'no_session', 'rate_limited', 'resource_not_found')
  @ApiOperation({
    summary: 'Send the code of the second factor after the provider',
    description: 'Where the account has one, and the provider did not say that one was used there.',
  })
  @ApiOkResponse({ type: SessionView })
  code(
    @Body() { code }: ConfirmSecondFactor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionView> {
    return this.oidc.code(code, { request, reply });
  }
}

function leadTo(reply: FastifyReply, location: string): void {
  void reply.status(303).header('location', location);
}
