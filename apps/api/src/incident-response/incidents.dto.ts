/** What is sent to open an incident and to describe it. */
import { ApiPropertyOptional } from '@nestjs/swagger';
import { incidentSeverities, type IncidentSeverity } from '@pinebill/contract';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional, IsString } from 'class-validator';
import { IsLongText } from '../platform/long-text.decorator';
import { IsNetwork } from '../platform/network.decorator';
import { IsText } from '../platform/text.decorator';

export const MOST_TEXT = 10_000;
const MOST_ROWS = 200;
const MOST_SUBJECTS = 100;

const title = { minLength: 1, maxLength: 200, example: 'Production API used from 203.0.113.7' } as const;
const severity = { enum: incidentSeverities, example: 'high' } as const;
const longText = (example: string) => ({ type: String, minLength: 1, maxLength: MOST_TEXT, nullable: true, example }) as const;

export class OpenIncident {
  @ApiPropertyOptional({ ...title, description: 'Left out: made from what the incident is opened from.' })
  @IsOptional()
  @IsText(200)
  title?: string;

  @ApiPropertyOptional({ ...severity, default: 'high' }) @IsOptional() @IsIn(incidentSeverities) severity?: IncidentSeverity;

  /** Keys that are affected. */
  @ApiPropertyOptional({ type: [String], maxItems: MOST_SUBJECTS, example: ['key_01kaxvz3k5e7hs0q4mm2m1bqgf'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_SUBJECTS)
  @ArrayUnique()
  @IsString({ each: true })
  apiKeyIds?: string[];

  /** Records of the log: each brings its key, or its person, and its address, and is kept as evidence. */
  @ApiPropertyOptional({ type: [String], maxItems: MOST_ROWS, example: ['log_01jdw2f8qtfvkbh1mv4s9aq0ng'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_ROWS)
  @ArrayUnique()
  @IsString({ each: true })
  logIds?: string[];

  /** Addresses or networks that are affected. */
  @ApiPropertyOptional({ type: [String], maxItems: MOST_SUBJECTS, example: ['203.0.113.7'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_SUBJECTS)
  @ArrayUnique()
  @IsNetwork({ each: true })
  addresses?: string[];

  /** People whose sessions are affected. */
  @ApiPropertyOptional({ type: [String], maxItems: MOST_SUBJECTS, example: ['usr_01jdw2f8qtfvkbh1mv4s9aq0ng'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_SUBJECTS)
  @ArrayUnique()
  @IsString({ each: true })
  userIds?: string[];

  @ApiPropertyOptional({ minLength: 1, maxLength: MOST_TEXT, example: 'Seen while looking for a slow invoice.' })
  @IsOptional()
  @IsLongText(MOST_TEXT)
  note?: string;

  /** A rehearsal: shown as one, and counted nowhere. */
  @ApiPropertyOptional({ example: false, default: false }) @IsOptional() @IsBoolean() drill?: boolean;
}

/** What is left out stays as it is. */
export class ChangeIncident {
  @ApiPropertyOptional(title) @IsOptional() @IsText(200) title?: string;
  @ApiPropertyOptional(severity) @IsOptional() @IsIn(incidentSeverities) severity?: IncidentSeverity;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng',
    description: 'An admin or member. Null: nobody.',
  })
  @IsOptional()
  @IsString()
  assigneeId?: string | null;

  @ApiPropertyOptional(longText('The key was committed to a public repository.'))
  @IsOptional()
  @IsLongText(MOST_TEXT)
  rootCause?: string | null;

  @ApiPropertyOptional(longText('212 invoices were read.')) @IsOptional() @IsLongText(MOST_TEXT) impact?: string | null;
  @ApiPropertyOptional(longText('Scan commits for keys.')) @IsOptional() @IsLongText(MOST_TEXT) lessons?: string | null;
}
