import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { ActivityPage } from './activity.dto';
import { Activity } from './activity.service';

const action = { name: 'action', description: 'Only this action.', example: 'api_key.revoked' };
const actorId = { name: 'actorId', description: 'Only what this person or key did.', example: 'usr_01kaxvz3k5e7hs0q4mm2m1bqge' };

@ApiTags('Activity')
@Controller('v1/activity')
export class ActivityController {
  constructor(private readonly activity: Activity) {}

  @Get()
  @Access('activity:read')
  @RecordedQuery('from', 'to', action, actorId, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List what people changed' })
  @ApiOkResponse({ type: ActivityPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<ActivityPage> {
    return this.activity.list(actor, query);
  }
}
