import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { Refuses } from '../platform/refuses.decorator';
import {
  AlertRuleList,
  AlertRuleView,
  BackTest,
  BackTestAlertRule,
  BackTestSavedRule,
  ChangeAlertRule,
  CreateAlertRule,
} from './alert-rules.dto';
import { AlertRules } from './alert-rules.service';
import { BackTests } from './back-test.service';

@ApiTags('Alerts')
@Controller('v1/alert-rules')
export class AlertRulesController {
  constructor(
    private readonly rules: AlertRules,
    private readonly backTests: BackTests,
  ) {}

  @Get()
  @Access('alerts:read')
  @ApiOperation({
    summary: 'List the alert rules',
    description: 'All of them: there are 100 at the most. On every plan, also where none fires.',
  })
  @ApiOkResponse({ type: AlertRuleList })
  list(@CurrentActor() actor: Actor): Promise<AlertRuleList> {
    return this.rules.list(actor);
  }

  @Post()
  @Access('alerts:write')
  @Creates('/v1/alert-rules')
  @Refuses('name_taken', 'plan_required', 'too_many_alert_rules', 'resource_not_found')
  @ApiOperation({
    summary: 'Create an alert rule',
    description: 'It looks at what comes from now on. What it would have done before, `POST /v1/alert-rules/backtest` tells.',
  })
  @ApiCreatedResponse({ type: AlertRuleView })
  create(@CurrentActor() actor: Actor, @Body() body: CreateAlertRule): Promise<AlertRuleView> {
    return this.rules.create(actor, body);
  }

  @Post('backtest')
  @HttpCode(200)
  @Access('alerts:write')
  @Refuses('plan_required', 'resource_not_found')
  @ApiOperation({
    summary: 'See what a rule would have done',
    description:
      'Over the log of the last 30 days or of the time that is asked for, as if the rule had been made at its beginning: what it fires is what the rule would have fired. `from` and `to` of the answer say what was really looked at. Nothing is saved, and nobody is told.',
  })
  @ApiOkResponse({ type: BackTest })
  backTest(@CurrentActor() actor: Actor, @Body() body: BackTestAlertRule): Promise<BackTest> {
    return this.backTests.ofDraft(actor, body);
  }

  @Get(':id')
  @Access('alerts:read')
  @ApiOperation({ summary: 'Get one alert rule' })
  @ApiOkResponse({ type: AlertRuleView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<AlertRuleView> {
    return this.rules.get(actor, id);
  }

  @Patch(':id')
  @Access('alerts:write')
  @Refuses('name_taken', 'plan_required', 'changed_meanwhile')
  @ApiOperation({
    summary: 'Change an alert rule',
    description: 'When what it counts is changed, or it is enabled again, it begins to count anew. Its alerts stay as they are.',
  })
  @ApiOkResponse({ type: AlertRuleView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeAlertRule): Promise<AlertRuleView> {
    return this.rules.change(actor, id, body);
  }

  @Delete(':id')
  @Access('alerts:write')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete an alert rule', description: 'Its alerts stay.' })
  @ApiNoContentResponse()
  async remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    await this.rules.remove(actor, id);
  }

  @Post(':id/backtest')
  @HttpCode(200)
  @Access('alerts:write')
  @Refuses('plan_required')
  @ApiOperation({ summary: 'See what a saved rule would have done', description: 'As it is now, also when it is not enabled.' })
  @ApiOkResponse({ type: BackTest })
  backTestSaved(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: BackTestSavedRule): Promise<BackTest> {
    return this.backTests.ofSaved(actor, id, body);
  }
}
