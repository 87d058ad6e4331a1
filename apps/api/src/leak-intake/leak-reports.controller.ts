import { Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access, CurrentActor, Public } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RawBody } from '../platform/raw-body.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { LeakedToken, LeakFeedback, LeakReportPage } from './leak-intake.dto';
import { LeakReportsService } from './leak-reports.service';
import { MOST_REPORTED } from './report-body';

const apiKeyId = { name: 'apiKeyId', description: 'Only of this key.', example: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng' } as const;

@ApiTags('Leaks')
@Controller('v1/leak-reports')
export class LeakReportsController {
  constructor(private readonly reports: LeakReportsService) {}

  @Post()
  @HttpCode(200)
  @Public('Whoever scans the world for keys has no account here: the signature over the body says who it is.')
  @WorksDuringMaintenance('Keys that have leaked must be revoked when it is noticed, and who reports one may do so only once.')
  @RawBody()
  @Refuses('unsigned_report', 'invalid_signature', 'leak_reports_off', 'leak_keys_unavailable')
  @ApiOperation({
    summary: 'Report leaked keys',
    description: `The protocol of GitHub's secret scanning: a signed array of 1 to ${MOST_REPORTED} findings. A key of ours is revoked, quarantined or only told of, as its organization has chosen, and an incident opens. The answer has a line for each finding, in their order, and is the same in form and time for what is no key.`,
  })
  @ApiHeader({ name: 'Github-Public-Key-Identifier', required: true, description: 'Which of the published keys signed.', example: 'bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c' }) // prettier-ignore
  @ApiHeader({ name: 'Github-Public-Key-Signature', required: true, description: 'ECDSA on P-256 with SHA-256 over the body as it is sent, DER in base64.', example: 'MEQCIQDaMKqrGnE27S0k...' }) // prettier-ignore
  @ApiBody({ type: [LeakedToken] })
  @ApiOkResponse({ type: [LeakFeedback] })
  take(@Req() { body, headers }: FastifyRequest): Promise<LeakFeedback[]> {
    return this.reports.take(body, {
      identifier: headers['github-public-key-identifier'],
      signature: headers['github-public-key-signature'],
    });
  }

  @Get()
  @Access('incidents:read')
  @RecordedQuery(apiKeyId, 'limit', 'cursor', 'order')
  @ApiOperation({
    summary: 'List the reports of leaked keys',
    description: 'Each key and place once: where it was found, when, what was done, and the incident.',
  })
  @ApiOkResponse({ type: LeakReportPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<LeakReportPage> {
    return this.reports.list(actor, query);
  }
}
