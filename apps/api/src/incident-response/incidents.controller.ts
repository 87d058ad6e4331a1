import { Body, Controller, Get, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { incidentSeverities } from '@pinebill/contract';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { IncidentPage, IncidentView } from './incident-view.dto';
import { ChangeIncident, OpenIncident } from './incidents.dto';
import { Incidents } from './incidents.service';

const state = { name: 'state', description: 'Still worked on, or closed.', example: 'open', enum: ['open', 'closed'] } as const;
const severity = { name: 'severity', description: 'One or more, separated by commas.', example: 'high,critical', enum: incidentSeverities } as const; // prettier-ignore
const assigneeId = { name: 'assigneeId', description: 'Whose they are.', example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng' } as const;
const apiKeyId = { name: 'apiKeyId', description: 'About this API key.', example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' } as const;
const drill = { name: 'drill', description: 'Only rehearsals, or none.', example: 'false', enum: ['true', 'false'] } as const;

/** For people alone: a program has no judgement to contribute, and must not stop its own key from being revoked. */
@ApiTags('Incidents')
@Controller('v1/incidents')
export class IncidentsController {
  constructor(private readonly incidents: Incidents) {}

  @Post()
  @WorksDuringMaintenance('A suspicion must be told when it arises, whatever else is going on.')
  @Access('incidents:open')
  @Creates('/v1/incidents')
  @Refuses('resource_not_found', 'too_much_evidence')
  @ApiOperation({
    summary: 'Open an incident',
    description:
      'From records of the log, keys, addresses, people, or nothing yet. When somebody who is no admin opens it, every admin is told by mail. Nothing is stopped by it: see `contain`.',
  })
  @ApiCreatedResponse({ type: IncidentView })
  open(@CurrentActor() actor: Actor, @Body() body: OpenIncident): Promise<IncidentView> {
    return this.incidents.open(actor, body);
  }

  @Get()
  @Access('incidents:read')
  @RecordedQuery(state, severity, assigneeId, apiKeyId, drill, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List the incidents', description: 'The one that was opened last comes first.' })
  @ApiOkResponse({ type: IncidentPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<IncidentPage> {
    return this.incidents.list(actor, query);
  }

  @Get(':id')
  @Access('incidents:read')
  @ApiOperation({
    summary: 'Get one incident',
    description: "How far it is, from what has happened up to this moment. An admin's first look is stamped.",
  })
  @ApiOkResponse({ type: IncidentView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string, @Req() { method }: FastifyRequest): Promise<IncidentView> {
    return this.incidents.get(actor, id, { isLook: method !== 'HEAD' });
  }

  @Patch(':id')
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({ summary: 'Describe an incident', description: 'Its title, severity, whose it is, and what came out. While it is open.' })
  @ApiOkResponse({ type: IncidentView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeIncident): Promise<IncidentView> {
    return this.incidents.change(actor, id, body);
  }
}
