import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { MeService } from './me.service';
import { ChangeMe, ChangePassword, OwnSessionPage, SessionUser } from './organizations.dto';

@ApiTags('Me')
@Controller('v1/me')
export class MeController {
  constructor(private readonly me: MeService) {}

  @Patch()
  @Access('signed-in')
  @ApiOperation({ summary: 'Change the own profile' })
  @ApiOkResponse({ type: SessionUser })
  change(@CurrentActor() actor: Actor, @Body() body: ChangeMe): Promise<SessionUser> {
    return this.me.change(actor, body);
  }

  @Put('password')
  @HttpCode(204)
  @WorksDuringMaintenance(
    'Somebody with a password that another person chose can do nothing before, not even revoke; and a known password must be changed.',
  )
  @Access('signed-in')
  @Refuses('rate_limited')
  @ApiOperation({ summary: 'Change the own password', description: 'Ends all other sessions.' })
  @ApiNoContentResponse({ description: 'Changed' })
  changePassword(@CurrentActor() actor: Actor, @Body() body: ChangePassword): Promise<void> {
    return this.me.changePassword(actor, body);
  }

  @Get('sessions')
  @Access('signed-in')
  @RecordedQuery('limit', 'cursor')
  @ApiOperation({ summary: 'List the own sessions', description: 'Where the person is signed in, in every organization; newest first.' })
  @ApiOkResponse({ type: OwnSessionPage })
  listSessions(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<OwnSessionPage> {
    return this.me.listSessions(actor, query);
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @WorksDuringMaintenance('A stolen session must be ended when it is noticed.')
  @Access('signed-in')
  @ApiOperation({ summary: 'End one of the own sessions' })
  @ApiNoContentResponse({ description: 'Ended' })
  endSession(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.me.endSession(actor, id);
  }
}
