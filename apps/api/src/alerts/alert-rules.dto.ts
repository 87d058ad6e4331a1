import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import {
  alertBounds,
  alertGroupings,
  alertRuleKinds,
  alertSeverities,
  detectorNames,
  findingSubjectKinds,
  weekdays,
  type AlertGrouping,
  type AlertRuleKind,
  type AlertSeverity,
  type DetectorName,
  type FindingSubjectKind,
  type Weekday,
} from '@pinebill/contract';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsInstant } from '../platform/instant.decorator';
import { IsText } from '../platform/text.decorator';

const at = '2026-12-02T10:30:15.123Z';
const MOST_CHANNELS = 20;
const HOUR_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

const name = { example: 'Refused keys from one address', minLength: 1, maxLength: 80 } as const;
const severity = { enum: alertSeverities, example: 'high', description: 'Of the alerts that it opens.' } as const;
const filter = {
  type: 'object' as const,
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  example: { status: '401' },
  description:
    'Which calls are counted: as the query of the log, parameter names and their values, without `from` and `to`. For rules about calls.',
};
const threshold = {
  type: 'integer' as const,
  minimum: alertBounds.threshold.min,
  maximum: alertBounds.threshold.max,
  example: 20,
  description: 'So many calls within the window. For rules about calls.',
};
const windowMinutes = {
  type: 'integer' as const,
  minimum: alertBounds.windowMinutes.min,
  maximum: alertBounds.windowMinutes.max,
  example: 5,
  description: 'Of whole minutes, by when the calls began. For rules about calls.',
};
const groupBy = {
  enum: alertGroupings,
  example: 'ip',
  description:
    'Calls are counted for each of these by itself; those without such a value are not counted. `none`: all together. For rules about calls.',
} as const;
const detectors = {
  enum: detectorNames,
  isArray: true,
  nullable: true,
  example: ['unauthorizedBurst'],
  description: 'Whose findings open an alert; null: of all. For rules about findings.',
} as const;
const leastSeverity = { enum: alertSeverities, example: 'medium', description: 'Of a finding. For rules about findings.' } as const;
const coolDown = {
  type: 'integer' as const,
  minimum: alertBounds.coolDownMinutes.min,
  maximum: alertBounds.coolDownMinutes.max,
  example: 60,
  description: 'After an alert the same group opens no other one for so long, and never within one window.',
};
const enabled = { example: true, description: 'A rule that is not enabled opens no alert.' } as const;
const channelIds = {
  type: String,
  isArray: true,
  maxItems: MOST_CHANNELS,
  example: ['chn_01kaxvz3k5e7hs0q4mm2m1bqgf'],
  description: 'Where its alerts are told. None: they are in the inbox.',
};

export class QuietHoursFields {
  @ApiProperty({ enum: weekdays, isArray: true, example: ['saturday', 'sunday'], description: 'The days on which it begins.' })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(weekdays, { each: true })
  weekdays!: Weekday[];
  @ApiProperty({ example: '22:00' }) @Matches(HOUR_OF_DAY, { message: 'takes a time of day such as 22:00' }) from!: string;
  @ApiProperty({ example: '07:00', description: 'Of the next day, when it is not after `from`.' })
  @Matches(HOUR_OF_DAY, { message: 'takes a time of day such as 07:00' })
  to!: string;
  @ApiProperty({ example: 'Europe/Berlin', maxLength: 60 }) @IsText(60) timeZone!: string;
  @ApiPropertyOptional({ example: true, default: true, description: 'Alerts of critical severity are told at once all the same.' })
  @IsOptional()
  @IsBoolean()
  criticalPasses?: boolean;
}

export class EscalationFields {
  @ApiProperty({
    type: 'integer',
    minimum: alertBounds.escalationMinutes.min,
    maximum: alertBounds.escalationMinutes.max,
    example: 30,
    description: 'After people were told, unless somebody has acknowledged or resolved it.',
  })
  @IsInt()
  @Min(alertBounds.escalationMinutes.min)
  @Max(alertBounds.escalationMinutes.max)
  afterMinutes!: number;
  @ApiPropertyOptional({ ...channelIds, default: [], description: 'Told then, beside those of the rule.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_CHANNELS)
  @IsString({ each: true })
  channelIds?: string[];
  @ApiPropertyOptional({ example: true, default: true, description: 'Every admin gets a mail.' })
  @IsOptional()
  @IsBoolean()
  mailAdmins?: boolean;
}

export class RuleSubjectFields {
  @ApiProperty({ enum: findingSubjectKinds, example: 'address' }) @IsIn(findingSubjectKinds) kind!: FindingSubjectKind;
  @ApiPropertyOptional({ type: String, nullable: true, example: '192.0.2.7', description: 'A key or person by its id, an address or network, a fingerprint of 12 characters. Null: any of this kind. It is kept as findings name it: an IPv6 address as its /64, a network as its /24 or /48.' })
  @IsOptional()
  @IsText(200)
  value?: string | null;
} // prettier-ignore

export class CreateAlertRule {
  @ApiProperty({
    enum: alertRuleKinds,
    example: 'filter',
    description: 'What it looks at: `filter`, calls of the log; `detector`, findings. It stays so.',
  })
  @IsIn(alertRuleKinds)
  kind!: AlertRuleKind;
  @ApiProperty(name) @IsText(80) name!: string;
  @ApiPropertyOptional({ ...severity, default: 'high' }) @IsOptional() @IsIn(alertSeverities) severity?: AlertSeverity;
  @ApiPropertyOptional({ ...enabled, default: true }) @IsOptional() @IsBoolean() enabled?: boolean;
  @ApiPropertyOptional(filter) @IsOptional() @IsObject() filter?: Record<string, unknown>;
  @ApiPropertyOptional(threshold)
  @IsOptional()
  @IsInt()
  @Min(alertBounds.threshold.min)
  @Max(alertBounds.threshold.max)
  threshold?: number;
  @ApiPropertyOptional({ ...windowMinutes, default: 5 })
  @IsOptional()
  @IsInt()
  @Min(alertBounds.windowMinutes.min)
  @Max(alertBounds.windowMinutes.max)
  windowMinutes?: number;
  @ApiPropertyOptional({ ...groupBy, default: 'none' }) @IsOptional() @IsIn(alertGroupings) groupBy?: AlertGrouping;
  @ApiPropertyOptional(detectors)
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(detectorNames, { each: true })
  detectors?: DetectorName[] | null;
  @ApiPropertyOptional({ ...leastSeverity, default: 'low' }) @IsOptional() @IsIn(alertSeverities) leastSeverity?: AlertSeverity;
  @ApiPropertyOptional({
    type: [RuleSubjectFields],
    nullable: true,
    maxItems: 100,
    description: 'What a finding is about; null: anything. For rules about findings.',
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => RuleSubjectFields)
  subjects?: RuleSubjectFields[] | null;
  @ApiPropertyOptional({ ...coolDown, default: 60 })
  @IsOptional()
  @IsInt()
  @Min(alertBounds.coolDownMinutes.min)
  @Max(alertBounds.coolDownMinutes.max)
  coolDownMinutes?: number;
  @ApiPropertyOptional({
    type: QuietHoursFields,
    nullable: true,
    description: 'Alerts open, and people are told when it is over. Null: there is none.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => QuietHoursFields)
  quietHours?: QuietHoursFields | null;
  @ApiPropertyOptional({ ...channelIds, default: [] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_CHANNELS)
  @IsString({ each: true })
  channelIds?: string[];
  @ApiPropertyOptional({ type: EscalationFields, nullable: true, description: 'When nobody acknowledges an alert. Null: nothing then.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => EscalationFields)
  escalation?: EscalationFields | null;
}

/** What is left out stays as it is. */
export class ChangeAlertRule extends PartialType(OmitType(CreateAlertRule, ['kind'])) {
  @ApiPropertyOptional({
    type: 'integer',
    example: 3,
    description: 'Of the rule that was read: when somebody else has changed it meanwhile, nothing is changed. Left out: it is changed all the same.',
  })
  @IsOptional()
  @IsInt()
  version?: number; // prettier-ignore
}

class BackTestPeriod {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    format: 'date-time',
    example: '2026-11-02T00:00:00Z',
    description: 'Left out: 30 days before the end.',
  })
  @IsOptional()
  @IsInstant()
  from?: string | null;
  @ApiPropertyOptional({ type: String, nullable: true, format: 'date-time', example: at, description: 'Left out: now.' })
  @IsOptional()
  @IsInstant()
  to?: string | null;
}
export class BackTestAlertRule extends BackTestPeriod {
  @ApiProperty({ type: CreateAlertRule })
  @IsObject()
  @ValidateNested()
  @Type(() => CreateAlertRule)
  rule!: CreateAlertRule;
}
export class BackTestSavedRule extends BackTestPeriod {}

export class RuleQuietHours {
  @ApiProperty({ enum: weekdays, isArray: true, example: ['saturday', 'sunday'] }) weekdays!: Weekday[];
  @ApiProperty({ example: '22:00' }) from!: string;
  @ApiProperty({ example: '07:00' }) to!: string;
  @ApiProperty({ example: 'Europe/Berlin' }) timeZone!: string;
  @ApiProperty({ example: true }) criticalPasses!: boolean;
}
export class RuleEscalation {
  @ApiProperty({ type: 'integer', example: 30 }) afterMinutes!: number;
  @ApiProperty({ type: [String], example: [] }) channelIds!: string[];
  @ApiProperty({ example: true }) mailAdmins!: boolean;
}
export class RuleSubjectView {
  @ApiProperty({ enum: findingSubjectKinds, example: 'address' }) kind!: FindingSubjectKind;
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7' }) value!: string | null;
}
export class AlertPerson {
  @ApiProperty({ type: String, nullable: true, example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng', description: 'Null: the product itself.' })
  id!: string | null;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

const healthTime = { type: String, nullable: true, format: 'date-time', example: null } as const;
export class AlertRuleHealth {
  @ApiProperty({ ...healthTime, description: 'Since then it could not be looked at, or only in smaller steps. Null: all is well.' })
  failingSince!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null }) lastError!: string | null;
  @ApiProperty({ type: 'integer', example: 0, description: 'Calls that reached the log more than a day late: they were not counted, whether the filter finds them or not.' })
  missedCalls!: number; // prettier-ignore
  @ApiProperty({ ...healthTime, description: 'When the last of these came.' }) missedAt!: string | null;
  @ApiProperty({ type: 'integer', example: 0, description: 'So many times it fired at once without opening an alert, because 200 of its alerts are not resolved.' })
  heldBack!: number; // prettier-ignore
  @ApiProperty({ ...healthTime, description: 'When that was last.' }) heldBackAt!: string | null;
}

export class AlertRuleView {
  @ApiProperty({ example: 'rul_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ type: 'integer', example: 3, description: 'One more with each change.' }) version!: number;
  @ApiProperty({ enum: alertRuleKinds, example: 'filter' }) kind!: AlertRuleKind;
  @ApiProperty(name) name!: string;
  @ApiProperty(severity) severity!: AlertSeverity;
  @ApiProperty(enabled) enabled!: boolean;
  @ApiProperty({ ...filter, nullable: true }) filter!: Record<string, string | string[]> | null;
  @ApiProperty({ ...threshold, nullable: true }) threshold!: number | null;
  @ApiProperty({ ...windowMinutes, nullable: true }) windowMinutes!: number | null;
  @ApiProperty({ ...groupBy, type: String, nullable: true }) groupBy!: AlertGrouping | null;
  @ApiProperty(detectors) detectors!: string[] | null;
  @ApiProperty({ ...leastSeverity, type: String, nullable: true }) leastSeverity!: AlertSeverity | null;
  @ApiProperty({ type: [RuleSubjectView], nullable: true }) subjects!: RuleSubjectView[] | null;
  @ApiProperty(coolDown) coolDownMinutes!: number;
  @ApiProperty({ type: RuleQuietHours, nullable: true }) quietHours!: RuleQuietHours | null;
  @ApiProperty(channelIds) channelIds!: string[];
  @ApiProperty({ type: RuleEscalation, nullable: true }) escalation!: RuleEscalation | null;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ type: AlertPerson }) createdBy!: AlertPerson;
  @ApiProperty({ format: 'date-time', example: at, description: 'Calls are counted from here on when what it counts was changed.' })
  changedAt!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) changedBy!: string;
  @ApiProperty({ type: 'integer', example: 1, description: 'Of its alerts, those that are not resolved.' }) openAlerts!: number;
  @ApiProperty({ type: String, nullable: true, format: 'date-time', example: at }) lastFiredAt!: string | null;
  @ApiProperty({ type: AlertRuleHealth, description: 'What keeps it from saying all there is to say.' }) health!: AlertRuleHealth;
}
export class AlertRuleList {
  @ApiProperty({ type: [AlertRuleView], description: 'By name.' }) data!: AlertRuleView[];
}

export class AlertGroup {
  @ApiProperty({ enum: alertGroupings, type: String, nullable: true, example: 'ip', description: 'What calls were counted apart by; null for a finding.' })
  by!: AlertGrouping | null;
  @ApiProperty({ example: '192.0.2.7', description: 'As the filter of the log writes it; of a finding, detector and subject.' }) value!: string;
  @ApiProperty({ example: '192.0.2.7', description: 'For people: the name of a key.' }) label!: string;
} // prettier-ignore

export class BackTestFiring {
  @ApiProperty({
    format: 'date-time',
    example: at,
    description: 'The minute in which the window was full; of a finding, in which it was found.',
  })
  at!: string;
  @ApiProperty({ format: 'date-time', example: at }) windowFrom!: string;
  @ApiProperty({ format: 'date-time', example: at }) windowTo!: string;
  @ApiProperty({ type: AlertGroup, nullable: true }) group!: AlertGroup | null;
  @ApiProperty({ type: 'integer', example: 42, description: 'Calls in the window.' }) count!: number;
  @ApiProperty({ example: false, description: 'In quiet hours: people would have been told afterwards.' }) quiet!: boolean;
  @ApiProperty({ ...filter, description: 'Shows its rows in the log.' }) filter!: Record<string, string | string[]>;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Of a rule about findings.' }) findingId!: string | null;
}
export class BackTestPoint {
  @ApiProperty({ format: 'date-time', example: at }) from!: string;
  @ApiProperty({ type: 'integer', example: 310, description: 'Calls that the filter finds, or findings that fit.' }) calls!: number;
  @ApiProperty({ type: 'integer', example: 1 }) fired!: number;
}
export class BackTest {
  @ApiProperty({ format: 'date-time', example: at, description: 'What was really looked at.' }) from!: string;
  @ApiProperty({ format: 'date-time', example: at }) to!: string;
  @ApiProperty({
    enum: ['retention', 'size', 'detection'],
    type: String,
    nullable: true,
    example: null,
    description: 'Why it is shorter than what was asked for: `retention`, the plan keeps no more; `size`, there is more than can be counted while somebody waits; `detection`, of findings: detection has looked at no more. What came before is not said anything about.',
  })
  limitedBy!: 'retention' | 'size' | 'detection' | null; // prettier-ignore
  @ApiProperty({ type: 'integer', example: 4, description: 'How often it would have fired.' }) fired!: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'Of these, in quiet hours.' }) quiet!: number;
  @ApiProperty({ type: 'integer', example: 2, description: 'For so many groups.' }) groups!: number;
  @ApiProperty({ enum: ['minute', 'hour', 'day'], example: 'hour' }) interval!: 'minute' | 'hour' | 'day';
  @ApiProperty({ type: [BackTestPoint], description: 'Intervals without a call are left out.' }) series!: BackTestPoint[];
  @ApiProperty({ type: [BackTestFiring], description: 'The newest 200, newest first.' }) data!: BackTestFiring[];
}
