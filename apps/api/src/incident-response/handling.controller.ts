import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { MintedKey } from '../api-keys';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { Closing } from './closing.service';
import { ContainIncident } from './contain.dto';
import { Containment } from './containment.service';
import { BecauseOf, CloseIncident, ReplaceKey } from './handling.dto';
import { IncidentView } from './incident-view.dto';
import { Replacing } from './replacing.service';

/** The steps of an incident, as an admin takes them. */
@ApiTags('Incidents')
@Controller('v1/incidents')
export class HandlingController {
  constructor(
    private readonly containment: Containment,
    private readonly replacing: Replacing,
    private readonly closing: Closing,
  ) {}

  @Post(':id/contain')
  @HttpCode(200)
  @WorksDuringMaintenance('What is under suspicion must be stopped when it is noticed.')
  @Access('incidents:write')
  @Refuses('incident_state', 'resource_not_found')
  @ApiOperation({
    summary: 'Contain an incident',
    description:
      'Revokes or quarantines keys, ends sessions and blocks networks, all of it in one transaction or nothing. Without naming any: every key and person that the incident is about. The answer waits, a second at most, until every process has forgotten the keys. Repeating it changes nothing.',
  })
  @ApiOkResponse({ type: IncidentView })
  contain(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ContainIncident): Promise<IncidentView> {
    return this.containment.contain(actor, id, body);
  }

  @Post(':id/replace')
  @WorksDuringMaintenance('A service whose key was revoked stands still until it has another one.')
  @Access('incidents:write')
  @Creates('/v1/api-keys', { redact: (body) => ({ ...body, secret: null }) })
  @Refuses('incident_state', 'name_taken', 'resource_not_found')
  @ApiOperation({
    summary: 'Replace a key of an incident',
    description:
      'Makes a successor with the scopes, networks, countries, service, team and environment of the key, whatever became of that, and shows its secret, once.',
  })
  @ApiCreatedResponse({ type: MintedKey })
  replace(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ReplaceKey): Promise<MintedKey> {
    return this.replacing.replace(actor, id, body);
  }

  @Post(':id/steps/:step/not-needed')
  @HttpCode(200)
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({
    summary: 'Say that a step of an incident is not needed',
    description: '`contained`, `replaced`, `servicesUpdated` or `scoped`, and why. What is done meanwhile counts as done.',
  })
  @ApiOkResponse({ type: IncidentView })
  waive(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Param('step') step: string,
    @Body() body: BecauseOf,
  ): Promise<IncidentView> {
    return this.closing.waive(actor, id, { step, because: body.because });
  }

  @Delete(':id/steps/:step/not-needed')
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({ summary: 'Say that a step of an incident is needed after all' })
  @ApiOkResponse({ type: IncidentView })
  needAfterAll(@CurrentActor() actor: Actor, @Param('id') id: string, @Param('step') step: string): Promise<IncidentView> {
    return this.closing.needAfterAll(actor, id, step);
  }

  @Post(':id/close')
  @HttpCode(200)
  @Access('incidents:write')
  @Refuses('incident_state', 'incident_incomplete')
  @ApiOperation({
    summary: 'Close an incident',
    description:
      'With root cause, impact and lessons, said now or before. While a step is open it is refused, with `missing`: the steps and what each of them wants.',
  })
  @ApiOkResponse({ type: IncidentView })
  close(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: CloseIncident): Promise<IncidentView> {
    return this.closing.close(actor, id, body);
  }

  @Post(':id/reopen')
  @HttpCode(200)
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({ summary: 'Reopen an incident', description: 'Its steps are asked of the facts anew, and its evidence is held again.' })
  @ApiOkResponse({ type: IncidentView })
  reopen(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: BecauseOf): Promise<IncidentView> {
    return this.closing.reopen(actor, id, body.because);
  }

  @Post(':id/release-hold')
  @HttpCode(200)
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({
    summary: 'Release the evidence of an incident',
    description: 'Once it is closed: its copies of records are no longer held against retention.',
  })
  @ApiOkResponse({ type: IncidentView })
  releaseHold(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<IncidentView> {
    return this.closing.releaseHold(actor, id);
  }
}
