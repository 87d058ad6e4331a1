import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';

const at = '2025-12-02T10:30:15.123Z';
const instant = (description: string) => ({ type: String, format: 'date-time', nullable: true, example: at, description });

export class DetectionView {
  @ApiProperty(instant('From when on the log was looked at, in the time of its records. Null: not yet.')) since!: string | null;
  @ApiProperty(instant('Up to when it was looked at, in the time of its records. Null: not yet.')) until!: string | null;
  @ApiProperty({ type: 'integer', example: 0, description: 'Requests that are recorded and not looked at yet.' }) waiting!: number;
  @ApiProperty(instant('When the oldest of them was made.')) oldestWaitingAt!: string | null;
  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'How often in a row the log could not be looked at. It is tried again by itself.',
  })
  failures!: number;
  @ApiProperty(instant('When that last happened.')) lastFailedAt!: string | null;
  @ApiProperty({ example: false, description: 'Whether requests that people make at the console are looked at too.' })
  includesPeople!: boolean;
}

export class ChangeDetection {
  @ApiProperty({ example: true, description: 'Look at the requests that people make at the console as well.' })
  @IsBoolean()
  includesPeople!: boolean;
}
