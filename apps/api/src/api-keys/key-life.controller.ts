import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { KeyView, MintedKey } from './api-keys.dto';
import { CutOverView, HoldApiKey, RotateApiKey, UsageView } from './key-life.dto';
import { KeyLifeService } from './key-life.service';
import { KeyUsageService } from './key-usage.service';

const days = {
  name: 'days',
  description: 'How many days before the successor was made the callers of the old key are told from, 1 to 30.',
  example: '7',
};
const interval = { name: 'interval', description: 'Length of an interval of the history.', example: 'day', enum: ['hour', 'day'] };

@ApiTags('API keys')
@Controller('v1/api-keys')
export class KeyLifeController {
  constructor(
    private readonly life: KeyLifeService,
    private readonly usages: KeyUsageService,
  ) {}

  @Post(':id/rotate')
  @Access('keys:write')
  @Creates('/v1/api-keys', { redact: (body) => ({ ...body, secret: null }) })
  @Refuses('name_taken', 'already_rotated', 'key_has_ended', 'illegal_transition')
  @ApiOperation({
    summary: 'Rotate an API key',
    description:
      'Makes a successor with the same scopes, limits, networks, countries, service, team, environment and expiry, and shows its secret, once. The old key works for the overlap.',
  })
  @ApiCreatedResponse({ type: MintedKey })
  rotate(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: RotateApiKey): Promise<MintedKey> {
    return this.life.rotate(actor, id, body);
  }

  @Post(':id/disable')
  @HttpCode(200)
  @WorksDuringMaintenance('A key under suspicion must be stopped when it is noticed.')
  @Access('keys:write')
  @Refuses('key_has_ended')
  @ApiOperation({ summary: 'Switch an API key off', description: 'Every call with it is refused until it is enabled again.' })
  @ApiOkResponse({ type: KeyView })
  disable(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: HoldApiKey): Promise<KeyView> {
    return this.life.hold(actor, id, 'disable', body);
  }

  @Post(':id/quarantine')
  @HttpCode(200)
  @WorksDuringMaintenance('A key under suspicion must be stopped when it is noticed.')
  @Access('keys:write')
  @Refuses('key_has_ended', 'illegal_transition')
  @ApiOperation({ summary: 'Quarantine an API key', description: 'It can read, and nothing else, until it is enabled again.' })
  @ApiOkResponse({ type: KeyView })
  quarantine(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: HoldApiKey): Promise<KeyView> {
    return this.life.hold(actor, id, 'quarantine', body);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Access('keys:write')
  @Refuses('key_has_ended')
  @ApiOperation({ summary: 'Enable an API key', description: 'Ends that it is disabled or quarantined.' })
  @ApiOkResponse({ type: KeyView })
  enable(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: HoldApiKey): Promise<KeyView> {
    return this.life.hold(actor, id, 'enable', body);
  }

  @Get(':id/usage')
  @Access('keys:read')
  @RecordedQuery('from', 'to', interval)
  @ApiOperation({ summary: 'How an API key is used', description: 'Without `from` and `to`: the last 7 days.' })
  @ApiOkResponse({ type: UsageView })
  usage(@CurrentActor() actor: Actor, @Param('id') id: string, @Query() query: unknown): Promise<UsageView> {
    return this.usages.usage(actor, id, query);
  }

  @Get(':id/cutover')
  @Access('keys:read')
  @RecordedQuery(days)
  @ApiOperation({
    summary: 'Who has moved to the successor of an API key',
    description: 'Of a key that was rotated or replaced, or of its successor. Of any other key: who would break if it were revoked.',
  })
  @ApiOkResponse({ type: CutOverView })
  cutover(@CurrentActor() actor: Actor, @Param('id') id: string, @Query() query: unknown): Promise<CutOverView> {
    return this.usages.cutOver(actor, id, query);
  }
}
