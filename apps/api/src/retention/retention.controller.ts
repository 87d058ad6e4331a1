import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { CertificatesService } from './certificates.service';
import { HoldsService } from './holds.service';
import { RecordRetentionService } from './record-retention.service';
import { CreateHold, HoldPage, HoldView, PurgeCertificatePage, RecordRetention, ReleaseHold } from './retention.dto';

@ApiTags('Plan and retention')
@Controller('v1')
export class RetentionController {
  constructor(
    private readonly holds: HoldsService,
    private readonly certificates: CertificatesService,
    private readonly records: RecordRetentionService,
  ) {}

  @Post('holds')
  @Access('holds:write')
  @Creates('/v1/holds')
  @Refuses('too_many_holds')
  @ApiOperation({
    summary: 'Hold records against the purge',
    description:
      'What it describes is not deleted as long as it lasts, whatever plan and retention say. What is shown does not change: a record that the plan no longer shows is kept, and not shown.',
  })
  @ApiCreatedResponse({ type: HoldView })
  hold(@CurrentActor() actor: Actor, @Body() body: CreateHold): Promise<HoldView> {
    return this.holds.create(actor, body);
  }

  @Get('holds')
  @Access('holds:read')
  @RecordedQuery('limit', 'cursor', 'order')
  @ApiOperation({
    summary: 'List legal holds',
    description: 'Those that are over as well. Incidents hold records too, until the hold on them is released: see there.',
  })
  @ApiOkResponse({ type: HoldPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<HoldPage> {
    return this.holds.list(actor, query);
  }

  @Get('holds/:id')
  @Access('holds:read')
  @ApiOperation({ summary: 'Get a legal hold' })
  @ApiOkResponse({ type: HoldView })
  one(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<HoldView> {
    return this.holds.get(actor, id);
  }

  @Post('holds/:id/release')
  @HttpCode(200)
  @Access('holds:write')
  @Refuses('hold_released')
  @ApiOperation({ summary: 'Release a legal hold', description: 'For good. The next purge may take what it held.' })
  @ApiOkResponse({ type: HoldView })
  release(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ReleaseHold): Promise<HoldView> {
    return this.holds.release(actor, id, body);
  }

  @Get('purge-certificates')
  @Access('holds:read')
  @RecordedQuery('limit', 'cursor', 'order')
  @ApiOperation({
    summary: 'List purge certificates',
    description:
      'What was deleted by retention: how many records, which numbers, by which policy, when. Records that are there and records in certificates are together as many as were ever numbered.',
  })
  @ApiOkResponse({ type: PurgeCertificatePage })
  purged(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<PurgeCertificatePage> {
    return this.certificates.list(actor, query);
  }

  @Get('audit-logs/:id/retention')
  @Access('audit:read', { scope: 'audit:read' })
  @ApiOperation({
    summary: 'See how long a record stays',
    description: 'Until when it is shown, from when on it may be purged, and what holds it.',
  })
  @ApiOkResponse({ type: RecordRetention })
  retention(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<RecordRetention> {
    return this.records.get(actor, id);
  }
}
