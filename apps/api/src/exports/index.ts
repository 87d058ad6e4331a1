export { DeliveryFailed, destinationKinds, type Destination, type DestinationKind } from './deliveries/destination';
export { Destinations } from './deliveries/destinations';
export { ExportsModule } from './exports.module';
export { ExportsService } from './exports.service';
export { SchedulesService } from './schedules.service';
export { ParquetEncoder } from './formats/parquet-encoder';
export { ThreadReading } from './thread/thread-reading';
