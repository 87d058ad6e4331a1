import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { SigningKeysModule } from '../signing-keys';
import { DeliveriesService } from './deliveries/deliveries.service';
import { DeliveryEndings } from './deliveries/delivery-endings.service';
import { DeliveryWorker } from './deliveries/delivery-worker.jobs';
import { Destinations } from './deliveries/destinations';
import { DownloadsService } from './downloads.service';
import { ExportEndings } from './export-endings.service';
import { ExportPlaces } from './export-places';
import { ExportWorker } from './export-worker.jobs';
import { ExportsController } from './exports.controller';
import { ExportsService } from './exports.service';
import { SchedulesController } from './schedules.controller';
import { SchedulesService } from './schedules.service';

/** Files of what the product has recorded, complete and signed. */
@Module({
  imports: [ActivityModule, SigningKeysModule],
  controllers: [ExportsController, SchedulesController],
  providers: [
    ExportsService,
    DownloadsService,
    ExportWorker,
    ExportEndings,
    ExportPlaces,
    SchedulesService,
    Destinations,
    DeliveriesService,
    DeliveryEndings,
    DeliveryWorker,
  ],
  exports: [Destinations],
})
export class ExportsModule {}
