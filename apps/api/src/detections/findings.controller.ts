import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { detectorNames, findingSeverities, findingStates } from '@pinebill/contract';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { FindingDecisions } from './finding-decisions.service';
import { CallNormal, FindingDetail, FindingPage } from './findings.dto';
import { FindingsService } from './findings.service';

const state = { name: 'state', description: 'One or more, separated by commas.', example: 'open', enum: findingStates } as const;
const detector = {
  name: 'detector',
  description: 'One or more, separated by commas.',
  example: 'newAddress',
  enum: detectorNames,
} as const;
const severity = { name: 'severity', description: 'One or more, separated by commas.', example: 'high,critical', enum: findingSeverities } as const; // prettier-ignore
const subject = { name: 'subject', description: 'About this key, person, address, network or fingerprint.', example: '203.0.113.7' } as const; // prettier-ignore
const apiKeyId = { name: 'apiKeyId', description: 'About this API key.', example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' } as const;
const from = { name: 'from', description: 'Still seen at this time, or later.', example: '2025-12-01T00:00:00Z' } as const;
const to = { name: 'to', description: 'Begun before.', example: '2025-12-02T00:00:00Z' } as const;

/** For people alone: whether something is normal is theirs to say. */
@ApiTags('Detection')
@Controller('v1/findings')
export class FindingsController {
  constructor(
    private readonly findings: FindingsService,
    private readonly decisions: FindingDecisions,
  ) {}

  @Get()
  @Access('findings:read')
  @RecordedQuery(state, detector, severity, subject, apiKeyId, from, to, 'limit', 'cursor', 'order')
  @ApiOperation({
    summary: 'List the findings',
    description: 'What is unusual in the API log, as the product has noticed it by itself; the latest come first. On every plan.',
  })
  @ApiOkResponse({ type: FindingPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<FindingPage> {
    return this.findings.list(actor, query);
  }

  @Get(':id')
  @Access('findings:read')
  @ApiOperation({
    summary: 'Get one finding',
    description: 'What was seen, what is normal here, beyond what it is found, a few of its rows, and what is likely behind it.',
  })
  @ApiOkResponse({ type: FindingDetail })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<FindingDetail> {
    return this.findings.get(actor, id);
  }

  @Post(':id/normal')
  @HttpCode(200)
  @Access('findings:write')
  @ApiOperation({
    summary: 'Say that a finding is normal',
    description: 'Detection learns it: the same is not found again. Who said so, when and why stays with the finding.',
  })
  @ApiOkResponse({ type: FindingDetail })
  callNormal(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() { because }: CallNormal): Promise<FindingDetail> {
    return this.decisions.callNormal(actor, id, because);
  }

  @Delete(':id/normal')
  @Access('findings:write')
  @ApiOperation({ summary: 'Take back that a finding is normal', description: 'It is open again, and the same is found again.' })
  @ApiOkResponse({ type: FindingDetail })
  takeBack(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<FindingDetail> {
    return this.decisions.takeBack(actor, id);
  }

  @Post(':id/incident')
  @HttpCode(200)
  @WorksDuringMaintenance('A suspicion must be told when it arises, whatever else is going on.')
  @Access('findings:write')
  @Refuses('finding_has_incident', 'too_much_evidence')
  @ApiOperation({
    summary: 'Open an incident from a finding',
    description: 'About its subject, with its samples as evidence. The finding and the incident name each other.',
  })
  @ApiOkResponse({ type: FindingDetail })
  openIncident(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<FindingDetail> {
    return this.decisions.openIncident(actor, id);
  }
}
