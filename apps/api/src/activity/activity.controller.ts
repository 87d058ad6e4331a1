import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { ActivityPage } from './activity.dto';
import { Activity } from './activity.service';
import { activityTargets } from './activity-targets';

const parameters = [
  {
    name: 'action',
    description:
      'What happened: one or more, separated by commas; `api_key.*` is everything about keys. A leading `!` leaves them out. Once plain and once negated, both hold.',
    example: 'api_key.*,member.role_changed',
  },
  { name: 'actorId', description: 'Only what this person or key did.', example: 'usr_01kaxvz3k5e7hs0q4mm2m1bqge' },
  { name: 'targetType', description: 'Only what was done to a thing of this kind.', example: 'apiKey', enum: activityTargets },
  { name: 'targetId', description: 'Only what was done to this thing.', example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' },
  { name: 'ip', description: 'From this address or network. A leading `!` leaves it out.', example: '192.0.2.0/24' },
] as const;

@ApiTags('Activity')
@Controller('v1/activity')
export class ActivityController {
  constructor(private readonly activity: Activity) {}

  @Get()
  @Access('activity:read')
  @RecordedQuery('from', 'to', ...parameters, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List what people changed' })
  @ApiOkResponse({ type: ActivityPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<ActivityPage> {
    return this.activity.list(actor, query);
  }
}
