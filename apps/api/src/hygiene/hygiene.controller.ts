import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { BulkRevocationService } from './bulk-revocation.service';
import { BulkRevocation, HygieneView, RevokeApiKeys } from './hygiene.dto';
import { HygieneService } from './hygiene.service';

@ApiTags('API keys')
@Controller('v1/api-keys')
export class HygieneController {
  constructor(
    private readonly hygiene: HygieneService,
    private readonly bulk: BulkRevocationService,
  ) {}

  @Get('hygiene')
  @Access('keys:read')
  @ApiOperation({
    summary: 'List the API keys that need somebody, and why',
    description: 'In sections, in the order to work them off, each key with what helps. A key may stand in several.',
  })
  @ApiOkResponse({ type: HygieneView })
  report(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<HygieneView> {
    return this.hygiene.report(actor, query);
  }

  @Post('revoke')
  @HttpCode(200)
  @WorksDuringMaintenance('Keys that have leaked must be revoked when it is noticed.')
  @Access('keys:write')
  @Refuses('resource_not_found')
  @ApiOperation({
    summary: 'Revoke several API keys, or preview it',
    description: 'All of them or, when one id is not there, none. With `dryRun` it is only said who would be refused from then on.',
  })
  @ApiOkResponse({ type: BulkRevocation })
  revoke(@CurrentActor() actor: Actor, @Body() body: RevokeApiKeys): Promise<BulkRevocation> {
    return this.bulk.revoke(actor, body);
  }
}
