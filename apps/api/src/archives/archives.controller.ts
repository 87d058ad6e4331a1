import { Body, Controller, Get, HttpCode, Post, Put, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ArchiveSearch } from './archive-search.service';
import { ArchiveFindings, ArchivePage, ArchiveSetting, ArchiveSettingView, SearchArchives } from './archives.dto';
import { ArchivesService } from './archives.service';

@ApiTags('Plan and retention')
@Controller('v1')
export class ArchivesController {
  constructor(
    private readonly archives: ArchivesService,
    private readonly archiveSearch: ArchiveSearch,
  ) {}

  @Get('archives')
  @Access('holds:read')
  @RecordedQuery('limit', 'cursor', 'order')
  @ApiOperation({
    summary: 'List archives',
    description: 'Of what was purged, or will be: each file with its place, rows and sum, and whether it was verified.',
  })
  @ApiOkResponse({ type: ArchivePage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<ArchivePage> {
    return this.archives.list(actor, query);
  }

  @Post('archives/search')
  @HttpCode(200)
  @Access('audit:read')
  @Refuses('resource_not_found', 'invalid_cursor', 'upstream_error', 'overload')
  @ApiOperation({
    summary: 'Look into archives',
    description:
      'The newest 12 archives of the period, or those of 1 GiB, are brought back and looked through; takes seconds. `nextCursor` goes on: in the same archives where there is more than `limit`, then in older ones.',
  })
  @ApiOkResponse({ type: ArchiveFindings })
  search(
    @CurrentActor() actor: Actor,
    @Body() body: SearchArchives,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ArchiveFindings> {
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    return this.archiveSearch.search(actor, body, left.signal);
  }

  @Get('archive-setting')
  @Access('holds:read')
  @ApiOperation({ summary: 'See where records are archived to before they are purged' })
  @ApiOkResponse({ type: ArchiveSettingView })
  setting(@CurrentActor() actor: Actor): Promise<ArchiveSettingView> {
    return this.archives.setting(actor);
  }

  @Put('archive-setting')
  @Access('holds:write')
  @ApiOperation({
    summary: 'Say where records are archived to before they are purged',
    description:
      'With a destination the purge waits for a verified archive of what it would take. Null: it does not wait, and archives that are there stay.',
  })
  @ApiOkResponse({ type: ArchiveSettingView })
  set(@CurrentActor() actor: Actor, @Body() body: ArchiveSetting): Promise<ArchiveSettingView> {
    return this.archives.set(actor, body);
  }
}
