export { ChannelRemovals } from './channels/channel-removals';
export { ChannelsService } from './channels/channels.service';
export { NotificationSender } from './channels/notification-sender.jobs';
export { Notifications, type NotificationToSend, type SentTo } from './channels/notifications.service';
export { MailSender } from './mail-sender.jobs';
export { TestMail } from './test-mail.service';
export { NotificationsModule } from './notifications.module';
export { Outbox, type MailRecipient, type MailToQueue } from './outbox.service';
