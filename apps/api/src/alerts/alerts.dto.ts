import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { alertSeverities, alertStates, type AlertSeverity, type AlertState } from '@pinebill/contract';
import { IsOptional, ValidateIf } from 'class-validator';
import { IsText } from '../platform/text.decorator';
import { AlertGroup, AlertPerson } from './alert-rules.dto';

const at = '2026-12-02T10:30:15.123Z';
const time = { type: String, nullable: true, format: 'date-time', example: at } as const;

export class ResolveAlert {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 500,
    example: 'A deploy with an old key; it was replaced.',
    description: 'What it was.',
  })
  @IsOptional()
  @IsText(500)
  resolution?: string | null;
}
export class AssignAlert {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng',
    description: 'An admin or member of the organization. Null: nobody.',
  })
  @ValidateIf(({ assigneeId }: AssignAlert) => assigneeId !== null)
  @IsText(60)
  assigneeId!: string | null;
}

export class AlertRuleRef {
  @ApiProperty({ example: 'rul_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Refused keys from one address', description: 'As it was called then.' }) name!: string;
  @ApiProperty({ type: 'integer', example: 3 }) version!: number;
  @ApiProperty({ example: false, description: 'It was deleted meanwhile.' }) deleted!: boolean;
}
export class AlertFindingFacts {
  @ApiProperty({ example: 'fnd_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'unauthorizedBurst' }) detector!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { kind: 'address', id: '192.0.2.7' } }) subject!: Record<
    string,
    unknown
  >;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { requests: 248 } }) seen!: Record<
    string,
    unknown
  > | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { requests: 3 } }) normal!: Record<
    string,
    unknown
  > | null;
}

export class AlertView {
  @ApiProperty({ example: 'alr_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ enum: alertStates, example: 'open' }) state!: AlertState;
  @ApiProperty({ enum: alertSeverities, example: 'high' }) severity!: AlertSeverity;
  @ApiProperty({ example: 'Refused keys: 42 calls from 192.0.2.7 within 5 minutes' }) title!: string;
  @ApiProperty({ type: AlertRuleRef }) rule!: AlertRuleRef;
  @ApiProperty({ type: AlertGroup, nullable: true }) group!: AlertGroup | null;
  @ApiProperty({ type: AlertFindingFacts, nullable: true, description: 'What a detector found, when the rule is about findings.' })
  finding!: AlertFindingFacts | null;
  @ApiProperty({ type: 'integer', example: 42, description: 'Calls in the window.' }) count!: number;
  @ApiProperty({ type: 'integer', nullable: true, example: 20, description: 'So many are too many; null for a finding.' }) threshold!:
    number | null;
  @ApiProperty({ format: 'date-time', example: at }) windowFrom!: string;
  @ApiProperty({ format: 'date-time', example: at }) windowTo!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    example: { status: '401', ip: '192.0.2.7', from: at, to: at },
    description: 'Shows its rows in the log.',
  })
  filter!: Record<string, string | string[]>;
  @ApiProperty({ type: [String], example: ['log_01kaxvz3k5e7hs0q4mm2m1bqgf'], description: 'Some of its rows, the newest.' })
  samples!: string[];
  @ApiProperty({ format: 'date-time', example: at }) openedAt!: string;
  @ApiProperty({ ...time, description: 'When people are told, in quiet hours. Null: they have been, or need not be.' }) tellAt!:
    string | null;
  @ApiProperty({ ...time, description: 'When it is escalated, unless somebody acknowledges it before.' }) escalateAt!: string | null;
  @ApiProperty(time) escalatedAt!: string | null;
  @ApiProperty({ type: AlertPerson, nullable: true }) assignee!: AlertPerson | null;
  @ApiProperty(time) acknowledgedAt!: string | null;
  @ApiProperty({ type: AlertPerson, nullable: true }) acknowledgedBy!: AlertPerson | null;
  @ApiProperty(time) resolvedAt!: string | null;
  @ApiProperty({ type: AlertPerson, nullable: true }) resolvedBy!: AlertPerson | null;
  @ApiProperty({ type: String, nullable: true, example: 'A deploy with an old key; it was replaced.' }) resolution!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Opened from it.' }) incidentId!: string | null;
}
export class AlertPage {
  @ApiProperty({ type: [AlertView] }) data!: AlertView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}

const eventKinds = ['opened', 'told', 'notTold', 'acknowledged', 'assigned', 'escalated', 'resolved', 'incidentOpened'] as const;
export class AlertEventView {
  @ApiProperty({ format: 'date-time', example: at }) at!: string;
  @ApiProperty({ enum: eventKinds, example: 'acknowledged' }) kind!: (typeof eventKinds)[number];
  @ApiProperty({ type: AlertPerson }) by!: AlertPerson;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {},
    description: 'What goes with it: the count, the channels that were told and those that are switched off, a name.',
  })
  data!: Record<string, unknown>;
}
export class AlertDetail extends AlertView {
  @ApiProperty({ type: [AlertEventView], description: 'In their order.' }) events!: AlertEventView[];
}
