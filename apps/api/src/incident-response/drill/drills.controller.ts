import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../../platform/access.decorator';
import type { Actor } from '../../platform/actor';
import { Creates } from '../../platform/creates.decorator';
import { Refuses } from '../../platform/refuses.decorator';
import { IncidentView } from '../incident-view.dto';
import { DrillReports } from './drill-reports.service';
import { DrillReport } from './drill.dto';
import { Drills } from './drills.service';

/** The same night, without the leak. */
@ApiTags('Incidents')
@Controller('v1/incidents')
export class DrillsController {
  constructor(
    private readonly drills: Drills,
    private readonly reports: DrillReports,
  ) {}

  @Post('drill')
  @Access('incidents:write')
  @Creates('/v1/incidents')
  @Refuses('drill_open')
  @ApiOperation({
    summary: 'Run a fire drill',
    description:
      'Makes a key that can read and ends within 12 hours, attacks with it through this server (about 35 requests, which the log shows and the limits count), and opens an incident marked as a drill with the traces as evidence. Nothing of it can stop a real key. Closing the incident revokes the key.',
  })
  @ApiCreatedResponse({ type: IncidentView })
  start(@CurrentActor() actor: Actor): Promise<IncidentView> {
    return this.drills.start(actor);
  }

  @Get(':id/drill')
  @Access('incidents:read')
  @ApiOperation({
    summary: 'Get how a drill went',
    description: 'How long each step took, by what was stamped when it happened, against its target.',
  })
  @ApiOkResponse({ type: DrillReport })
  report(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<DrillReport> {
    return this.reports.get(actor, id);
  }
}
