import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ConfirmSecondFactor, ProvePerson, RecoveryCodes, SecondFactorEnrolment, SecondFactorView } from './second-factor.dto';
import { SecondFactorService } from './second-factor.service';

const ADMIN_FIRST = 'An admin who must have a second factor can do nothing before, not even revoke.';

@ApiTags('Me')
@Controller('v1/me/second-factor')
export class SecondFactorController {
  constructor(private readonly factor: SecondFactorService) {}

  @Get()
  @Access('signed-in')
  @ApiOperation({ summary: 'Get the own second factor' })
  @ApiOkResponse({ type: SecondFactorView })
  get(@CurrentActor() actor: Actor): Promise<SecondFactorView> {
    return this.factor.get(actor);
  }

  @Post()
  @HttpCode(200)
  @WorksDuringMaintenance(ADMIN_FIRST)
  @Access('signed-in')
  @Refuses('second_factor_exists')
  @ApiOperation({
    summary: 'Begin to set up a second factor',
    description: 'A secret for an authenticator app (TOTP, RFC 6238). It protects nothing until a code of it was confirmed.',
  })
  @ApiOkResponse({ type: SecondFactorEnrolment })
  enrol(@CurrentActor() actor: Actor): Promise<SecondFactorEnrolment> {
    return this.factor.enrol(actor);
  }

  @Post('confirm')
  @HttpCode(200)
  @WorksDuringMaintenance(ADMIN_FIRST)
  @Access('signed-in')
  @Refuses('second_factor_exists')
  @ApiOperation({
    summary: 'Switch the second factor on',
    description: 'Answers the recovery codes, this once. The session gets a new cookie; the other sessions of the person end.',
  })
  @ApiOkResponse({ type: RecoveryCodes })
  confirm(
    @CurrentActor() actor: Actor,
    @Body() body: ConfirmSecondFactor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecoveryCodes> {
    return this.factor.confirm(actor, body, { request, reply });
  }

  @Delete()
  @HttpCode(204)
  @Access('signed-in')
  @Refuses('illegal_transition', 'rate_limited')
  @ApiOperation({
    summary: 'Remove the own second factor',
    description:
      'With a code of the app, or a recovery code; the password does not do. The session gets a new cookie; the other sessions of the person end.',
  })
  @ApiNoContentResponse({ description: 'Removed' })
  remove(
    @CurrentActor() actor: Actor,
    @Body() body: ProvePerson,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    return this.factor.remove(actor, body, { request, reply });
  }

  @Post('recovery-codes')
  @HttpCode(200)
  @Access('signed-in')
  @Refuses('illegal_transition', 'rate_limited')
  @ApiOperation({
    summary: 'Make new recovery codes',
    description: 'With a code of the app, or a recovery code. The earlier ones are void.',
  })
  @ApiOkResponse({ type: RecoveryCodes })
  renewRecoveryCodes(@CurrentActor() actor: Actor, @Body() body: ProvePerson): Promise<RecoveryCodes> {
    return this.factor.renewRecoveryCodes(actor, body);
  }
}
