import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Idempotent } from '../platform/creates.decorator';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { EvidenceService } from './evidence.service';
import { FollowUps } from './follow-ups.service';
import { AddEvidence, AddFollowUp, AddNote, AddService, ChangeFollowUp, ChangeService } from './handling.dto';
import {
  AddedEvidence,
  IncidentEvidencePage,
  IncidentFollowUp,
  IncidentFollowUps,
  IncidentNote,
  IncidentNotes,
  IncidentService,
  IncidentServices,
  IncidentTimeline,
} from './handling-view.dto';
import { IncidentNoting } from './notes.service';
import { ServicesList } from './services-list.service';
import { Timelines } from './timeline.service';

/** What belongs to an incident: services, notes, evidence, follow-ups, and its story. */
@ApiTags('Incidents')
@Controller('v1/incidents/:id')
export class IncidentRecordsController {
  constructor(
    private readonly services: ServicesList,
    private readonly notes: IncidentNoting,
    private readonly evidence: EvidenceService,
    private readonly followUps: FollowUps,
    private readonly timelines: Timelines,
  ) {}

  @Get('services')
  @Access('incidents:read')
  @ApiOperation({
    summary: 'List the services of an incident',
    description:
      'Who used its keys in the 30 days before: network and program, found in the log. Each is done by itself once it is seen with a key that took the place of the old one.',
  })
  @ApiOkResponse({ type: IncidentServices })
  listServices(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<IncidentServices> {
    return this.services.list(actor, id);
  }

  @Post('services')
  @Idempotent()
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({ summary: 'Add a service to an incident', description: 'One that the log does not know of.' })
  @ApiCreatedResponse({ type: IncidentService })
  addService(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: AddService): Promise<IncidentService> {
    return this.services.add(actor, id, body);
  }

  @Patch('services/:callerId')
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({ summary: 'Change a service of an incident' })
  @ApiOkResponse({ type: IncidentService })
  changeService(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Param('callerId') callerId: string,
    @Body() body: ChangeService,
  ): Promise<IncidentService> {
    return this.services.change(actor, id, callerId, body);
  }

  @Delete('services/:callerId')
  @Access('incidents:write')
  @HttpCode(204)
  @Refuses('incident_state')
  @ApiOperation({ summary: 'Take a service off the list of an incident' })
  @ApiNoContentResponse()
  async removeService(@CurrentActor() actor: Actor, @Param('id') id: string, @Param('callerId') callerId: string): Promise<void> {
    await this.services.remove(actor, id, callerId);
  }

  @Get('notes')
  @Access('incidents:read')
  @RecordedQuery('limit', 'cursor')
  @ApiOperation({ summary: 'List the notes of an incident' })
  @ApiOkResponse({ type: IncidentNotes })
  listNotes(@CurrentActor() actor: Actor, @Param('id') id: string, @Query() query: unknown): Promise<IncidentNotes> {
    return this.notes.list(actor, id, query);
  }

  @Post('notes')
  @Idempotent()
  @WorksDuringMaintenance('What is noticed is written down when it is noticed.')
  @Access('incidents:open')
  @ApiOperation({ summary: 'Write a note to an incident', description: 'Whoever it mentions is told by mail. It cannot be changed.' })
  @ApiCreatedResponse({ type: IncidentNote })
  addNote(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: AddNote): Promise<IncidentNote> {
    return this.notes.add(actor, id, body);
  }

  @Get('evidence')
  @Access('incidents:read')
  @RecordedQuery('limit', 'cursor')
  @ApiOperation({ summary: 'List the evidence of an incident', description: 'Records as they were shown when they were added.' })
  @ApiOkResponse({ type: IncidentEvidencePage })
  listEvidence(@CurrentActor() actor: Actor, @Param('id') id: string, @Query() query: unknown): Promise<IncidentEvidencePage> {
    return this.evidence.list(actor, id, query);
  }

  @Post('evidence')
  @HttpCode(200)
  @Access('incidents:write')
  @Refuses('incident_state', 'too_much_evidence', 'resource_not_found')
  @ApiOperation({
    summary: 'Add records to the evidence of an incident',
    description: 'Copies, which outlive the retention of the log. At most 1,000 of an incident.',
  })
  @ApiOkResponse({ type: AddedEvidence })
  addEvidence(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: AddEvidence): Promise<AddedEvidence> {
    return this.evidence.add(actor, id, body);
  }

  @Get('follow-ups')
  @Access('incidents:read')
  @ApiOperation({ summary: 'List the follow-ups of an incident' })
  @ApiOkResponse({ type: IncidentFollowUps })
  listFollowUps(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<IncidentFollowUps> {
    return this.followUps.list(actor, id);
  }

  @Post('follow-ups')
  @Idempotent()
  @Access('incidents:write')
  @ApiOperation({ summary: 'Add a follow-up to an incident', description: 'Its owner is told by mail.' })
  @ApiCreatedResponse({ type: IncidentFollowUp })
  addFollowUp(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: AddFollowUp): Promise<IncidentFollowUp> {
    return this.followUps.add(actor, id, body);
  }

  @Patch('follow-ups/:followUpId')
  @Access('incidents:write')
  @ApiOperation({ summary: 'Change a follow-up of an incident', description: 'Also when the incident is closed.' })
  @ApiOkResponse({ type: IncidentFollowUp })
  changeFollowUp(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Param('followUpId') followUpId: string,
    @Body() body: ChangeFollowUp,
  ): Promise<IncidentFollowUp> {
    return this.followUps.change(actor, id, followUpId, body);
  }

  @Get('timeline')
  @Access('incidents:read')
  @ApiOperation({
    summary: 'Get the timeline of an incident',
    description: 'What was written down when it happened; nothing of it can be changed.',
  })
  @ApiOkResponse({ type: IncidentTimeline })
  timeline(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<IncidentTimeline> {
    return this.timelines.of(actor, id);
  }
}
