import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { keyStates, type KeyState } from '@pinebill/contract';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsOptional, IsString, Matches, ValidateIf } from 'class-validator';
import { KeyView, Revocation } from '../api-keys';
import { IsText } from '../platform/text.decorator';
import { sectionKinds, type SectionKind } from './hygiene-sections';

const at = '2025-12-02T10:30:15.123Z';
const key = 'key_01kaxvz3k5e7hs0q4mm2m1bqgf';
export const keyActions = ['rotate', 'revoke', 'setOwner', 'replace'] as const;
export type KeyAction = (typeof keyActions)[number];

export class HygienePolicies {
  @ApiProperty({ type: 'integer', example: 90 }) rotationDays!: number;
  @ApiProperty({ type: 'integer', example: 30 }) idleDays!: number;
  @ApiProperty({ type: 'integer', example: 14 }) expiringDays!: number;
}

export class UsingServiceView {
  @ApiProperty({ type: [String], example: ['checkout'], description: 'What its programs call themselves, without versions.' })
  programs!: string[];
  @ApiProperty({ type: [String], example: ['3.120.44.0/24'], description: 'Where it calls from; ten at most.' }) networks!: string[];
  @ApiProperty({ type: 'integer', example: 1 }) networkCount!: number;
  @ApiProperty({ example: 0.62, description: 'Its part of the requests that were looked at, 0 to 1.' }) share!: number;
  @ApiProperty({ type: 'integer', example: 7, description: 'On how many days of the window it called.' }) days!: number;
}

export class SharedEvidence {
  @ApiProperty({ type: 'integer', example: 7 }) windowDays!: number;
  @ApiProperty({ type: 'integer', example: 1_180, description: 'Requests that were looked at: a sample that covers the window evenly.' })
  requests!: number;
  @ApiProperty({ type: 'integer', example: 7, description: 'On so many days two of them called.' }) commonDays!: number;
  @ApiProperty({ type: [UsingServiceView] }) services!: UsingServiceView[];
}

export class RefusedUseView {
  @ApiProperty({ type: 'integer', example: 12, description: 'Within the days after which a key is idle; 10,000 stands for that or more.' })
  requests!: number;
  @ApiProperty({ format: 'date-time', example: at }) lastAt!: string;
}

export class HygieneItem {
  @ApiProperty({ type: KeyView }) key!: KeyView;
  /** When it is due or ends. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: at }) dueAt!: string | null;
  /** Of what is due soon: the reminder whose time has come, 14, 7 or 1 days ahead. */
  @ApiProperty({ type: 'integer', nullable: true, example: 7 }) reminderDays!: number | null;
  @ApiProperty({ example: 'Rotate: the successor gets a secret of its own, and the old one works on for the overlap that you choose.' })
  advice!: string;
  /** What helps, the best first. */
  @ApiProperty({ enum: keyActions, isArray: true, example: ['rotate', 'revoke'] }) actions!: KeyAction[];
  @ApiProperty({ type: RefusedUseView, nullable: true, description: 'Of keys without use: who tried and was turned away (401, 403, 429).' })
  refusedUse!: RefusedUseView | null;
  @ApiProperty({ type: SharedEvidence, nullable: true }) shared!: SharedEvidence | null;
}

export class HygieneSection {
  @ApiProperty({ enum: sectionKinds, example: 'rotationOverdue' }) kind!: SectionKind;
  @ApiProperty({ example: 'Rotation overdue' }) title!: string;
  /** When a key is in it. */
  @ApiProperty({ example: 'Keys in use that are older than 90 days.' }) rule!: string;
  @ApiProperty({ type: 'integer', example: 1 }) count!: number;
  @ApiProperty({ type: [HygieneItem], description: 'The most urgent first; 200 at most.' }) items!: HygieneItem[];
}

export class HygieneView {
  @ApiProperty({ format: 'date-time', example: at }) asOf!: string;
  @ApiProperty({ type: HygienePolicies }) policies!: HygienePolicies;
  @ApiProperty({ type: 'integer', example: 12, description: 'Keys that are not revoked.' }) keys!: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'Keys that stand in any section.' }) toDo!: number;
  @ApiProperty({ type: [HygieneSection], description: 'In the order to work them off; also those without a key.' })
  sections!: HygieneSection[];
}

export class RevokeApiKeys {
  @ApiProperty({ type: [String], minItems: 1, maxItems: 100, uniqueItems: true, example: [key] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @Matches(/^key_/, { each: true, message: 'must be ids that start with key_' })
  ids!: string[];

  /** Why: it stays with each key and in the activity log. May be left out of a dry run. */
  @ApiPropertyOptional({ minLength: 1, maxLength: 500, example: 'not used any more' })
  @ValidateIf((body: RevokeApiKeys) => body.dryRun !== true || body.reason !== undefined)
  @IsText(500)
  reason?: string;

  /** Only say what would happen. */
  @ApiPropertyOptional({ example: false }) @IsOptional() @IsBoolean() dryRun?: boolean;
}

export class CallerView {
  @ApiProperty({ type: String, nullable: true, example: '3.120.44.0/24' }) network!: string | null;
  /** What the program calls itself, without its version; null: nothing. */
  @ApiProperty({ type: String, nullable: true, example: 'checkout' }) program!: string | null;
  @ApiProperty({ type: 'integer', example: 1_204 }) requests!: number;
  @ApiProperty({ format: 'date-time', example: at }) lastAt!: string;
}

export class BulkRevokedKey {
  @ApiProperty({ example: key }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  /** As it is now: after a revocation `revoked`. */
  @ApiProperty({ enum: keyStates, example: 'active' }) state!: KeyState;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: at }) lastUsedAt!: string | null;
  @ApiProperty({
    type: [CallerView],
    description: 'Dry run: who was accepted with it in the last 24 hours, and would be refused; 20 at most, the busiest first. Else empty.',
  })
  callers!: CallerView[];
  /** Of the callers above and all others; of the latest 5,000 requests. */
  @ApiProperty({ type: 'integer', example: 1 }) callerCount!: number;
  @ApiProperty({ type: Revocation, nullable: true, description: 'As of a single revocation; null in a dry run.' })
  revocation!: Revocation | null;
}

export class BulkRevocation {
  @ApiProperty({ example: true }) dryRun!: boolean;
  @ApiProperty({ type: [BulkRevokedKey], description: 'In the order they were asked for.' }) keys!: BulkRevokedKey[];
}
