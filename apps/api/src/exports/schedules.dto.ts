import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { IsText } from '../platform/text.decorator';
import { ExportDelivery } from './deliveries/deliveries.dto';
import { destinationKinds, type DestinationKind } from './deliveries/destination';
import { CreateExport } from './exports.dto';
import { exportFormats, exportSources, type ExportFormat, type ExportSource } from './export-request';
import { cadences, type Cadence } from './periods';

const at = '2026-12-01T00:00:00.000Z';
const folder = { type: String, maxLength: 200, example: 'for-the-auditor' } as const;
/** No name begins with a dot: none leads up, and none is hidden. */
const FOLDER = /^(?=.{0,200}$)(?:[A-Za-z0-9_-][\w.-]{0,59}(?:\/[A-Za-z0-9_-][\w.-]{0,59}){0,4})?$/;
const takesFolder = 'Takes up to five names with slashes between them, of letters, digits, dots, hyphens and underscores, none beginning with a dot'; // prettier-ignore
const keeps = { type: 'integer', minimum: 1, maximum: 60, example: 12 } as const;

/** What an export takes, without a time: that is the week or the month. */
export class CreateExportSchedule extends CreateExport {
  @ApiProperty({ example: 'For the auditor' }) @IsText(80) name!: string;
  @ApiProperty({ enum: cadences, example: 'month', description: 'In UTC; weeks begin on Monday. Asked for when it is over.' })
  @IsIn(cadences)
  every!: Cadence;
  @ApiPropertyOptional({ ...keeps, default: 12, description: 'How many of its exports are kept; older ones lose their files.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(60)
  keep?: number;
  @ApiPropertyOptional({
    enum: destinationKinds,
    description: 'Where each export is delivered to, beside being kept here: one of the `destinations` that the list of schedules names.',
  })
  @IsOptional()
  @IsIn(destinationKinds)
  destination?: DestinationKind;
  @ApiPropertyOptional({ ...folder, default: '', description: `Below the folder of the organization. ${takesFolder}.` })
  @IsOptional()
  @Matches(FOLDER, { message: takesFolder })
  folder?: string;
}

export class ExportScheduleMaker {
  @ApiProperty({ example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

export class ExportScheduleView {
  @ApiProperty({ example: 'xsc_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'For the auditor' }) name!: string;
  @ApiProperty({ enum: cadences, example: 'month' }) every!: Cadence;
  @ApiProperty({ enum: exportSources, example: 'period' }) source!: ExportSource;
  @ApiProperty({ enum: exportFormats, example: 'csv' }) format!: ExportFormat;
  @ApiProperty({ example: true }) gzip!: boolean;
  @ApiProperty({
    type: 'object',
    additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    example: {},
  })
  filter!: Record<string, string | string[]>;
  @ApiProperty(keeps) keep!: number;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ type: ExportScheduleMaker }) createdBy!: ExportScheduleMaker;
  @ApiProperty({ format: 'date-time', example: at, description: 'When the next period is over.' }) nextAt!: string;
  @ApiProperty({ enum: destinationKinds, nullable: true, example: 's3', description: 'Null: its exports are kept here, and nowhere else.' })
  destination!: DestinationKind | null;
  @ApiProperty(folder) folder!: string;
  @ApiProperty({ type: ExportDelivery, nullable: true, description: 'Of the export that it made last; null when there is none yet.' })
  lastDelivery!: ExportDelivery | null;
}

export class ExportScheduleList {
  @ApiProperty({
    enum: destinationKinds,
    isArray: true,
    example: ['s3'],
    description: 'Where whoever runs the product has allowed to deliver to.',
  })
  destinations!: DestinationKind[];
  @ApiProperty({ type: [ExportScheduleView] }) data!: ExportScheduleView[];
}
