import { ApiProperty } from '@nestjs/swagger';
import { keyStates, leakActions, leakPolicies, leakVerdicts, type KeyState, type LeakAction, type LeakPolicy, type LeakVerdict } from '@pinebill/contract'; // prettier-ignore
import { IsString, Length } from 'class-validator';

const at = '2025-12-02T10:30:15.123Z';
const url = 'https://github.com/octocat/Hello-World/blob/12345600b9cbe38a219f39a9941c9319b600c002/foo/bar.txt';
const type = 'pinebill_api_key';
export const MAX_CHECKED_TEXT = 20_000;

/** For the description of the API: the body is read by hand (report-body.ts), once its signature is right. */
export class LeakedToken {
  @ApiProperty({ example: 'pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17', description: 'What was found.', maxLength: 1_000 }) token!: string;
  @ApiProperty({ example: type, description: 'The name of the rule that found it.', maxLength: 200 }) type!: string;
  @ApiProperty({ example: url, required: false, description: 'Where; may be empty.', maxLength: 2_000 }) url?: string;
  @ApiProperty({ example: 'content', required: false, description: 'In what: `content`, `commit`, `issue_comment`...', maxLength: 200 })
  source?: string;
}

/** In the words of GitHub's protocol. */
export class LeakFeedback {
  @ApiProperty({ example: '3f1c...', description: 'SHA-256 of the token, hexadecimal: the token itself is not repeated.' })
  token_hash!: string;
  @ApiProperty({ example: type }) token_type!: string;
  @ApiProperty({ enum: ['true_positive', 'false_positive'], example: 'true_positive' }) label!: 'true_positive' | 'false_positive';
}

export class LeakedKey {
  @ApiProperty({ example: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  @ApiProperty({ enum: keyStates, example: 'revoked', description: 'Now.' }) state!: KeyState;
}

export class LeakReportView {
  @ApiProperty({ example: 'lkr_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ type: LeakedKey }) apiKey!: LeakedKey;
  @ApiProperty({ example: type, description: 'The rule of the scanner that found it.' }) type!: string;
  @ApiProperty({ type: String, nullable: true, example: url }) url!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'content' }) source!: string | null;
  @ApiProperty({ format: 'date-time', example: at }) reportedAt!: string;
  @ApiProperty({ format: 'date-time', example: at, description: 'The same key at the same place is one report, however often it comes.' })
  lastReportedAt!: string;
  @ApiProperty({ type: 'integer', example: 1, description: 'How often it came.' }) times!: number;
  @ApiProperty({ enum: leakActions, nullable: true, example: 'revoked', description: 'What was done; null for the moment until it is.' })
  action!: LeakAction | null;
  @ApiProperty({ enum: leakPolicies, nullable: true, example: 'revoke', description: 'The policy of the organization at that moment.' })
  policy!: LeakPolicy | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: at }) handledAt!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'inc_01jdw2f8qtfvkbh1mv4s9aq0ng',
    description: 'The incident that it opened, or was added to.',
  })
  incidentId!: string | null;
}

export class LeakReportPage {
  @ApiProperty({ type: [LeakReportView] }) data!: LeakReportView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}

export class CheckLeak {
  @ApiProperty({
    example: 'export PINEBILL_KEY=pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17',
    minLength: 1,
    maxLength: MAX_CHECKED_TEXT,
    description: 'Neither stored nor logged.',
  })
  @IsString()
  @Length(1, MAX_CHECKED_TEXT)
  text!: string;
}

const verdict = {
  enum: leakVerdicts,
  example: 'known',
  description:
    '`notAKey`: not of the form of a key. `badChecksum`: of the form, but mistyped, cut or made up. `unknown`: right in itself, and no key of this organization. `known`: a key of this organization.',
} as const;

export class FoundKeyView {
  @ApiProperty({ type: 'integer', example: 20, description: 'Where it begins in the text, in UTF-16 units.' }) start!: number;
  @ApiProperty({ type: 'integer', example: 60 }) end!: number;
  @ApiProperty(verdict) verdict!: LeakVerdict;
  @ApiProperty({ type: LeakedKey, nullable: true, description: 'When it is a key of this organization.' }) apiKey!: LeakedKey | null;
}

export class LeakCheckView {
  @ApiProperty({ ...verdict, description: 'The most urgent of what was found.' }) verdict!: LeakVerdict;
  @ApiProperty({ type: [FoundKeyView], description: 'In the order of the text; at most 100. Never the text itself.' })
  found!: FoundKeyView[];
}
