import { Module } from '@nestjs/common';
import { ActivityController } from './activity.controller';
import { Activity } from './activity.service';

@Module({ controllers: [ActivityController], providers: [Activity], exports: [Activity] })
export class ActivityModule {}
