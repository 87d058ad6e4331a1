export { operateMaintenance } from './maintenance-command';
export { MaintenanceGuard } from './maintenance.guard';
export { MaintenanceModule } from './maintenance.module';
