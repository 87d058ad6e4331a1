import { Global, Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { Attempts } from './channels/attempt.service';
import { ChannelRemovals } from './channels/channel-removals';
import { ChannelSecrets } from './channels/channel-secrets.service';
import { ChannelsController } from './channels/channels.controller';
import { ChannelsService } from './channels/channels.service';
import { DeliveriesService } from './channels/deliveries.service';
import { NotificationSender } from './channels/notification-sender.jobs';
import { Notifications } from './channels/notifications.service';
import { MailSender } from './mail-sender.jobs';
import { Outbox } from './outbox.service';
import { TestMail } from './test-mail.service';

/** Mail, and what else leaves. Global: every feature has something to tell. */
@Global()
@Module({
  imports: [ActivityModule],
  controllers: [ChannelsController],
  providers: [
    ...[Outbox, MailSender, TestMail],
    ...[ChannelsService, ChannelRemovals, ChannelSecrets, DeliveriesService, Notifications, Attempts, NotificationSender],
  ],
  exports: [Outbox, TestMail, Notifications, ChannelsService, ChannelRemovals],
})
export class NotificationsModule {}
