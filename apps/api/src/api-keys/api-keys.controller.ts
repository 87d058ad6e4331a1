import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { keyStates } from '@pinebill/contract';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ChangeApiKey, CreateApiKey, KeyPage, KeyView, MintedKey, RevokeApiKey, Revocation } from './api-keys.dto';
import { ApiKeysService } from './api-keys.service';

const flags = ['true', 'false'];
const state = {
  name: 'state',
  description: `Only keys in these states, separated by commas: ${keyStates.join(', ')}.`,
  example: 'active,expiring',
};
const rotationDue = { name: 'rotationDue', description: 'Only keys whose rotation is due, or is not.', example: 'true', enum: flags };
const idle = { name: 'idle', description: 'Only keys without an accepted request for 30 days, or with one.', example: 'true', enum: flags };

@ApiTags('API keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Get()
  @Access('keys:read')
  @RecordedQuery(state, rotationDue, idle, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List API keys' })
  @ApiOkResponse({ type: KeyPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<KeyPage> {
    return this.keys.list(actor, query);
  }

  @Post()
  @Access('keys:write')
  @Creates('/v1/api-keys', { redact: (body) => ({ ...body, secret: null }) })
  @Refuses('name_taken', 'plan_required')
  @ApiOperation({
    summary: 'Create an API key',
    description: 'The answer shows the secret, once. With `replaces`, the new key inherits from a key of any state.',
  })
  @ApiCreatedResponse({ type: MintedKey })
  mint(@CurrentActor() actor: Actor, @Body() body: CreateApiKey): Promise<MintedKey> {
    return this.keys.mint(actor, body);
  }

  @Get(':id')
  @Access('keys:read')
  @ApiOperation({ summary: 'Get an API key' })
  @ApiOkResponse({ type: KeyView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<KeyView> {
    return this.keys.get(actor, id);
  }

  @Patch(':id')
  @Access('keys:write')
  @Refuses('name_taken', 'plan_required', 'illegal_transition', 'would_lock_out')
  @ApiOperation({
    summary: 'Change an API key: what it is called, what it may do, and from where',
    description:
      'Only what is given changes; it holds at once, in every process within moments. A key that is over keeps what it was allowed.',
  })
  @ApiOkResponse({ type: KeyView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeApiKey): Promise<KeyView> {
    return this.keys.change(actor, id, body);
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @WorksDuringMaintenance('A key that has leaked must be revoked when it is noticed.')
  @Access('keys:write')
  @Refuses('incident_state')
  @ApiOperation({
    summary: 'Revoke an API key',
    description:
      'Final. The very next call with the key is refused. Repeating it keeps the first time and reason. With `incidentId` it contains that incident.',
  })
  @ApiOkResponse({ type: Revocation })
  revoke(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: RevokeApiKey): Promise<Revocation> {
    return this.keys.revoke(actor, id, body);
  }
}
