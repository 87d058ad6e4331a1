import { Global, Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { MailSender } from './mail-sender.jobs';
import { TestMail } from './test-mail.service';
import { Outbox } from './outbox.service';

/** Mail out. Global: every feature has something to tell. */
@Global()
@Module({ imports: [ActivityModule], providers: [Outbox, MailSender, TestMail], exports: [Outbox, TestMail] })
export class NotificationsModule {}
