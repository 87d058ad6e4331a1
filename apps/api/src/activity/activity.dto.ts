import { ApiProperty } from '@nestjs/swagger';
import { activityTargets } from './activity-targets';

export class ActivityActor {
  @ApiProperty({ enum: ['user', 'apiKey', 'system'], example: 'user' }) type!: 'user' | 'apiKey' | 'system';
  @ApiProperty({ type: String, nullable: true, example: 'usr_01kaxvz3k5e7hs0q4mm2m1bqge' }) id!: string | null;
  /** As it was at that moment. */
  @ApiProperty({ example: 'Ada Admin' }) name!: string;
}

export class ActivityTargetView {
  @ApiProperty({ enum: activityTargets, example: 'apiKey' }) type!: string;
  @ApiProperty({ type: String, nullable: true, example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Production API' }) name!: string | null;
}

export class ActivityView {
  @ApiProperty({ example: 'act_01kaxvz3k5e7hs0q4mm2m1bqgd' }) id!: string;
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:30:15.123Z' }) occurredAt!: string;
  @ApiProperty({ type: ActivityActor }) actor!: ActivityActor;
  @ApiProperty({ example: 'api_key.revoked' }) action!: string;
  @ApiProperty({ type: ActivityTargetView }) target!: ActivityTargetView;
  /** What changed, as it was. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { state: 'active' } })
  before!: Record<string, unknown> | null;
  /** What changed, as it is now. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { state: 'revoked', reason: 'leaked' } })
  after!: Record<string, unknown> | null;
  @ApiProperty({ type: String, nullable: true, example: '192.168.1.1' }) ip!: string | null;
  /** The request that did it: its row is in the API log. */
  @ApiProperty({ type: String, nullable: true, example: 'req_01kaxvz3k5e7hs0q4mm2m1bqgc' }) requestId!: string | null;
}

export class ActivityPage {
  @ApiProperty({ type: [ActivityView] }) data!: ActivityView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}
