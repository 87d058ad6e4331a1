export { ExportsModule } from './exports.module';
export { ExportsService } from './exports.service';
export { SchedulesService } from './schedules.service';
