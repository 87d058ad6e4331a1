/** What is sent to work on an incident. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsISO8601, IsOptional, IsString, Matches } from 'class-validator';
import { IsInstant } from '../platform/instant.decorator';
import { IsLongText } from '../platform/long-text.decorator';
import { IsText } from '../platform/text.decorator';
import { MOST_TEXT } from './incidents.dto';

const person = 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng';
const why = { minLength: 1, maxLength: 1_000, example: 'It was a rehearsal.' } as const;

export class ReplaceKey {
  /** A key that the incident is about; it may be revoked. */
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) @IsString() apiKeyId!: string;
  /** Of the successor: another one than the old key's. */
  @ApiProperty({ minLength: 1, maxLength: 80, example: 'Production API 2026' }) @IsText(80) name!: string;

  /** When the successor stops working by itself. */
  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, example: '2099-12-31T00:00:00.000Z' })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;
}

export class BecauseOf {
  @ApiProperty(why) @IsText(1_000) because!: string;
}

export class CloseIncident {
  @ApiPropertyOptional({ minLength: 1, maxLength: MOST_TEXT, example: 'The key was committed to a public repository.' })
  @IsOptional()
  @IsLongText(MOST_TEXT)
  rootCause?: string;
  @ApiPropertyOptional({ minLength: 1, maxLength: MOST_TEXT, example: '212 invoices were read.' })
  @IsOptional()
  @IsLongText(MOST_TEXT)
  impact?: string;
  @ApiPropertyOptional({ minLength: 1, maxLength: MOST_TEXT, example: 'Scan commits for keys.' })
  @IsOptional()
  @IsLongText(MOST_TEXT)
  lessons?: string;
}

export class AddNote {
  /** Markdown. */
  @ApiProperty({ minLength: 1, maxLength: MOST_TEXT, example: 'Asked the team: **nobody** runs this from there.' })
  @IsLongText(MOST_TEXT)
  text!: string;

  /** Admins and members who are told by mail. */
  @ApiPropertyOptional({ type: [String], maxItems: 20, example: [person] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ArrayUnique()
  @IsString({ each: true })
  mentions?: string[];
}

export class AddEvidence {
  @ApiProperty({ type: [String], minItems: 1, maxItems: 200, example: ['log_01jdw2f8qtfvkbh1mv4s9aq0ng'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique()
  @IsString({ each: true })
  logIds!: string[];
}

const dueOn = { type: String, format: 'date', nullable: true, example: '2025-12-31' } as const;
const owner = { type: String, nullable: true, example: person, description: 'An admin or member. Null: nobody yet.' } as const;
const message = 'must be a day such as 2025-12-31';
const IsDueDay = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional(dueOn),
    IsOptional(),
    Matches(/^\d{4}-\d\d-\d\d$/, { message }),
    IsISO8601({ strict: true }, { message }),
  );

export class AddFollowUp {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Scan all repositories for keys' }) @IsText(200) title!: string;
  @ApiPropertyOptional(owner) @IsOptional() @IsString() ownerId?: string | null;

  @IsDueDay() dueOn?: string | null;
}

export class ChangeFollowUp {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200, example: 'Scan all repositories for keys' })
  @IsOptional()
  @IsText(200)
  title?: string;
  @ApiPropertyOptional(owner) @IsOptional() @IsString() ownerId?: string | null;

  @IsDueDay() dueOn?: string | null;

  @ApiPropertyOptional({ example: true }) @IsOptional() @IsBoolean() done?: boolean;
}

const comment = { type: String, nullable: true, minLength: 1, maxLength: 1_000, example: 'Deployed at 11:40.' } as const;

export class AddService {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'The nightly import' }) @IsText(200) label!: string;
  @ApiPropertyOptional({ type: String, nullable: true, minLength: 1, maxLength: 80, example: 'checkout' })
  @IsOptional()
  @IsText(80)
  service?: string | null;
  @ApiPropertyOptional(comment) @IsOptional() @IsLongText(1_000) comment?: string | null;
}

export class ChangeService {
  @ApiPropertyOptional(comment) @IsOptional() @IsLongText(1_000) comment?: string | null;

  /** Of a line that a person added: no log shows when it is done. */
  @ApiPropertyOptional({ example: true }) @IsOptional() @IsBoolean() done?: boolean;

  /** Why it does not need the new key; null: it does. */
  @ApiPropertyOptional({ type: String, nullable: true, minLength: 1, maxLength: 1_000, example: 'Was switched off in 2024.' })
  @IsOptional()
  @IsText(1_000)
  notNeeded?: string | null;

  /** Whether it is a caller that the incident is about, so that nobody waits for it. */
  @ApiPropertyOptional({ example: false }) @IsOptional() @IsBoolean() suspect?: boolean;
}
