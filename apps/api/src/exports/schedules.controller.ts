import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { CreateExportSchedule, ExportScheduleList, ExportScheduleView } from './schedules.dto';
import { SchedulesService } from './schedules.service';

@ApiTags('Exports')
@Controller('v1/export-schedules')
export class SchedulesController {
  constructor(private readonly schedules: SchedulesService) {}

  @Post()
  @Access('audit:export')
  @Creates('/v1/export-schedules')
  @Refuses('too_many_exports')
  @ApiOperation({
    summary: 'Export each week or month that is over',
    description: 'Asked for once, within the hour after the period is over; periods that were missed are made up for.',
  })
  @ApiCreatedResponse({ type: ExportScheduleView })
  create(@CurrentActor() actor: Actor, @Body() body: CreateExportSchedule): Promise<ExportScheduleView> {
    return this.schedules.create(actor, body);
  }

  @Get()
  @Access('audit:export')
  @ApiOperation({ summary: 'List the schedules of exports', description: 'All of them: there are 20 at the most.' })
  @ApiOkResponse({ type: ExportScheduleList })
  list(@CurrentActor() actor: Actor): Promise<ExportScheduleList> {
    return this.schedules.list(actor);
  }

  @Delete(':id')
  @Access('audit:export')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a schedule of exports', description: 'What it has made is kept for 7 days more.' })
  @ApiNoContentResponse()
  async remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    await this.schedules.remove(actor, id);
  }
}
