/** The digest of a week, and the reviews of weeks as a list. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { findingSeverities, incidentSeverities, type FindingSeverity, type IncidentSeverity } from '@pinebill/contract';
import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { IsText } from '../platform/text.decorator';

const at = '2026-11-23T00:07:00.000Z';
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const nullable = { type: String, nullable: true } as const;
const count = (description: string) => ({ type: 'integer', example: 2, description }) as const;

export class WeeklyTraffic {
  @ApiProperty({ type: 'integer', example: 48213 }) requests!: number;
  @ApiProperty({ type: 'integer', example: 912 }) clientErrors!: number;
  @ApiProperty({ type: 'integer', example: 3 }) serverErrors!: number;
}

export class WeeklyChange {
  @ApiProperty({ example: 'api_key.created', description: 'As the activity names it.' }) action!: string;
  @ApiProperty(count('How often.')) count!: number;
}

export class WeeklyFinding {
  @ApiProperty({ example: 'fnd_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Burst of refused requests' }) title!: string;
  @ApiProperty({ example: '203.0.113.9', description: 'What it is about.' }) subject!: string;
  @ApiProperty({ enum: findingSeverities, example: 'high' }) severity!: FindingSeverity;
  @ApiProperty({ enum: ['open', 'normal', 'closed'], example: 'open', description: 'When the digest was made.' }) state!: string;
  @ApiProperty({ format: 'date-time', example: at }) openedAt!: string;
}

export class WeeklyFindings {
  @ApiProperty(count('Of the week.')) opened!: number;
  @ApiProperty(count('Of the week before.')) openedBefore!: number;
  @ApiProperty(count('Open when the digest was made, of whatever week.')) open!: number;
  @ApiProperty(count('Of these, the ones of severity high or critical.')) openGrave!: number;
  @ApiProperty({ type: [WeeklyFinding], description: 'Of the week, the gravest first; 50 at the most.' }) list!: WeeklyFinding[];
  @ApiProperty(count('Of the week, and not in this list for its length.')) more!: number;
  @ApiProperty({
    type: [WeeklyFinding],
    description: 'Open when the digest was made, of whatever week, the gravest first; 50 at the most.',
  })
  openList!: WeeklyFinding[];
  @ApiProperty(count('Open, and not in that list for its length.')) openMore!: number;
  @ApiProperty(
    count(
      'Of the week or open, and in no list and no other number: about callers of nobody, which only admins of this organization may see.',
    ),
  )
  leftOut!: number;
}

export class WeeklyHygieneSection {
  @ApiProperty({ example: 'rotationOverdue' }) kind!: string;
  @ApiProperty({ example: 'Rotation overdue' }) title!: string;
  @ApiProperty(count('Keys.')) count!: number;
}

export class WeeklyHygiene {
  @ApiProperty(count('Living keys.')) keys!: number;
  @ApiProperty(count('Keys that need somebody.')) toDo!: number;
  @ApiProperty({ type: [WeeklyHygieneSection] }) sections!: WeeklyHygieneSection[];
}

export class WeeklyIncident {
  @ApiProperty({ example: 'inc_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ type: 'integer', example: 7 }) number!: number;
  @ApiProperty({ example: 'Key in a public repository' }) title!: string;
  @ApiProperty({ enum: incidentSeverities, example: 'high' }) severity!: IncidentSeverity;
}

export class WeeklyIncidents {
  @ApiProperty(count('In the week, drills left out.')) opened!: number;
  @ApiProperty(count('In the week, drills left out.')) closed!: number;
  @ApiProperty({ type: [WeeklyIncident], description: 'Open when the digest was made; 50 at the most.' }) open!: WeeklyIncident[];
  @ApiProperty(count('Open, and not in the list for its length.')) openMore!: number;
}

export class WeeklyPeriod {
  @ApiProperty({ format: 'date-time', example: '2026-11-16T00:07:00.000Z' }) from!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-23T00:00:00.000Z' }) to!: string;
}

export class WeeklyDigest {
  @ApiProperty({
    type: WeeklyPeriod,
    nullable: true,
    description: 'What `traffic` covers: of the week what the plan showed when the digest was made. Null: nothing of it.',
  })
  period!: WeeklyPeriod | null;
  @ApiProperty({ type: WeeklyTraffic }) traffic!: WeeklyTraffic;
  @ApiProperty({
    type: WeeklyTraffic,
    nullable: true,
    description: 'Of the week before, from the log or from its review; null: one of both weeks is not whole.',
  })
  trafficBefore!: WeeklyTraffic | null;
  @ApiProperty({ type: [WeeklyChange], description: 'What people changed, the most frequent first; 20 at the most.' })
  changes!: WeeklyChange[];
  @ApiProperty(count('How many changes are not in the list.')) changesMore!: number;
  @ApiProperty({ type: WeeklyFindings }) findings!: WeeklyFindings;
  @ApiProperty({ type: WeeklyHygiene, description: 'When the digest was made.' }) hygiene!: WeeklyHygiene;
  @ApiProperty({ type: WeeklyIncidents }) incidents!: WeeklyIncidents;
  @ApiProperty({ type: [String], example: ['1 incident is open.'], description: 'What to look at first.' }) attention!: string[];
}

export class WeeklySignature {
  @ApiProperty({ example: 'rvw_01kaxvz3k5e7hs0q4mm2m1bqgd', description: 'The evidence: `GET /v1/reviews/{id}`.' }) reviewId!: string;
  @ApiProperty({ format: 'date-time', example: at }) signedAt!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) signedBy!: string;
  @ApiProperty({ example: sha256, description: 'SHA-256 of what was signed, as canonical JSON (RFC 8785), in hexadecimal.' })
  sha256!: string;
  @ApiProperty({ ...nullable, example: 'The key was replaced.' }) note!: string | null;
}

/** Text, as queries have it. */
export const signedChoices = ['true', 'false'] as const;

export class WeeklyReviewSummary {
  @ApiProperty({ example: 'wkr_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-16T00:00:00.000Z', description: 'A Monday, in UTC.' }) from!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-23T00:00:00.000Z', description: 'The Monday after; not included.' }) to!: string;
  @ApiProperty({ format: 'date-time', example: at }) madeAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-30T00:00:00.000Z' }) dueAt!: string;
  @ApiProperty({ example: false, description: 'Due, and nobody has signed it.' }) overdue!: boolean;
  @ApiProperty(count('What to look at first.')) attention!: number;
  @ApiProperty({ type: WeeklySignature, nullable: true, example: null, description: 'Null: nobody has signed it yet.' })
  signature!: WeeklySignature | null;
}

export class WeeklyReviewView extends WeeklyReviewSummary {
  @ApiProperty({ type: WeeklyDigest }) digest!: WeeklyDigest;
}

export class WeeklyReviewPage {
  @ApiProperty({ type: [WeeklyReviewSummary] }) data!: WeeklyReviewSummary[];
  @ApiProperty({ ...nullable, example: null }) nextCursor!: string | null;
}

export class SignWeeklyReview {
  @ApiPropertyOptional({ example: 'The key of the till was replaced; nothing else stood out.', maxLength: 2_000 })
  @ValidateIf((_, value) => value !== undefined)
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @IsText(2_000)
  note?: string;
}
