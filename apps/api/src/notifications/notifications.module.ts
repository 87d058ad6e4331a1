import { Global, Module } from '@nestjs/common';
import { Outbox } from './outbox.service';

/** Mail out. Global: every feature has something to tell. */
@Global()
@Module({ providers: [Outbox], exports: [Outbox] })
export class NotificationsModule {}
