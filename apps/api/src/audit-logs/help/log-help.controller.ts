/** What helps whoever reads the log: why a request ended as it did, and which errors are the same. */
import { Controller, Get, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../../platform/access.decorator';
import type { Actor } from '../../platform/actor';
import { RecordedQuery } from '../../platform/recorded-query.decorator';
import { ErrorGroups } from '../errors/error-groups.dto';
import { ErrorGroupsService } from '../errors/error-groups.service';
import { logParameters } from '../log-parameters';
import { LogHelp } from './log-help.dto';
import { LogHelpService } from './log-help.service';
import { SupportBundle } from './support-bundle.dto';
import { SupportBundleService } from './support-bundle.service';

@ApiTags('API logs')
@Controller('v1/audit-logs')
export class LogHelpController {
  constructor(
    private readonly logHelp: LogHelpService,
    private readonly bundles: SupportBundleService,
    private readonly groups: ErrorGroupsService,
  ) {}

  @Get('errors')
  @Access('audit:read', { scope: 'audit:read' })
  @RecordedQuery('from', 'to', ...logParameters, 'limit')
  @ApiOperation({
    summary: 'Group the errors of the organization',
    description:
      'Requests answered with 4xx or 5xx that the filter of the list finds, those of one route with one status for one reason together, the most frequent first. ' +
      'They are counted over the newest 500,000 records of the period at most; `exact` and `countedFrom` say so, and `total` has the errors of the whole period.',
  })
  @ApiOkResponse({ type: ErrorGroups })
  errors(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<ErrorGroups> {
    return this.groups.list(actor, query);
  }

  @Get(':id/help')
  @Access('audit:read', { scope: 'audit:read' })
  @ApiOperation({
    summary: 'Find out why a request ended as it did',
    description:
      'What its record alone does not tell: the operation, the scope that was lacking, the nearest route, whether the caller waited, whether a failure persists.',
  })
  @ApiOkResponse({ type: LogHelp })
  help(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<LogHelp> {
    return this.logHelp.help(actor, id);
  }

  @Get(':id/support-bundle')
  @Access('audit:read', { scope: 'audit:read' })
  @ApiOperation({
    summary: 'Download what support needs to know about a request',
    description:
      'A file for whoever helps. It has no name of a person or key, no value of a query and no whole address; bodies, headers and secrets are never recorded.',
  })
  @ApiOkResponse({ type: SupportBundle })
  bundle(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<StreamableFile> {
    return this.bundles.open(actor, id);
  }
}
