import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { keyStates, roles, type KeyState, type Role } from '@pinebill/contract';
import { Transform } from 'class-transformer';
import { IsIn, Matches, ValidateIf } from 'class-validator';
import { IsText } from '../platform/text.decorator';

const at = '2025-12-02T10:30:15.123Z';
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const [userId, keyId, reviewId] = ['usr_01jdw2f8qtfvkbh1mv4s9aq0ng', 'key_01kaxvz3k5e7hs0q4mm2m1bqgf', 'rvw_01kaxvz3k5e7hs0q4mm2m1bqgd'];
const nullable = { type: String, nullable: true } as const;
const count = (description: string) => ({ type: 'integer', example: 2, description }) as const;

export const accessLevels = ['manage', 'read', 'none'] as const;
export const personStates = ['active', 'suspended', 'invited', 'left'] as const;
export const concernCodes = [
  'single_admin',
  'admin_without_second_factor',
  'admin_absent',
  'admin_invited',
  'key_of_former_member',
  'key_of_suspended_member',
] as const;
/** `weekly`: signed at `/v1/weekly-reviews`. */
export const reviewKinds = ['access', 'weekly'] as const;
export type ReviewKind = (typeof reviewKinds)[number];

export class ReviewedPerson {
  @ApiProperty({ ...nullable, example: userId, description: 'Null while invited.' }) userId!: string | null;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
  @ApiProperty({ ...nullable, example: 'ada@example.com', description: 'Null of who left.' }) email!: string | null;
  @ApiProperty({ enum: roles, nullable: true, example: 'admin', description: 'Null of who left.' }) role!: Role | null;
  @ApiProperty({ enum: personStates, example: 'active', description: '`left`: no member any more, but keys that they made still work.' })
  state!: (typeof personStates)[number];
  @ApiProperty({
    enum: accessLevels,
    example: 'manage',
    description: 'To API keys: `manage` makes and revokes them, `read` sees them masked.',
  })
  access!: (typeof accessLevels)[number];
  @ApiProperty({ ...nullable, format: 'date-time', example: at }) memberSince!: string | null;
  @ApiProperty({ ...nullable, format: 'date-time', example: at }) lastSignInAt!: string | null;
  @ApiProperty({ type: Boolean, nullable: true, example: true, description: 'Null: not known.' }) secondFactor!: boolean | null;
  @ApiProperty(count('Living keys that they made, and whose secret they have seen.')) keysMade!: number;
  @ApiProperty(count('Keys that they made in the place of another one, living or not.')) keysRotated!: number;
  @ApiProperty(count('Keys that they revoked.')) keysRevoked!: number;
}

export class ReviewedKeyPlace {
  @ApiProperty({ ...nullable, example: userId }) id!: string | null;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

export class ReviewedKeyMaker extends ReviewedKeyPlace {
  @ApiProperty({ enum: ['active', 'suspended', 'left'], example: 'active' }) state!: 'active' | 'suspended' | 'left';
}

/** One that can be used, or could again. */
export class ReviewedKey {
  @ApiProperty({ example: keyId }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  @ApiProperty({ enum: keyStates, example: 'active' }) state!: KeyState;
  @ApiProperty({ type: [String], example: ['invoices:read'] }) scopes!: string[];
  @ApiProperty({ ...nullable, example: 'checkout' }) service!: string | null;
  @ApiProperty({ ...nullable, example: 'payments' }) team!: string | null;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ type: ReviewedKeyMaker, description: 'Who made it; of a key that replaces another: who rotated.' })
  createdBy!: ReviewedKeyMaker;
  @ApiProperty({ type: ReviewedKeyPlace, nullable: true, example: null }) replaces!: ReviewedKeyPlace | null;
}

export class ReviewConcern {
  @ApiProperty({ enum: concernCodes, example: 'key_of_former_member' }) code!: (typeof concernCodes)[number];
  @ApiProperty({ example: 'Production API', description: 'Of the person or the key.' }) subject!: string;
  @ApiProperty({ ...nullable, example: keyId, description: 'Of the person or the key.' }) id!: string | null;
}

export class ReviewSummary {
  @ApiProperty({ example: reviewId }) id!: string;
  @ApiProperty({ enum: reviewKinds, example: 'access' }) kind!: ReviewKind;
  @ApiProperty({ ...nullable, example: 'Two keys of a former colleague are to be replaced by Friday.' }) note!: string | null;
  @ApiProperty({ format: 'date-time', example: at }) signedAt!: string;
  @ApiProperty({ type: ReviewedKeyPlace }) signedBy!: ReviewedKeyPlace;
  @ApiProperty({ example: sha256, description: 'SHA-256 of the snapshot as canonical JSON (RFC 8785), in hexadecimal.' }) sha256!: string;
  @ApiProperty(count('People in the snapshot.')) people!: number;
  @ApiProperty(count('Living keys in the snapshot.')) keys!: number;
  @ApiProperty(count('What stood out in it.')) concerns!: number;
}

export class ReviewView extends ReviewSummary {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { kind: 'access', people: [], keys: [], concerns: [] },
    description: 'What was signed: people, keys and concerns as they were, by whom, when, with which note.',
  })
  snapshot!: Record<string, unknown>;
}

export class ReviewPage {
  @ApiProperty({ type: [ReviewSummary] }) data!: ReviewSummary[];
  @ApiProperty({ ...nullable, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}

export class AccessReview {
  @ApiProperty({ format: 'date-time', example: at }) asOf!: string;
  @ApiProperty({
    example: sha256,
    description: 'Stands for who has which access and which keys live. Sign with it, so that you sign what you saw.',
  })
  basis!: string;
  @ApiProperty({ type: [ReviewedPerson] }) people!: ReviewedPerson[];
  @ApiProperty({ type: [ReviewedKey] }) keys!: ReviewedKey[];
  @ApiProperty({ type: [ReviewConcern], description: 'What to look at first.' }) concerns!: ReviewConcern[];
  @ApiProperty({ type: ReviewSummary, nullable: true, example: null }) lastReview!: ReviewSummary | null;
  @ApiProperty({ format: 'date-time', example: at, description: '90 days after the last one; of a new organization, after its first day.' })
  dueAt!: string;
  @ApiProperty({ example: false }) overdue!: boolean;
}

export class SignReview {
  @ApiProperty({ enum: ['access'], example: 'access' })
  @IsIn(['access'])
  kind!: 'access';

  @ApiPropertyOptional({ example: 'Two keys of a former colleague are to be replaced by Friday.', maxLength: 2_000 })
  @ValidateIf((_, value) => value !== undefined)
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @IsText(2_000)
  note?: string;

  @ApiPropertyOptional({
    example: sha256,
    description: 'Of the access review that was looked at. If access has changed since: 409 `review_outdated`.',
  })
  @ValidateIf((_, value) => value !== undefined)
  @Matches(/^[0-9a-f]{64}$/, { message: '$property must be the `basis` of GET /v1/access-review' })
  basis?: string;
}
