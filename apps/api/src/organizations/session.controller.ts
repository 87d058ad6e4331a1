import { Body, Controller, Delete, Get, HttpCode, Post, Put, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, CurrentActor, Public } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ChooseOrganization, SessionView, StartSession } from './organizations.dto';
import { SessionsService } from './sessions.service';
import { SignInService } from './sign-in.service';

@ApiTags('Session')
@Controller('v1/session')
export class SessionController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly signIn: SignInService,
  ) {}

  @Post()
  @HttpCode(200)
  @WorksDuringMaintenance('Whoever must revoke a key has to get in first; a session is no change to the data that is being maintained.')
  @Public('Signing in is how a person gets credentials; guesses are throttled.')
  @Refuses('invalid_credentials', 'second_factor_required', 'rate_limited')
  @ApiOperation({
    summary: 'Sign in',
    description:
      'Sets the session cookie. A wrong password and an unknown e-mail address are answered alike. 10 failures in 15 minutes: 429. When the password is right and the account has a second factor, a call without `code` is answered 401 `second_factor_required`.',
  })
  @ApiOkResponse({ type: SessionView })
  start(@Body() body: StartSession, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<SessionView> {
    return this.signIn.start(body, { request, reply });
  }

  @Get()
  @Access('signed-in')
  @ApiOperation({ summary: 'Get the own session' })
  @ApiOkResponse({ type: SessionView })
  current(@CurrentActor() actor: Actor): Promise<SessionView> {
    return this.sessions.current(actor);
  }

  @Delete()
  @HttpCode(204)
  @WorksDuringMaintenance('A session that its person wants ended must not stay open until the maintenance is over.')
  @Access('signed-in')
  @ApiOperation({ summary: 'Sign out', description: 'The session ends on the server; the cookie is worth nothing afterwards.' })
  @ApiNoContentResponse({ description: 'Signed out' })
  end(@CurrentActor() actor: Actor, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    return this.sessions.end(actor, reply);
  }

  @Put('organization')
  @WorksDuringMaintenance('The key that must be revoked may be one of another organization of the same person.')
  @Access('signed-in')
  @Refuses('resource_not_found')
  @ApiOperation({ summary: 'Work in another organization', description: 'One of those that the person is a member of.' })
  @ApiOkResponse({ type: SessionView })
  choose(@CurrentActor() actor: Actor, @Body() body: ChooseOrganization, @Req() request: FastifyRequest): Promise<SessionView> {
    return this.sessions.choose(actor, body, request);
  }
}
