/** A fire drill as it is shown: what was staged, and how long each step took. */
import { ApiProperty } from '@nestjs/swagger';
import { incidentSteps, keyStates, type IncidentStepName, type KeyState } from '@pinebill/contract';

const at = '2025-12-02T10:30:15.123Z';
const time = (description: string) => ({ type: String, format: 'date-time', nullable: true, example: at, description }) as const;
const seconds = (description: string) => ({ type: Number, nullable: true, example: 74.2, description }) as const;

export class DrillKey {
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Fire drill 2025-12-02 10:30:15' }) name!: string;
  @ApiProperty({ enum: keyStates, example: 'revoked' }) state!: KeyState;
  @ApiProperty(time('When it ends by itself, should nobody end it.')) expiresAt!: string | null;
}

export class DrillStep {
  @ApiProperty({ enum: incidentSteps, example: 'contained' }) step!: IncidentStepName;
  @ApiProperty({ enum: ['done', 'notNeeded', 'open'], example: 'done' }) status!: 'done' | 'notNeeded' | 'open';
  @ApiProperty(time('When it was done. Null: it is open, or there was nothing to do.')) at!: string | null;
  @ApiProperty(seconds('After the step before it.')) tookSeconds!: number | null;
  @ApiProperty(seconds('After the incident was opened.')) sinceOpenedSeconds!: number | null;
  @ApiProperty({ example: 300, description: 'By when it ought to be done, in seconds after the opening.' }) targetSeconds!: number;
  @ApiProperty({ type: Boolean, nullable: true, example: true, description: 'Null: open and in time, or nothing to do.' })
  withinTarget!: boolean | null;
}

export class DrillReport {
  @ApiProperty({ example: 'inc_01kaxvz3k5e7hs0q4mm2m1bqgf' }) incidentId!: string;
  @ApiProperty({ type: DrillKey, nullable: true, description: 'The key that was made for it. Null: the drill was opened by hand.' })
  apiKey!: DrillKey | null;
  @ApiProperty({ format: 'date-time', example: at }) openedAt!: string;
  @ApiProperty(time('Null: it goes on.')) closedAt!: string | null;
  @ApiProperty({ type: [DrillStep], description: 'All six, in their order.' }) steps!: DrillStep[];
  @ApiProperty({ type: Boolean, nullable: true, example: true, description: 'Every step in time. Null: that is not certain yet.' })
  withinTargets!: boolean | null;
}
