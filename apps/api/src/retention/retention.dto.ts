/** The shapes of holds, purge certificates, and of how long a record stays. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { planNames, type PlanName } from '@pinebill/contract';
import { IsISO8601, IsObject, IsOptional, IsString, Length, ValidateIf } from 'class-validator';

const at = '2025-12-02T10:30:15.123Z';
const holdId = 'hld_01kaxvz3k5e7hs0q4mm2m1bqgf';
const instant = (description: string) => ({ type: String, format: 'date-time', nullable: true, example: at, description }) as const;
const filterSchema = {
  type: 'object' as const,
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  example: { apiKeyId: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng', from: '2025-11-01T00:00:00Z', to: '2025-12-01T00:00:00Z' },
};
const reason = { example: 'Letter of Smith & Partners, case 4711', minLength: 1, maxLength: 1_000 } as const;

export class CreateHold {
  @ApiProperty({ ...reason, description: 'Why: who asked for it, in which matter.' }) @IsString() @Length(1, 1_000) reason!: string;

  @ApiPropertyOptional({
    ...filterSchema,
    description: 'What is held, in the words of the query of the log: a period (`from`, `to`), a filter, or both. Left out: everything.',
  })
  @IsOptional()
  @IsObject()
  filter?: Record<string, unknown>;

  @ApiPropertyOptional({ ...instant('Until when; then it ends by itself. Null or left out: until it is released.') })
  @IsOptional()
  @ValidateIf((_, value) => value !== null)
  @IsISO8601({ strict: true })
  until?: string | null;
}

export class ReleaseHold {
  @ApiProperty({ ...reason, example: 'The case was settled.' }) @IsString() @Length(1, 1_000) reason!: string;
}

export class HoldPerson {
  @ApiProperty({ example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

export const holdStates = ['active', 'ended', 'released'] as const;
export type HoldState = (typeof holdStates)[number];

export class HoldView {
  @ApiProperty({ example: holdId }) id!: string;
  @ApiProperty({ enum: holdStates, example: 'active', description: '`ended`: its time is over. `released`: somebody let go of it.' })
  state!: HoldState;
  @ApiProperty({ example: reason.example }) reason!: string;
  @ApiProperty({ ...filterSchema, description: 'As it was asked for; empty: everything.' }) filter!: Record<string, string | string[]>;
  @ApiProperty(instant('Null: until it is released.')) until!: string | null;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ type: HoldPerson }) createdBy!: HoldPerson;
  @ApiProperty(instant('Null: it was not released.')) releasedAt!: string | null;
  @ApiProperty({ type: HoldPerson, nullable: true }) releasedBy!: HoldPerson | null;
  @ApiProperty({ type: String, nullable: true, example: null }) releaseReason!: string | null;
}

export class HoldPage {
  @ApiProperty({ type: [HoldView] }) data!: HoldView[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}

export class SequenceRangeView {
  @ApiProperty({ type: 'integer', example: 1 }) from!: number;
  @ApiProperty({ type: 'integer', example: 48_213, description: 'Included.' }) to!: number;
}

export class PurgePolicy {
  @ApiProperty({ enum: planNames, example: 'starter' }) plan!: PlanName;
  @ApiProperty({ type: 'integer', example: 7 }) retentionDays!: number;
  @ApiProperty({
    type: 'integer',
    example: 7,
    description: 'More than the plan shows while a change to a shorter retention can be taken back.',
  })
  keptDays!: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'Holds that were heeded.' }) holds!: number;
}

export class PurgeCertificateView {
  @ApiProperty({ example: 'pcr_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ format: 'date-time', example: at }) beganAt!: string;
  @ApiProperty({ format: 'date-time', example: at }) endedAt!: string;
  @ApiProperty({ enum: ['deleted', 'dropped'], example: 'deleted', description: '`dropped`: a whole month at once.' }) how!:
    'deleted' | 'dropped';
  @ApiProperty({ format: 'date-time', example: at, description: 'Nothing that began at it or later is gone.' }) cutoffAt!: string;
  @ApiProperty({ type: PurgePolicy }) policy!: PurgePolicy;
  @ApiProperty({ type: 'integer', example: 48_213, description: 'Records of the log.' }) records!: number;
  @ApiProperty({
    type: [SequenceRangeView],
    description:
      'Which numbers are gone. Empty with records: in more than 1,000 pieces, and then the first and the last are all that is told.',
  })
  sequences!: SequenceRangeView[];
  @ApiProperty({ type: 'integer', nullable: true, example: 1 }) firstSequence!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 48_213 }) lastSequence!: number | null;
  @ApiProperty(instant('When the oldest of them began.')) oldestAt!: string | null;
  @ApiProperty(instant('When the newest of them began.')) newestAt!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { counters: 1_204, keyUse: 96 },
    description:
      'What went with them: counters, sums of use by key, user agents, confirmations of revocations, released evidence of incidents.',
  })
  others!: Record<string, number>;
  @ApiProperty({ example: 'retention', description: 'Who: the job.' }) by!: string;
}

export class MonthTakenOut {
  @ApiProperty({ format: 'date-time', example: '2025-11-01T00:00:00.000Z', description: 'Inclusive.' }) from!: string;
  @ApiProperty({ format: 'date-time', example: '2025-12-01T00:00:00.000Z', description: 'Exclusive.' }) to!: string;
}

export class PurgeInProgress {
  @ApiProperty(instant('When the purge began that deletes record by record. Null: none is unfinished.')) since!: string | null;
  @ApiProperty({
    type: 'integer',
    example: 12_000,
    description: 'Records of the log that it has deleted so far. They are in no certificate yet.',
  })
  records!: number;
  @ApiProperty({
    type: [MonthTakenOut],
    description:
      'Whole months whose records nobody can read any more, and that are still being counted: how many those were, and which numbers, is in no certificate yet.',
  })
  months!: MonthTakenOut[];
}

export class PurgeCertificatePage {
  @ApiProperty({ type: [PurgeCertificateView] }) data!: PurgeCertificateView[];
  @ApiProperty({
    type: PurgeInProgress,
    nullable: true,
    description:
      'What is gone and in no certificate yet: of a purge that began and is not finished (the next one goes on from there), and of whole months. Null: nothing.',
  })
  inProgress!: PurgeInProgress | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}

export class RecordHold {
  @ApiProperty({ enum: ['legal', 'incident'], example: 'incident' }) kind!: 'legal' | 'incident';
  @ApiProperty({ example: 'inc_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Incident 3: Key in a public repository',
    description: 'The reason of the hold, or the incident with its title. Null for API keys: what holds are for is told to people alone.',
  })
  name!: string | null;
}

export class RecordRetention {
  @ApiProperty({ example: 'log_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ enum: planNames, example: 'enterprise' }) plan!: PlanName;
  @ApiProperty({ type: 'integer', example: 400 }) retentionDays!: number;
  @ApiProperty({
    format: 'date-time',
    example: at,
    description: 'From then on it is shown no more, held or not. Follows the plan of this moment.',
  })
  expiresAt!: string;
  @ApiProperty(instant('The purge may take it from then on; null: something holds it, and no purge takes it as long as that lasts.'))
  purgedFrom!: string | null;
  @ApiProperty({ type: [RecordHold] }) heldBy!: RecordHold[];
}
