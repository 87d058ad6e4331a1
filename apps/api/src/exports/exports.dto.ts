import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, buildMessage, IsArray, IsBoolean, IsIn, IsObject, IsOptional, ValidateBy } from 'class-validator';
import { logColumnNames, type LogColumnName } from '@pinebill/contract';
import { csvSeparators, type CsvSeparator } from '../platform/csv';
import { ExportDelivery } from './deliveries/deliveries.dto';
import { exportFormats, exportSources, partNames, type ExportFormat, type ExportSource, type PartName } from './export-request';
import { isTimeZone } from './local-time';

const at = '2025-12-02T10:30:15.123Z';
const separators = Object.keys(csvSeparators) as CsvSeparator[];
const exportId = 'exp_01kaxvz3k5e7hs0q4mm2m1bqgf';
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const filterSchema = {
  type: 'object' as const,
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  example: { status: '4xx', method: '!GET', from: '2025-12-01T00:00:00Z' },
};
const instant = (description: string) => ({ type: String, nullable: true, format: 'date-time', example: at, description }) as const;

export const exportStates = ['queued', 'running', 'ready', 'failed', 'expired'] as const;
export type ExportState = (typeof exportStates)[number];

const IsTimeZone = (): PropertyDecorator =>
  ValidateBy({
    name: 'timeZone',
    validator: {
      validate: (value) => typeof value === 'string' && isTimeZone(value),
      defaultMessage: buildMessage(() => 'takes a name of the IANA time zone database, such as UTC or Europe/Berlin'),
    },
  });

export class CreateExport {
  @ApiProperty({ enum: exportFormats, example: 'csv' }) @IsIn(exportFormats) format!: ExportFormat;

  @ApiPropertyOptional({
    enum: exportSources,
    default: 'auditLogs',
    description:
      '`evidence`: signed reviews, and certificates of what retention has purged. `incidents`: those opened in the time, whole. `period`: API logs, activity, evidence and incidents of a time, under one manifest. API keys take `auditLogs` only.',
  })
  @IsOptional()
  @IsIn(exportSources)
  source?: ExportSource;

  @ApiPropertyOptional({
    ...filterSchema,
    description:
      'As the query of the list: parameter names and their values, a list for one that is there plain and negated. Other sources than `auditLogs` take `from` and `to` only.',
  })
  @IsOptional()
  @IsObject()
  filter?: Record<string, unknown>;

  @ApiPropertyOptional({
    enum: logColumnNames,
    isArray: true,
    example: ['startedAt', 'method', 'path', 'status'],
    description: 'Only these, in the order of the file. All when left out.',
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(logColumnNames.length)
  @IsIn(logColumnNames, { each: true })
  columns?: LogColumnName[];

  @ApiPropertyOptional({ type: String, default: 'UTC', example: 'Europe/Berlin', description: 'Of the times in CSV.' })
  @IsOptional()
  @IsTimeZone()
  timeZone?: string;

  @ApiPropertyOptional({ enum: separators, default: 'comma', description: 'Between the cells of CSV.' })
  @IsOptional()
  @IsIn(separators)
  separator?: CsvSeparator;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Compressed with gzip. Parquet is compressed in itself.' })
  @IsOptional()
  @IsBoolean()
  gzip?: boolean;
}

export class ExportActor {
  @ApiProperty({ enum: ['user', 'apiKey', 'system'], example: 'user' }) type!: 'user' | 'apiKey' | 'system';
  @ApiProperty({ type: String, nullable: true, example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string | null;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

export class ExportFailure {
  @ApiProperty({ example: 'disk_full' }) code!: string;
  @ApiProperty({ example: 'The disk of the exports has too little room left.' }) detail!: string;
}

export class ExportFileView {
  @ApiProperty({ example: `${exportId}.audit-logs.csv` }) name!: string;
  @ApiProperty({ enum: partNames, example: 'auditLogs' }) part!: PartName;
  @ApiProperty({ type: 'integer', example: 48_213 }) rows!: number;
  @ApiProperty({ type: 'integer', example: 14_463_900 }) bytes!: number;
  @ApiProperty({ example: sha256 }) sha256!: string;
}

export class ExportView {
  @ApiProperty({ example: exportId }) id!: string;
  @ApiProperty({ enum: exportStates, example: 'ready' }) state!: ExportState;
  @ApiProperty({ enum: exportSources, example: 'auditLogs' }) source!: ExportSource;
  @ApiProperty({ enum: exportFormats, example: 'csv' }) format!: ExportFormat;
  @ApiProperty({ example: false }) gzip!: boolean;
  @ApiProperty({ ...filterSchema, description: 'As it was asked for.' }) filter!: Record<string, string | string[]>;
  @ApiProperty({ type: [String], nullable: true, example: null, description: 'Null: all.' }) columns!: string[] | null;
  @ApiProperty({ example: 'UTC' }) timeZone!: string;
  @ApiProperty({ enum: separators, example: 'comma' }) separator!: CsvSeparator;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ type: ExportActor }) createdBy!: ExportActor;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The schedule that asked for it.' }) scheduleId!: string | null;
  @ApiProperty(instant('When the work began.')) startedAt!: string | null;
  @ApiProperty(instant('When it was ready, or failed.')) endedAt!: string | null;
  @ApiProperty(instant('When its files are deleted; null while there are none, and when a schedule says which are kept.')) expiresAt!:
    string | null;
  @ApiProperty({ type: 'integer', example: 48_213, description: 'Written so far.' }) rows!: number;
  @ApiProperty({ type: 'integer', nullable: true, example: 48_213, description: 'How many it will be; null until that is known.' })
  expectedRows!: number | null;
  @ApiProperty({ type: 'integer', example: 14_463_900, description: 'Written so far.' }) bytes!: number;
  @ApiProperty({ type: Number, example: 1, description: 'From 0 to 1.' }) progress!: number;
  @ApiProperty(instant('A guess, from how fast it went so far; null when there is none.')) estimatedReadyAt!: string | null;
  @ApiProperty({ type: ExportDelivery, nullable: true, example: null, description: 'Of a schedule that delivers; null for others.' })
  delivery!: ExportDelivery | null;
  @ApiProperty({ type: ExportFailure, nullable: true, example: null }) failure!: ExportFailure | null;
  @ApiProperty({ type: [ExportFileView], description: 'Once it is ready; also when the files are deleted.' }) files!: ExportFileView[];
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: null,
    description: 'What the export says of itself, as it was signed; null until it is ready.',
  })
  manifest!: Record<string, unknown> | null;
}

export class ExportPage {
  @ApiProperty({ type: [ExportView] }) data!: ExportView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}
