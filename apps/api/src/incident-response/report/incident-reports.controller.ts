import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access, CurrentActor } from '../../platform/access.decorator';
import type { Actor } from '../../platform/actor';
import { RecordedQuery } from '../../platform/recorded-query.decorator';
import { IncidentReports } from './incident-reports.service';
import { IncidentTemplate, IncidentTemplatePreview, PreviewIncidentTemplate, SetIncidentTemplate } from './incident-template.dto';
import { IncidentTemplates } from './incident-templates.service';
import { reportFormats } from './report-file';

const format = { name: 'format', description: '`json` when left out: all facts and all rows, to be checked by a program.', example: 'pdf', enum: reportFormats } as const; // prettier-ignore
const shortenAddresses = {
  name: 'shortenAddresses',
  description: 'Addresses as their network: /24, or /48 of IPv6.',
  example: 'true',
  enum: ['true', 'false'],
} as const;
const file = { schema: { type: 'string' as const, format: 'binary' } };

/** What is kept of an incident when it is over, and what is handed to those who help. */
@ApiTags('Incidents')
@Controller('v1')
export class IncidentReportsController {
  constructor(
    private readonly reports: IncidentReports,
    private readonly templates: IncidentTemplates,
  ) {}

  @Get('incidents/:id/report')
  @Access('incidents:read')
  @RecordedQuery(format)
  @ApiOperation({
    summary: 'Download the report of an incident',
    description:
      'Steps, timeline, what was contained, services, extent, root cause, impact, lessons, notes, follow-ups and evidence, with the SHA-256 of each row, signed as exports are. ' +
      'The same facts give the same bytes. In PDF the JSON report is attached. `verify-export.mjs` checks the JSON.',
  })
  @ApiProduces('application/json', 'text/markdown', 'application/pdf')
  @ApiOkResponse(file)
  report(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: unknown,
    @Req() { method }: FastifyRequest,
  ): Promise<StreamableFile> {
    return this.reports.report(actor, id, query, method);
  }

  @Get('incidents/:id/support-packet')
  @Access('incidents:read')
  @RecordedQuery(format, shortenAddresses)
  @ApiOperation({
    summary: 'Download what support needs to know about an incident',
    description:
      'The report, redacted: people are their roles, values of queries are left out, and so is what looks like a secret or an e-mail address in any text. Names of keys and services stay. Read what people wrote before you send it.',
  })
  @ApiProduces('application/json', 'text/markdown', 'application/pdf')
  @ApiOkResponse(file)
  packet(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: unknown,
    @Req() { method }: FastifyRequest,
  ): Promise<StreamableFile> {
    return this.reports.packet(actor, id, query, method);
  }

  @Get('incident-template')
  @Access('incidents:read')
  @ApiOperation({ summary: 'Get the template of incident reports', description: 'Of Markdown and PDF, with all that it may hold.' })
  @ApiOkResponse({ type: IncidentTemplate })
  get(@CurrentActor() actor: Actor): Promise<IncidentTemplate> {
    return this.templates.get(actor);
  }

  @Put('incident-template')
  @Access('incidents:write')
  @ApiOperation({
    summary: 'Change the template of incident reports',
    description: 'A placeholder that is not known, or stands where it cannot, is 400 and named. `null` brings the standard template back.',
  })
  @ApiOkResponse({ type: IncidentTemplate })
  set(@CurrentActor() actor: Actor, @Body() body: SetIncidentTemplate): Promise<IncidentTemplate> {
    return this.templates.set(actor, body);
  }

  @Post('incident-template/preview')
  @HttpCode(200)
  @Access('incidents:write')
  @ApiOperation({ summary: 'Try a template of incident reports', description: 'With an incident that never was. Nothing is kept.' })
  @ApiOkResponse({ type: IncidentTemplatePreview })
  preview(@Body() body: PreviewIncidentTemplate): IncidentTemplatePreview {
    return this.templates.preview(body);
  }
}
