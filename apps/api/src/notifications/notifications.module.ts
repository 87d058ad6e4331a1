import { Global, Module } from '@nestjs/common';
import { MailSender } from './mail-sender.jobs';
import { Outbox } from './outbox.service';

/** Mail out. Global: every feature has something to tell. */
@Global()
@Module({ providers: [Outbox, MailSender], exports: [Outbox] })
export class NotificationsModule {}
