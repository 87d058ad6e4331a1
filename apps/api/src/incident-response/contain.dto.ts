import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional, IsString } from 'class-validator';
import { IsNetwork } from '../platform/network.decorator';
import { IsText } from '../platform/text.decorator';

const MOST = 200;
export const containActions = ['revoke', 'quarantine'] as const;

export class ContainIncident {
  /** What becomes of the keys. Quarantined they can read and nothing else, for when stopping a service is worse. */
  @ApiPropertyOptional({ enum: containActions, default: 'revoke', example: 'revoke' })
  @IsOptional()
  @IsIn(containActions)
  action?: (typeof containActions)[number];

  /** Which keys. Without `apiKeyIds`, `service`, `everything`, `userIds` and `networks`: all that the incident is about. */
  @ApiPropertyOptional({ type: [String], maxItems: MOST, example: ['key_01kaxvz3k5e7hs0q4mm2m1bqgf'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST)
  @ArrayUnique()
  @IsString({ each: true })
  apiKeyIds?: string[];

  /** All keys of this service. */
  @ApiPropertyOptional({ minLength: 1, maxLength: 80, example: 'checkout' }) @IsOptional() @IsText(80) service?: string;

  /** All keys of the organization; with `confirm`. */
  @ApiPropertyOptional({ example: false }) @IsOptional() @IsBoolean() everything?: boolean;

  /** The name of the organization, as it is written. */
  @ApiPropertyOptional({ minLength: 1, maxLength: 200, example: 'Larkspur Ltd' }) @IsOptional() @IsText(200) confirm?: string;

  /** Whose sessions end. Of whoever asks, all but the one that asks. */
  @ApiPropertyOptional({ type: [String], maxItems: MOST, example: ['usr_01jdw2f8qtfvkbh1mv4s9aq0ng'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST)
  @ArrayUnique()
  @IsString({ each: true })
  userIds?: string[];

  /** Addresses or networks that no key of the organization is let in from any more. */
  @ApiPropertyOptional({ type: [String], maxItems: MOST, example: ['203.0.113.7'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST)
  @ArrayUnique()
  @IsNetwork({ each: true })
  networks?: string[];

  /** Stays with the keys and in the activity log. Left out: the incident's number and title. */
  @ApiPropertyOptional({ minLength: 1, maxLength: 500, example: 'Found in a public repository' })
  @IsOptional()
  @IsText(500)
  reason?: string;
}
