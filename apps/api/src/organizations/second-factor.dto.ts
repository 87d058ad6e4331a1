/** The shapes of a second factor. */
import { ApiProperty } from '@nestjs/swagger';
import { IsText } from '../platform/text.decorator';

const MAX_CODE = 40;

export class SecondFactorView {
  @ApiProperty({ example: true, description: 'A code is asked for at the sign-in.' }) enrolled!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-12-02T10:30:15.123Z' }) enrolledAt!: string | null;
  @ApiProperty({ type: 'integer', example: 9, description: 'Recovery codes that were not used yet.' }) recoveryCodesLeft!: number;
}

export class SecondFactorEnrolment {
  @ApiProperty({ example: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', description: 'For an app that cannot read the picture. Base32.' })
  secret!: string;
  @ApiProperty({ example: 'otpauth://totp/PineBill:ada%40example.com?issuer=PineBill&secret=GEZD...', description: 'For a QR code.' })
  otpauthUrl!: string;
}

export class ConfirmSecondFactor {
  @ApiProperty({ example: '123456', maxLength: MAX_CODE, description: 'What the app shows now.' })
  @IsText(MAX_CODE)
  code!: string;
}

export class RecoveryCodes {
  @ApiProperty({
    type: [String],
    example: ['abcd-efgh-ijkl-mnop'],
    description: 'Ten. Shown this once; each works once in place of a code.',
  })
  recoveryCodes!: string[];
}

/**
 * A session alone is not enough to weaken what protects the account, and the password with it is not either: a second factor is there for when both have
 * got into other hands.
 */
export class ProvePerson {
  @ApiProperty({ example: '123456', maxLength: MAX_CODE, description: 'Of the app, or a recovery code. The password is no proof here.' })
  @IsText(MAX_CODE)
  code!: string;
}
