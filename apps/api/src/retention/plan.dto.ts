/** The shapes of the plan: what it includes, how much of it is used, and what another one would change. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { planNames, type PlanName } from '@pinebill/contract';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { Limits } from '../organizations';

const at = '2025-12-02T10:30:15.123Z';
const instant = (description: string) => ({ type: String, format: 'date-time', nullable: true, example: at, description }) as const;

export class LimitedKey {
  @ApiProperty({ example: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ format: 'date-time', example: at, description: 'To within seconds.' }) lastLimitedAt!: string;
}

export class LimitUse {
  @ApiProperty({ type: 'integer', example: 29_120, description: 'Requests that all API keys together can make at once, just now.' })
  remaining!: number;
  @ApiProperty({
    type: 'integer',
    example: 912,
    description: 'Requests of all API keys in the last 60 seconds, those that were refused by a limit apart.',
  })
  usedLastMinute!: number;
  @ApiProperty({
    type: [LimitedKey],
    description: 'Keys that reached a limit of their own in the last 24 hours, the latest first; at most 50.',
  })
  keysAtLimit!: LimitedKey[];
}

export class PlanPeak {
  @ApiProperty({ type: 'integer', example: 1_204 }) requests!: number;
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:30:00.000Z', description: 'The minute.' }) at!: string;
}

export class PlanMonth {
  @ApiProperty({ example: '2025-12' }) month!: string;
  @ApiProperty({ type: 'integer', example: 48_213, description: 'Requests of the month that the plan shows.' }) requests!: number;
  @ApiProperty({
    type: 'integer',
    example: 19_285_200,
    description:
      'What they take in the database, with indexes: the size of the month, by the share of the organization in it. An estimate.',
  })
  storedBytes!: number;
}

export class PlanUsage {
  @ApiProperty({ format: 'date-time', example: at, description: 'These figures are a minute old at most.' }) asOf!: string;
  @ApiProperty({ type: 'integer', example: 12, description: 'API keys that have not ended.' }) keys!: number;
  @ApiProperty({ type: 'integer', example: 482_130, description: 'All that the plan shows.' }) requests!: number;
  @ApiProperty({
    type: PlanPeak,
    nullable: true,
    description: 'The busiest minute of the last 24 hours, programs only; null: there was none.',
  })
  peakPerMinute!: PlanPeak | null;
  @ApiProperty(instant('Of what the plan shows, to the minute; null: there is nothing.')) oldestRecordAt!: string | null;
  @ApiProperty({ type: 'integer', example: 19_285_200 }) storedBytes!: number;
  @ApiProperty({ type: [PlanMonth], description: 'The newest first.' }) months!: PlanMonth[];
}

export class PlanGrace {
  @ApiProperty({ type: 'integer', example: 400, description: 'So many days are still kept, and not shown.' }) keptDays!: number;
  @ApiProperty({ format: 'date-time', example: at, description: 'Then the purge may take what the plan does not show.' }) endsAt!: string;
}

export class OtherPlan {
  @ApiProperty({ enum: planNames, example: 'starter' }) plan!: PlanName;
  @ApiProperty({ type: 'integer', example: 7 }) retentionDays!: number;
  @ApiProperty({ type: Limits, description: 'Those that would be in force: of that plan, unless the organization has its own.' })
  limits!: Limits;
  @ApiProperty({ example: false }) alerts!: boolean;
  @ApiProperty({ example: false }) geographicRestrictions!: boolean;
  @ApiProperty({ type: [String], example: [], description: 'In words: what there would be more of.' }) gains!: string[];
  @ApiProperty({
    type: [String],
    example: ['Records are shown for 7 days instead of 400.'],
    description: 'In words: what there would be less of.',
  })
  losses!: string[];
}

export class PlanView {
  @ApiProperty({ enum: planNames, example: 'enterprise' }) plan!: PlanName;
  @ApiProperty({ type: 'integer', example: 400, description: 'How long a record can be read, in days.' }) retentionDays!: number;
  @ApiProperty({ type: Limits, description: 'Those in force: of the plan, unless the organization has its own.' }) limits!: Limits;
  @ApiProperty({ type: LimitUse, description: 'Over all processes, a second old at most.' }) use!: LimitUse;
  @ApiProperty({ example: true }) alerts!: boolean;
  @ApiProperty({ example: true }) geographicRestrictions!: boolean;
  @ApiProperty({ example: false, description: 'Whoever runs PineBill sets the plan; admins cannot.' }) locked!: boolean;
  @ApiProperty({
    type: PlanGrace,
    nullable: true,
    description: 'After a change to a shorter retention: how long the change can be taken back without loss. Null otherwise.',
  })
  grace!: PlanGrace | null;
  @ApiProperty({ type: PlanUsage }) usage!: PlanUsage;
  @ApiProperty({ type: [OtherPlan], description: 'What each of the others would change.' }) otherPlans!: OtherPlan[];
}

export class PreviewPlan {
  @ApiProperty({ enum: planNames, example: 'starter' }) @IsIn(planNames) plan!: PlanName;
}

export class ChangePlan extends PreviewPlan {
  @ApiPropertyOptional({ example: true, description: 'What the preview says is lost is meant to be lost.' })
  @IsOptional()
  @IsBoolean()
  confirm?: boolean;
}

export class HiddenRecords {
  @ApiProperty({ type: 'integer', example: 402_118, description: 'Requests.' }) records!: number;
  @ApiProperty(instant('Where they begin, to the minute; null: there are none.')) from!: string | null;
  @ApiProperty({ format: 'date-time', example: at, description: 'Where what is shown would begin.' }) to!: string;
}

export class PlanConsequence {
  @ApiProperty({
    enum: ['alertRules', 'channels', 'countryRestrictions', 'exports', 'exportSchedules', 'heldRecords', 'limits'],
    example: 'countryRestrictions',
  })
  what!: 'alertRules' | 'channels' | 'countryRestrictions' | 'exports' | 'exportSchedules' | 'heldRecords' | 'limits';
  @ApiProperty({ type: 'integer', example: 2 }) count!: number;
  @ApiProperty({ example: true, description: 'False: it goes on, under the conditions that `detail` names.' }) stops!: boolean;
  @ApiProperty({ example: 'No alert fires any more. The rules stay, and work again on a plan with alerts.' }) detail!: string;
}

export class PlanPreview {
  @ApiProperty({ enum: planNames, example: 'enterprise' }) from!: PlanName;
  @ApiProperty({ enum: planNames, example: 'starter' }) to!: PlanName;
  @ApiProperty({ example: true, description: 'Something is lost, so the change must be confirmed.' }) takesAway!: boolean;
  @ApiProperty({ type: [String], example: [] }) gains!: string[];
  @ApiProperty({ type: [String], example: ['Records are shown for 7 days instead of 400.'] }) losses!: string[];
  @ApiProperty({ type: HiddenRecords, nullable: true, description: 'What could no longer be read, at once. Null: nothing.' })
  hides!: HiddenRecords | null;
  @ApiProperty({ type: HiddenRecords, nullable: true, description: 'What is kept and not shown, and would be shown again. Null: nothing.' })
  bringsBack!: HiddenRecords | null;
  @ApiProperty(instant('Before that nothing of it is purged, and changing back brings all of it back. Null: nothing would be hidden.'))
  purgedNotBefore!: string | null;
  @ApiProperty({ type: [PlanConsequence] }) consequences!: PlanConsequence[];
}
