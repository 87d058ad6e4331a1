import { ApiProperty } from '@nestjs/swagger';
import { IsText } from '../platform/text.decorator';
import { password, Trimmed } from './organizations.dto';
import { IsPassword } from './password.decorator';

export class RequestPasswordReset {
  @ApiProperty({ example: 'ada@example.com', maxLength: 254 })
  @Trimmed()
  @IsText(254)
  email!: string;
}

export class PasswordResetRequested {
  @ApiProperty({
    enum: ['mail', 'none'],
    example: 'mail',
    description:
      '`mail`: if there is such an account, a link is mailed to it. `none`: this installation sends no mail; an admin of the organization makes the link.',
  })
  delivery!: 'mail' | 'none';
}

export class CompletePasswordReset {
  @ApiProperty(password)
  @IsPassword()
  password!: string;
}

export class PasswordResetLink {
  @ApiProperty({
    type: String,
    format: 'uri',
    nullable: true,
    example: 'https://audit.example.com/#/reset-password/4f6d2a9e...',
    description: 'Shown this once; works once. Null where it was mailed to the member, and in a replay.',
  })
  resetUrl!: string | null;
  @ApiProperty({ example: false, description: 'Whether it was mailed to the member instead.' }) mailed!: boolean;
  @ApiProperty({ format: 'date-time', example: '2025-12-02T11:30:15.123Z' }) expiresAt!: string;
}
