import { ApiProperty } from '@nestjs/swagger';
import { deliveryStates, type DeliveryState } from './deliveries.queries';
import { destinationKinds, failureCodes, type DeliveryFailure, type DestinationKind } from './destination';

const at = '2026-12-01T00:05:15.123Z';
const instant = (description: string) => ({ type: String, nullable: true, format: 'date-time', example: at, description }) as const;

export class DeliveryFailureView {
  @ApiProperty({ enum: failureCodes, example: 'unreachable' }) code!: DeliveryFailure;
  @ApiProperty({ example: 'It could not be reached, or did not answer.' }) detail!: string;
}

export class ExportDelivery {
  @ApiProperty({ enum: destinationKinds, example: 's3' }) destination!: DestinationKind;
  @ApiProperty({ enum: deliveryStates, example: 'delivered', description: '`removed`: the schedule keeps only later ones.' })
  state!: DeliveryState;
  @ApiProperty({ type: 'integer', example: 0, description: 'In a row, until now.' }) failures!: number;
  @ApiProperty({ ...instant('When it is tried again; null when it has not failed, or is not tried again.'), example: null })
  nextAttemptAt!: string | null;
  @ApiProperty(instant('When all of its files were there.')) deliveredAt!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 's3://audit-exports/org_01jdw2f8qtfvkbh1mv4s9aq0ng/for-the-auditor/2026-11-01_exp_01kaxvz3k5e7hs0q4mm2m1bqgf',
    description: 'Its folder; of a directory, within the one that whoever runs the product has named.',
  })
  location!: string | null;
  @ApiProperty({ type: DeliveryFailureView, nullable: true, example: null, description: 'Of the last attempt, when that failed.' })
  failure!: DeliveryFailureView | null;
}
