export { NotificationsModule } from './notifications.module';
export { Outbox, type MailRecipient, type MailToQueue } from './outbox.service';
