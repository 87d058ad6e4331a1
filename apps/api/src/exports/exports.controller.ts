import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, CurrentActor, Public } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Accepts } from '../platform/creates.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { StillAdmitted, type Standing } from '../platform/standing';
import { SigningKeys, SigningKeysService } from '../signing-keys';
import { ExportDelivery } from './deliveries/deliveries.dto';
import { DeliveriesService } from './deliveries/deliveries.service';
import { shortNames } from './download';
import { DownloadsService } from './downloads.service';
import { CreateExport, exportStates, ExportPage, ExportView } from './exports.dto';
import { ExportsService } from './exports.service';

const state = { name: 'state', description: 'One or more, separated by commas.', example: 'queued,running', enum: exportStates } as const;
const file = {
  name: 'file',
  description: `Which one: a name that \`files\` shows, or one of ${shortNames.join(', ')}. Without it the data; of several files a tar of all.`,
  example: 'manifest',
} as const;

@ApiTags('Exports')
@Controller('v1/exports')
export class ExportsController {
  constructor(
    private readonly exports: ExportsService,
    private readonly downloads: DownloadsService,
    private readonly deliveries: DeliveriesService,
    private readonly keys: SigningKeysService,
  ) {}

  @Post()
  @Access('audit:export', { scope: 'audit:export' })
  @Accepts('/v1/exports')
  @Refuses('too_many_exports', 'person_required')
  @ApiOperation({
    summary: 'Ask for an export',
    description:
      'Of everything that the filter matches at the moment at which the work begins, complete or failed, never cut. Ask for it until its state is `ready`, then download it; its files are kept for 7 days, those of a schedule for as long as it says. Its manifest says what it holds, with the SHA-256 of each file, and is signed.',
  })
  @ApiAcceptedResponse({ type: ExportView })
  create(@CurrentActor() actor: Actor, @Body() body: CreateExport): Promise<ExportView> {
    return this.exports.create(actor, body);
  }

  @Get()
  @Access('audit:export', { scope: 'audit:export' })
  @RecordedQuery(state, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List the exports' })
  @ApiOkResponse({ type: ExportPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<ExportPage> {
    return this.exports.list(actor, query);
  }

  @Get('signing-keys')
  @Public('Whoever checks an export has no account here, and a public key is no secret.')
  @ApiOperation({ summary: 'Get the public keys of manifests', description: 'Newest first; all that have ever been used.' })
  @ApiOkResponse({ type: SigningKeys })
  signingKeys(): Promise<SigningKeys> {
    return this.keys.list();
  }

  @Get(':id')
  @Access('audit:export', { scope: 'audit:export' })
  @ApiOperation({ summary: 'Get an export' })
  @ApiOkResponse({ type: ExportView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ExportView> {
    return this.exports.get(actor, id);
  }

  @Get(':id/download')
  @Access('audit:export', { scope: 'audit:export' })
  @RecordedQuery(file)
  @Refuses('export_not_ready', 'export_expired', 'range_not_satisfiable', 'export_elsewhere')
  @ApiOperation({ summary: 'Download an export', description: 'Takes a Range header of one range (206), and If-Range.' })
  @ApiProduces(
    'text/csv',
    'application/jsonl',
    'application/json',
    'application/vnd.apache.parquet',
    'application/gzip',
    'application/x-tar',
  )
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  download(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @StillAdmitted() standing: Standing,
  ): Promise<StreamableFile> {
    return this.downloads.open(actor, id, query, { request, reply, standing });
  }

  @Post(':id/deliver')
  @HttpCode(200)
  @Access('audit:export', { scope: 'audit:export' })
  @ApiOperation({
    summary: 'Deliver an export again',
    description: 'Of a schedule that delivers: now, instead of at the next attempt, or after it was given up.',
  })
  @ApiOkResponse({ type: ExportDelivery })
  deliver(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ExportDelivery> {
    return this.deliveries.again(actor, id);
  }

  @Delete(':id')
  @Access('audit:export', { scope: 'audit:export' })
  @HttpCode(204)
  @ApiOperation({ summary: 'Cancel an export, or delete its files', description: 'That it was made, and its manifest, stay.' })
  @ApiNoContentResponse()
  async remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    await this.exports.remove(actor, id);
  }
}
