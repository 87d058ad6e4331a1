import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../../platform/access.decorator';
import type { Actor } from '../../platform/actor';
import { Creates } from '../../platform/creates.decorator';
import { RecordedQuery } from '../../platform/recorded-query.decorator';
import { Refuses } from '../../platform/refuses.decorator';
import { ChangeChannel, ChannelList, ChannelSecret, ChannelView, CreateChannel, CreatedChannel, DeliveryPage, DeliveryView, RotateChannelSecret } from './channels.dto'; // prettier-ignore
import { ChannelsService } from './channels.service';
import { DeliveriesService } from './deliveries.service';

@ApiTags('Channels')
@Controller('v1/channels')
export class ChannelsController {
  constructor(
    private readonly channels: ChannelsService,
    private readonly deliveries: DeliveriesService,
  ) {}

  @Get()
  @Access('channels:read')
  @ApiOperation({
    summary: 'List the channels of alerts',
    description: 'All of them: there are 50 at the most. Where they lead is shown masked.',
  })
  @ApiOkResponse({ type: ChannelList })
  list(@CurrentActor() actor: Actor): Promise<ChannelList> {
    return this.channels.list(actor);
  }

  @Post()
  @Access('channels:write')
  @Creates('/v1/channels', { redact: (body) => ({ ...body, secret: null }) })
  @Refuses('plan_required', 'name_taken', 'too_many_channels')
  @ApiOperation({
    summary: 'Create a channel of alerts',
    description:
      'Mail, a webhook by the Standard Webhooks specification, or a message that Slack, Teams or PagerDuty take. Of a webhook the answer shows the secret, once.',
  })
  @ApiCreatedResponse({ type: CreatedChannel })
  create(@CurrentActor() actor: Actor, @Body() body: CreateChannel): Promise<CreatedChannel> {
    return this.channels.create(actor, body);
  }

  @Get(':id')
  @Access('channels:read')
  @ApiOperation({ summary: 'Get a channel of alerts' })
  @ApiOkResponse({ type: ChannelView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ChannelView> {
    return this.channels.get(actor, id);
  }

  @Patch(':id')
  @Access('channels:write')
  @Refuses('plan_required', 'name_taken')
  @ApiOperation({
    summary: 'Change a channel of alerts',
    description: 'What is left out stays as it is. The kind stays: make another channel.',
  })
  @ApiOkResponse({ type: ChannelView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeChannel): Promise<ChannelView> {
    return this.channels.change(actor, id, body);
  }

  @Delete(':id')
  @Access('channels:write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a channel of alerts',
    description: 'With the log of its deliveries; what is queued for it is not sent.',
  })
  @ApiNoContentResponse()
  async remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    await this.channels.remove(actor, id);
  }

  @Post(':id/test')
  @HttpCode(200)
  @Access('channels:write')
  @Refuses('plan_required', 'mail_not_configured')
  @ApiOperation({
    summary: 'Send a test to a channel of alerts',
    description:
      'At once, also to one that is switched off; the answer says how it went. Takes up to 10 s, for mail 15 s. It is not tried again.',
  })
  @ApiOkResponse({ type: DeliveryView })
  test(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<DeliveryView> {
    return this.deliveries.test(actor, id);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Access('channels:write')
  @Refuses('plan_required', 'illegal_transition')
  @ApiOperation({
    summary: 'Make a new secret for a webhook',
    description: 'The answer shows it, once. For the overlap both sign, so that a receiver which knows either of them can check.',
  })
  @ApiOkResponse({ type: ChannelSecret })
  rotateSecret(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: RotateChannelSecret): Promise<ChannelSecret> {
    return this.channels.rotateSecret(actor, id, body);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Access('channels:write')
  @Refuses('plan_required')
  @ApiOperation({ summary: 'Switch a channel of alerts on', description: 'What was skipped while it was off can be replayed.' })
  @ApiOkResponse({ type: ChannelView })
  enable(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ChannelView> {
    return this.channels.enable(actor, id);
  }

  @Post(':id/disable')
  @HttpCode(200)
  @Access('channels:write')
  @ApiOperation({ summary: 'Switch a channel of alerts off', description: 'What is queued for it is skipped.' })
  @ApiOkResponse({ type: ChannelView })
  disable(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ChannelView> {
    return this.channels.disable(actor, id);
  }

  @Get(':id/deliveries')
  @Access('channels:read')
  @RecordedQuery('limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List what was delivered to a channel', description: 'With every attempt, for 30 days.' })
  @ApiOkResponse({ type: DeliveryPage })
  listDeliveries(@CurrentActor() actor: Actor, @Param('id') id: string, @Query() query: unknown): Promise<DeliveryPage> {
    return this.deliveries.list(actor, id, query);
  }

  @Post(':id/deliveries/:deliveryId/replay')
  @HttpCode(202)
  @Access('channels:write')
  @Refuses('plan_required', 'illegal_transition')
  @ApiOperation({ summary: 'Deliver again', description: 'The same notification with the same id, with all its attempts before it.' })
  @ApiAcceptedResponse({ type: DeliveryView })
  replay(@CurrentActor() actor: Actor, @Param('id') id: string, @Param('deliveryId') deliveryId: string): Promise<DeliveryView> {
    return this.deliveries.replay(actor, id, deliveryId);
  }
}
