import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../../platform/access.decorator';
import type { Actor } from '../../platform/actor';
import { RecordedQuery } from '../../platform/recorded-query.decorator';
import { Refuses } from '../../platform/refuses.decorator';
import { IncidentView } from '../incident-view.dto';
import { ConfirmExtent, IncidentExtent } from './extent.dto';
import { IncidentExtents } from './extent.service';

@ApiTags('Incidents')
@Controller('v1/incidents/:id/extent')
export class ExtentController {
  constructor(private readonly extents: IncidentExtents) {}

  @Get()
  @Access('incidents:read')
  @RecordedQuery('from', 'to')
  @ApiOperation({
    summary: 'Tell the extent of a breach',
    description:
      'What was done with the keys of the incident and their rotation lineage: when, from where, by which programs, at which endpoints, to which things. ' +
      'Without `from` it begins where it was confirmed, else with the first use that departs from what was usual. Each number has the filter of its rows.',
  })
  @ApiOkResponse({ type: IncidentExtent })
  get(@CurrentActor() actor: Actor, @Param('id') id: string, @Query() query: unknown): Promise<IncidentExtent> {
    return this.extents.get(actor, id, query);
  }

  @Put()
  @Access('incidents:write')
  @Refuses('incident_state')
  @ApiOperation({ summary: 'Confirm the extent of a breach', description: 'Somebody has looked through it: the step "scoped" is done. Again: for another period.' })
  @ApiOkResponse({ type: IncidentView })
  confirm(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ConfirmExtent): Promise<IncidentView> {
    return this.extents.confirm(actor, id, body);
  } // prettier-ignore
}
