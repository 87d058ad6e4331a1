import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsText } from '../platform/text.decorator';
import { CreateExport } from './exports.dto';
import { exportFormats, exportSources, type ExportFormat, type ExportSource } from './export-request';
import { cadences, type Cadence } from './periods';

const at = '2026-12-01T00:00:00.000Z';
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
}

export class ExportScheduleList {
  @ApiProperty({ type: [ExportScheduleView] }) data!: ExportScheduleView[];
}
