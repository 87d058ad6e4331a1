import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { alertSeverities, alertStates } from '@pinebill/contract';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { AlertDetail, AlertPage, AssignAlert, ResolveAlert } from './alerts.dto';
import { AlertInbox } from './alerts.service';

const state = { name: 'state', description: 'One or more, separated by commas.', example: 'open,acknowledged', enum: alertStates } as const;
const severity = {
  name: 'severity',
  description: 'One or more, separated by commas.',
  example: 'high,critical',
  enum: alertSeverities,
} as const;
const assigneeId = {
  name: 'assigneeId',
  description: 'Whose they are; `none`: of nobody.',
  example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng',
} as const;
const ruleId = { name: 'ruleId', description: 'Opened by this rule.', example: 'rul_01kaxvz3k5e7hs0q4mm2m1bqgf' } as const;
const from = { name: 'from', description: 'Opened at this time or later.', example: '2026-12-01T00:00:00Z' } as const;
const to = { name: 'to', description: 'Opened before this time.', example: '2026-12-02T00:00:00Z' } as const;

/** For people alone. On every plan: what was opened before a change of plan can be seen to. */
@ApiTags('Alerts')
@Controller('v1/alerts')
export class AlertsController {
  constructor(private readonly inbox: AlertInbox) {}

  @Get()
  @Access('alerts:read')
  @RecordedQuery(state, severity, assigneeId, ruleId, from, to, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List the alerts', description: 'The one that was opened last comes first.' })
  @ApiOkResponse({ type: AlertPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<AlertPage> {
    return this.inbox.list(actor, query);
  }

  @Get(':id')
  @Access('alerts:read')
  @ApiOperation({ summary: 'Get one alert', description: 'With what has happened to it, who did it and when.' })
  @ApiOkResponse({ type: AlertDetail })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<AlertDetail> {
    return this.inbox.get(actor, id);
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @Access('alerts:write')
  @Refuses('illegal_transition')
  @ApiOperation({ summary: 'Acknowledge an alert', description: 'Somebody sees to it: it is not escalated any more. Twice is once.' })
  @ApiOkResponse({ type: AlertDetail })
  acknowledge(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<AlertDetail> {
    return this.inbox.acknowledge(actor, id);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @Access('alerts:write')
  @Refuses('illegal_transition')
  @ApiOperation({
    summary: 'Resolve an alert',
    description: 'Also one that nobody acknowledged. It stays so: when it happens again, there is another one.',
  })
  @ApiOkResponse({ type: AlertDetail })
  resolve(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ResolveAlert): Promise<AlertDetail> {
    return this.inbox.resolve(actor, id, body);
  }

  @Post(':id/assign')
  @HttpCode(200)
  @Access('alerts:write')
  @Refuses('illegal_transition')
  @ApiOperation({ summary: 'Give an alert to somebody', description: 'Or to nobody.' })
  @ApiOkResponse({ type: AlertDetail })
  assign(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: AssignAlert): Promise<AlertDetail> {
    return this.inbox.assign(actor, id, body);
  }

  @Post(':id/incident')
  @HttpCode(200)
  @WorksDuringMaintenance('A suspicion must be told when it arises, whatever else is going on.')
  @Access('alerts:write')
  @Refuses('illegal_transition')
  @ApiOperation({
    summary: 'Open an incident from an alert',
    description:
      'About the key or address that the alert is about, with some of its rows as evidence. `incidentId` of the answer names it. Once.',
  })
  @ApiOkResponse({ type: AlertDetail })
  openIncident(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<AlertDetail> {
    return this.inbox.openIncident(actor, id);
  }
}
