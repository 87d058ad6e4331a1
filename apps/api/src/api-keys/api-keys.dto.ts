import { ApiProperty } from '@nestjs/swagger';
import { keyStates, scopes, type KeyState, type Scope } from '@pinebill/contract';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional, IsString, Matches, ValidateIf } from 'class-validator';
import { IsInstant } from '../platform/instant.decorator';
import { IsText } from '../platform/text.decorator';
import { PlaceFields, PlaceView } from '../restrictions';

export class CreateApiKey extends PlaceFields {
  /** Shown in the console and on every record the key makes. Unique among the keys that are not revoked. */
  @ApiProperty({ minLength: 1, maxLength: 80, example: 'Production API' }) @IsText(80) name!: string;

  /** What the key may do. May be left out only with `replaces`. */
  @ApiProperty({ enum: scopes, isArray: true, required: false, example: ['invoices:read', 'invoices:write'] })
  @ValidateIf((body: CreateApiKey) => body.replaces === undefined || body.scopes !== undefined)
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(scopes, { each: true })
  scopes?: Scope[];

  @ApiProperty({ type: String, nullable: true, required: false, maxLength: 80, example: 'checkout' })
  @IsOptional()
  @IsText(80)
  service?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, maxLength: 80, example: 'payments' })
  @IsOptional()
  @IsText(80)
  team?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, maxLength: 80, example: 'production' })
  @IsOptional()
  @IsText(80)
  environment?: string | null;

  /** When the key stops working by itself; in the future. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, required: false, example: '2099-12-31T00:00:00.000Z' })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  /** A key of any state that this one takes the place of: scopes, networks, service, team and environment are inherited unless given. */
  @ApiProperty({ required: false, example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' })
  @IsOptional()
  @IsString()
  @Matches(/^key_/, { message: 'must be an id that starts with key_' })
  replaces?: string;
}

export class ChangeApiKey extends PlaceFields {
  @ApiProperty({ required: false, minLength: 1, maxLength: 80, example: 'Production API' })
  @ValidateIf((body: ChangeApiKey) => body.name !== undefined)
  @IsText(80)
  name?: string;

  @ApiProperty({ type: String, nullable: true, required: false, maxLength: 80, example: 'checkout' })
  @IsOptional()
  @IsText(80)
  service?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, maxLength: 80, example: 'payments' })
  @IsOptional()
  @IsText(80)
  team?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, maxLength: 80, example: 'production' })
  @IsOptional()
  @IsText(80)
  environment?: string | null;

  /** What the key may do from the next call on; all of it, not only what is added. */
  @ApiProperty({ enum: scopes, isArray: true, required: false, example: ['invoices:read'] })
  @ValidateIf((body: ChangeApiKey) => body.scopes !== undefined)
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(scopes, { each: true })
  scopes?: Scope[];

  /** When the key stops working by itself; in the future. Null: never. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, required: false, example: '2099-12-31T00:00:00.000Z' })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  /** Restrict the key even though a program that is calling with it now would be refused from then on. */
  @ApiProperty({ required: false, example: false })
  @IsOptional()
  @IsBoolean()
  confirm?: boolean;
}

export class RevokeApiKey {
  /** Why: it stays with the key and in the activity log. */
  @ApiProperty({ minLength: 1, maxLength: 500, example: 'leaked in a public repository' }) @IsText(500) reason!: string;

  /** The open incident that this contains; the key becomes one of those that it is about. */
  @ApiProperty({ required: false, example: 'inc_01kaxvz3k5e7hs0q4mm2m1bqgf' })
  @IsOptional()
  @IsString()
  incidentId?: string;
}

export class KeyCreator {
  @ApiProperty({ type: String, nullable: true, example: 'usr_01kaxvz3k5e7hs0q4mm2m1bqge' }) id!: string | null;
  /** As it was when the key was made. */
  @ApiProperty({ example: 'Ada Admin' }) name!: string;
}

export class LateKeyUse {
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:30:15.123Z' }) lastAt!: string;
  /** Refused because the key was disabled, rotated out, expired or revoked. */
  @ApiProperty({ example: 40 }) requests!: number;
}

export class KeyView extends PlaceView {
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  @ApiProperty({ enum: scopes, isArray: true, example: ['invoices:read', 'invoices:write'] }) scopes!: Scope[];
  @ApiProperty({ enum: keyStates, example: 'active' }) state!: KeyState;
  /** In use and older than 90 days. */
  @ApiProperty({ example: false }) rotationDue!: boolean;
  /** Not revoked, and no accepted request for 30 days. */
  @ApiProperty({ example: false }) idle!: boolean;
  @ApiProperty({ type: String, nullable: true, example: 'checkout' }) service!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'payments' }) team!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'production' }) environment!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) expiresAt!: string | null;
  /** After a rotation: until then the key works. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) rotatedOutAt!: string | null;
  @ApiProperty({ type: KeyCreator, nullable: true, example: null }) rotatedBy!: KeyCreator | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) disabledAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) quarantinedAt!: string | null;
  @ApiProperty({ format: 'date-time', example: '2025-09-02T08:00:00.000Z' }) createdAt!: string;
  /** Who answers for it: who made it, or the first key of its line where it came from rotations. */
  @ApiProperty({ type: KeyCreator }) createdBy!: KeyCreator;
  /** The last request that was accepted with it; right to 60 s, and in the answer about one key to the moment that records have been stored. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-12-02T10:30:15.123Z' }) lastUsedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '192.168.1.1' }) lastUsedIp!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'checkout/2.1 node' }) lastUsedUserAgent!: string | null;
  /** The last request with it that was refused: at the limit, from a wrong place, without the scope, or after its end. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) lastRefusedAt!: string | null;
  @ApiProperty({ example: 0 }) refusedRequests!: number;
  /** Somebody still tries with a key that is rotated out, expired or revoked. */
  @ApiProperty({ type: LateKeyUse, nullable: true, example: null }) lateUse!: LateKeyUse | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) revokedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null }) revokeReason!: string | null;
  /** The key whose place this one took. */
  @ApiProperty({ type: String, nullable: true, example: null }) replaces!: string | null;
  /** The key that took the place of this one, the last if there are several. */
  @ApiProperty({ type: String, nullable: true, example: null }) replacedBy!: string | null;
}

export class MintedKey extends KeyView {
  /** The only time the secret is shown. Null in a replay by `Idempotency-Key`. */
  @ApiProperty({ type: String, nullable: true, example: 'pbk_' + '•'.repeat(32) + 'x7f2' }) secret!: string | null;
}

export class KeyPage {
  @ApiProperty({ type: [KeyView] }) data!: KeyView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}

export class ConfirmingProcess {
  @ApiProperty({ example: 'api-1:4711' }) id!: string;
  /** When it had forgotten the key. Null: it has not said so. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-12-02T10:31:02.456Z' }) confirmedAt!: string | null;
  /**
   * Why this process accepts the key no more: it said so, it was stopped, or the time is over for which it may have remembered the key (35 s: a
   * process that says nothing may be dead, or cut off from the database and working). Null: not yet certain.
   */
  @ApiProperty({ enum: ['confirmation', 'stop', 'expiry'], nullable: true, example: 'confirmation' }) settledBy!:
    'confirmation' | 'stop' | 'expiry' | null;
}

export class Revocation {
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:31:02.450Z' }) revokedAt!: string;
  /** From this moment on no process accepts the key. Null: not yet certain. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-12-02T10:31:02.456Z' }) effectiveAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2025-12-02T10:30:58.001Z',
    description:
      'The last request that was accepted with the key, by the log and by the processes that have confirmed. Null: none, or not known yet; a repetition asks again.',
  })
  lastAcceptedAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2025-12-02T10:31:02.452Z',
    description:
      'Every request that was answered before this moment was looked at for `lastAcceptedAt`. Earlier than `revokedAt` where a process has not told all of its log; null: not known. A repetition asks again.',
  })
  asOf!: string | null;
  @ApiProperty({ type: [ConfirmingProcess] }) processes!: ConfirmingProcess[];
}
