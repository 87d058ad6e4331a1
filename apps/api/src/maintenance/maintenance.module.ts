import { Module } from '@nestjs/common';
import { MaintenanceController } from './maintenance.controller';
import { Maintenance } from './maintenance.service';

@Module({ controllers: [MaintenanceController], providers: [Maintenance], exports: [Maintenance] })
export class MaintenanceModule {}
