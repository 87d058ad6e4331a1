import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsIP, IsISO8601, IsOptional, IsString, Length, Max, Min, ValidateIf } from 'class-validator';
import { destinationKinds, type DestinationKind } from '../exports';

const at = '2025-12-02T10:30:15.123Z';
const instant = (description: string) => ({ type: String, format: 'date-time', nullable: true, example: at, description }) as const;
export const archiveStates = ['writing', 'verified', 'failed'] as const;
export type ArchiveState = (typeof archiveStates)[number];

export class ArchiveView {
  @ApiProperty({ example: 'arc_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({
    enum: archiveStates,
    example: 'verified',
    description: '`verified`: it was read back, and its sum and rows were right. Only then may the purge take its records.',
  })
  state!: ArchiveState;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty(instant('Null: not yet.')) verifiedAt!: string | null;
  @ApiProperty({ format: 'date-time', example: at, description: 'Records that began before it, less those of the archives before.' })
  toAt!: string;
  @ApiProperty(instant('When the oldest record in it began.')) oldestAt!: string | null;
  @ApiProperty(instant('When the newest record in it began.')) newestAt!: string | null;
  @ApiProperty({ type: 'integer', example: 48_213 }) records!: number;
  @ApiProperty({ type: 'integer', nullable: true, example: 1 }) firstSequence!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 48_213 }) lastSequence!: number | null;
  @ApiProperty({ enum: destinationKinds, example: 'directory' }) destination!: DestinationKind;
  @ApiProperty({ example: 'org_01jdw2f8qtfvkbh1mv4s9aq0ng/archives/arc_01kaxvz3k5e7hs0q4mm2m1bqgf/audit-logs.parquet' }) file!: string;
  @ApiProperty({ type: 'integer', example: 1_204_233 }) bytes!: number;
  @ApiProperty({ type: String, nullable: true, example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }) sha256!:
    string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it failed; the next one takes its records.' }) failure!:
    string | null;
}

export class ArchivePage {
  @ApiProperty({ type: [ArchiveView] }) data!: ArchiveView[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}

export class ArchiveSetting {
  @ApiProperty({
    enum: destinationKinds,
    nullable: true,
    example: 'directory',
    description: 'Null: nothing is archived before it is purged.',
  })
  @ValidateIf((_, value) => value !== null)
  @IsIn(destinationKinds)
  archiveTo!: DestinationKind | null;
}

export class ArchiveSettingView extends ArchiveSetting {
  @ApiProperty({
    enum: destinationKinds,
    isArray: true,
    example: ['directory'],
    description: 'Those that whoever runs PineBill has set up.',
  })
  destinations!: DestinationKind[];
}

export class SearchArchives {
  @ApiPropertyOptional({ ...instant('From when on.'), nullable: false }) @IsOptional() @IsISO8601({ strict: true }) from?: string;
  @ApiPropertyOptional({ ...instant('Up to when, exclusive.'), nullable: false }) @IsOptional() @IsISO8601({ strict: true }) to?: string;
  @ApiPropertyOptional({ example: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng' }) @IsOptional() @IsString() @Length(1, 60) apiKeyId?: string;
  @ApiPropertyOptional({ type: 'integer', example: 401 }) @IsOptional() @IsInt() @Min(100) @Max(599) status?: number;
  @ApiPropertyOptional({ example: '/v1/invoices', description: 'How the path begins.' })
  @IsOptional()
  @IsString()
  @Length(1, 2_048)
  path?: string;
  @ApiPropertyOptional({ example: '192.0.2.7' }) @IsOptional() @IsIP() ip?: string;
  @ApiPropertyOptional({ type: 'integer', default: 50, example: 50 }) @IsOptional() @IsInt() @Min(1) @Max(500) limit?: number;
  @ApiPropertyOptional({ example: 'AUJ5…', description: 'The `nextCursor` of the answer before, with the same question.' })
  @IsOptional()
  @IsString()
  @Length(1, 120)
  cursor?: string;
}

export class ArchivedRecord {
  @ApiProperty({ example: 'log_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ type: 'integer', example: 48_213 }) sequence!: number;
  @ApiProperty({ format: 'date-time', example: at }) startedAt!: string;
  @ApiProperty({ type: String, nullable: true, example: 'GET' }) method!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '/v1/invoices' }) path!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 200 }) status!: number | null;
  @ApiProperty({ type: String, nullable: true, example: null }) reason!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng' }) apiKeyId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Production API' }) apiKeyName!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7' }) ip!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'curl/8.5' }) userAgent!: string | null;
}

export class ArchiveFindings {
  @ApiProperty({ type: [ArchivedRecord], description: 'Of the archives that were looked through, the newest first.' })
  data!: ArchivedRecord[];
  @ApiProperty({ type: 'integer', example: 2, description: 'Archives that were looked through.' }) searched!: number;
  @ApiProperty({
    example: false,
    description:
      'There is more than `limit`, or there are older archives than those that are looked through at once: go on with `nextCursor`.',
  })
  truncated!: boolean;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null: there is no more.' }) nextCursor!: string | null;
}
