import { Controller, Get, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { LogPage, LogRecord } from './audit-logs.dto';
import { AuditLogsService } from './audit-logs.service';
import { DirectDownload } from './direct-download.service';
import { logParameters } from './log-parameters';
import { directFormats, isDirect } from './log-query';

const format = {
  name: 'format',
  description: 'All of it as a file, oldest first, for up to 10,000 records; without `limit`, `cursor` and `order`. Needs `audit:export`.',
  example: 'csv',
  enum: directFormats,
} as const;

@ApiTags('API logs')
@Controller('v1/audit-logs')
export class AuditLogsController {
  constructor(
    private readonly logs: AuditLogsService,
    private readonly direct: DirectDownload,
  ) {}

  @Get()
  @Access('audit:read', { scope: 'audit:read' })
  @RecordedQuery('from', 'to', ...logParameters, 'limit', 'cursor', 'order', format)
  @Refuses('too_many_rows')
  @ApiProduces('application/json', 'text/csv', 'application/jsonl')
  @ApiOperation({
    summary: 'List the requests of the organization',
    description:
      'By (`startedAt`, `id`), newest first. A list of values is separated by commas (or); a leading `!` negates the whole list; a parameter may ' +
      'occur once plain and once negated, both hold; `\\,` `\\*` `\\!` escape. Without `from` it begins where the retention of the plan begins.',
  })
  @ApiOkResponse({ type: LogPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<LogPage | StreamableFile> {
    return isDirect(query) ? this.direct.open(actor, query) : this.logs.list(actor, query);
  }

  @Get(':id')
  @Access('audit:read', { scope: 'audit:read' })
  @ApiOperation({ summary: 'Get one record' })
  @ApiOkResponse({ type: LogRecord })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<LogRecord> {
    return this.logs.get(actor, id);
  }
}
