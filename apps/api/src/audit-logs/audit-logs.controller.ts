import { Controller, Get, Param, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import { bucketEndsMs } from '@pinebill/nestjs-audit';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../platform/actor';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { StillAdmitted, type Standing } from '../platform/standing';
import { AddressView } from './addresses.dto';
import { AddressesService } from './addresses.service';
import { LogPage, LogRecord } from './audit-logs.dto';
import { AuditLogsService } from './audit-logs.service';
import { DirectDownload } from './direct-download.service';
import { groupBy, interval, logParameters } from './log-parameters';
import { directFormats, isDirect } from './log-query';
import { LogStats } from './log-stats.dto';
import { LogStatsService } from './log-stats.service';
import { LogTails } from './tail/log-tails.service';
import { readTailQuery } from './tail/tail-query';

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
    private readonly figures: LogStatsService,
    private readonly tails: LogTails,
    private readonly direct: DirectDownload,
    private readonly addresses: AddressesService,
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
  list(@CurrentActor() actor: Actor, @Query() query: unknown, @Req() { method }: FastifyRequest): Promise<LogPage | StreamableFile> {
    return isDirect(query) ? this.direct.open(actor, query, method) : this.logs.list(actor, query);
  }

  @Get('stats')
  @Access('audit:read', { scope: 'audit:read' })
  @RecordedQuery(groupBy, interval, 'from', 'to', ...logParameters, 'limit')
  @ApiOperation({
    summary: 'Count the requests of the organization',
    description:
      'Requests, errors, bytes and durations, by interval and group, with the filter of the list. Sums are kept with every record by key, route, status, ' +
      'country and address: a filter on one of these (and on `actorType`), grouped by the same or by nothing, is answered from them for any period. Any other is counted over ' +
      'the records themselves, the newest 500,000 at most; `exact` and `countedFrom` say so. Percentiles come from a histogram with the steps ' +
      `${bucketEndsMs.join(', ')} ms: the true value lies in the same step, so up to 2 ms the one told is off by less than 1 ms, up to 2.5 s by a factor of 2.5 at the very most, and up to 10 s by 4; ` +
      'what took longer is told as 10,000. `limit` is how many groups are told apart, the busiest; all others stand together as `*`.',
  })
  @ApiOkResponse({ type: LogStats })
  count(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<LogStats> {
    return this.figures.stats(actor, query);
  }

  @Get('stream')
  @Access('audit:read', { scope: 'audit:read' })
  @RecordedQuery('from', 'to', ...logParameters)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last id that was seen; the stream goes on after it.',
    schema: { type: 'string', example: '48213' },
  })
  @ApiProduces('text/event-stream')
  @ApiOperation({
    summary: 'Follow the requests of the organization as they come',
    description:
      'Server-sent events, with the filter of the list. `event: record`: its data is a record as the list has it, its id the place in the sequence. Records come in this order, ' +
      'none is missed and none repeated, also over a cut: a client that comes back with `Last-Event-ID` is told what it missed first; without it the stream begins now. ' +
      '`event: gap` (`{ from, to, cause }`, places in the sequence): records that cannot be told any more, because the plan no longer shows them (`retention`), or because the id is ' +
      'not of this log (`unknownId`). A comment comes every 15 seconds. The stream ends when the session, the role or the key does, when the reader does not read, and when the server stops.',
  })
  @ApiOkResponse({
    description: 'The stream.',
    content: { 'text/event-stream': { schema: { type: 'string', example: 'event: record\nid: 48213\ndata: {"id":"log_..."}\n\n' } } },
  })
  follow(
    @CurrentActor() actor: Actor,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @StillAdmitted() standing: Standing,
  ): Promise<void> {
    return this.tails.open(actor, { ...readTailQuery(query, request.headers['last-event-id']), standing }, reply);
  }

  @Get('addresses/:ip')
  @Access('audit:read', { scope: 'audit:read' })
  @RecordedQuery('from', 'to')
  @ApiParam({ name: 'ip', description: 'An address, or a network of /24 (IPv6: /64), its slash written as `%2F`.', example: '203.0.113.7' })
  @ApiOperation({
    summary: 'What is known of an address or its network',
    description:
      'Within the retention of the plan, from the first request of the period to the last. Mapped forms such as `::ffff:203.0.113.7` are the address that they mean.',
  })
  @ApiOkResponse({ type: AddressView })
  address(@CurrentActor() actor: Actor, @Param('ip') ip: string, @Query() query: unknown): Promise<AddressView> {
    return this.addresses.about(actor, ip, query);
  }

  @Get(':id')
  @Access('audit:read', { scope: 'audit:read' })
  @ApiOperation({ summary: 'Get one record' })
  @ApiOkResponse({ type: LogRecord })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<LogRecord> {
    return this.logs.get(actor, id);
  }
}
