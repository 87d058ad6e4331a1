import { ApiProperty } from '@nestjs/swagger';
import { keyStates, type KeyState } from '@pinebill/contract';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsText } from '../platform/text.decorator';

export const MAX_OVERLAP_SECONDS = 30 * 86_400;

export class RotateApiKey {
  /** Of the successor; differs from the name of every key that is not revoked. */
  @ApiProperty({ minLength: 1, maxLength: 80, example: 'Production API 2026' }) @IsText(80) name!: string;

  /** How long the old key goes on working: 0 (not at all) to 2592000 (30 days). */
  @ApiProperty({ minimum: 0, maximum: MAX_OVERLAP_SECONDS, example: 86_400 })
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlapSeconds!: number;
}

export class HoldApiKey {
  /** Why: it stays in the activity log. */
  @ApiProperty({ required: false, minLength: 1, maxLength: 500, example: 'unusual traffic at night' })
  @IsOptional()
  @IsText(500)
  reason?: string;
}

export class KeyRef {
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  @ApiProperty({ enum: keyStates, example: 'active' }) state!: KeyState;
  @ApiProperty({ format: 'date-time', example: '2025-09-02T08:00:00.000Z' }) createdAt!: string;
}

const network = { type: String, nullable: true, example: '203.0.113.0/24' } as const;
const agent = { type: String, nullable: true, example: 'acme-checkout' } as const;
const time = { type: String, format: 'date-time', nullable: true, example: '2025-12-02T10:30:15.123Z' } as const;

export class MovingCaller {
  @ApiProperty({ ...network, description: 'The network of the address: /24 of IPv4, /64 of IPv6. Null: the address is not known.' })
  network!: string | null;
  @ApiProperty({ ...agent, description: 'The product that the user agent begins with, in lower case. Null: it sent none.' })
  agent!: string | null;
  /** Accepted with the old key in the period. */
  @ApiProperty({ example: 1_204 }) requests!: number;
  /** Accepted with the new key or a successor of it. */
  @ApiProperty({ example: 17 }) requestsNew!: number;
  @ApiProperty(time) lastOld!: string | null;
  @ApiProperty(time) lastNew!: string | null;
  /** Seen on the new key after its last use of the old one. */
  @ApiProperty({ example: true }) moved!: boolean;
}

export class LateCaller {
  @ApiProperty(network) network!: string | null;
  @ApiProperty(agent) agent!: string | null;
  /** Refused, on the days since the end. */
  @ApiProperty({ example: 40 }) requests!: number;
  @ApiProperty(time) lastAt!: string | null;
}

export class LateUse {
  @ApiProperty({ example: 40, description: 'Requests that were refused because the old key has ended.' }) requests!: number;
  @ApiProperty(time) lastAt!: string | null;
  @ApiProperty({ type: [LateCaller] }) callers!: LateCaller[];
}

export class CutOverView {
  /** The key that is moved away from. */
  @ApiProperty({ type: KeyRef }) old!: KeyRef;
  @ApiProperty({ type: KeyRef, nullable: true, description: 'Null: the key has no successor yet; its callers are told all the same.' })
  new!: KeyRef | null;
  /** Callers of the old key are told from here on: whole days (UTC), `days` of them before the successor was made. */
  @ApiProperty({ format: 'date-time', example: '2025-11-25T00:00:00.000Z' }) from!: string;
  @ApiProperty({ ...time, description: 'When the successor was made.' }) rotatedAt!: string | null;
  @ApiProperty({ ...time, description: 'When the old key stops working. Null: not by a rotation.' }) overlapEndsAt!: string | null;
  @ApiProperty({ example: 5 }) movedCallers!: number;
  @ApiProperty({ example: 1, description: 'Would break if the old key were revoked now.' }) remainingCallers!: number;
  @ApiProperty({
    example: false,
    description: 'True exactly when every caller of the old key in the period was seen on the new one after its last use of the old one.',
  })
  safeToRevoke!: boolean;
  @ApiProperty({ type: [MovingCaller], description: 'Who has not moved comes first; at most 200.' }) callers!: MovingCaller[];
  @ApiProperty({
    type: LateUse,
    nullable: true,
    description: 'Who still tries with the old key after its end. Null: it has not ended, or nobody.',
  })
  lateUse!: LateUse | null;
  @ApiProperty({
    example: true,
    description: 'False: there may be records that are not counted yet; then nothing is said to be safe. Ask again.',
  })
  complete!: boolean;
  @ApiProperty({
    ...time,
    description:
      'Every request that was answered before this moment is counted: of this process, and of all others of the installation. Earlier than now where a process does not answer; null: not known.',
  })
  asOf!: string | null;
}

export class UsageStatus {
  @ApiProperty({ type: Number, nullable: true, example: 200, description: 'Null: no answer is known.' }) status!: number | null;
  @ApiProperty({ example: 8_120 }) requests!: number;
}

export class UsageFigures {
  @ApiProperty({ example: 8_204 }) requests!: number;
  @ApiProperty({ example: 80 }) clientErrors!: number;
  @ApiProperty({ example: 4 }) serverErrors!: number;
  @ApiProperty({ example: 5_120_400 }) bytesOut!: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    example: 12.5,
    description: 'From a histogram: right to its step. Null: no request has a duration.',
  })
  p50Ms!: number | null;
  @ApiProperty({ type: Number, nullable: true, example: 48 }) p95Ms!: number | null;
  @ApiProperty({ type: Number, nullable: true, example: 140 }) p99Ms!: number | null;
}

export class UsageInterval extends UsageFigures {
  @ApiProperty({ type: () => [UsageStatus], description: 'The most frequent first.' }) statuses!: UsageStatus[];
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:00:00.000Z' }) from!: string;
}

export class UsageCaller {
  @ApiProperty(network) network!: string | null;
  @ApiProperty(agent) agent!: string | null;
  @ApiProperty({ example: 1_204, description: 'Accepted.' }) requests!: number;
  @ApiProperty({ example: 3 }) refused!: number;
  @ApiProperty(time) lastAcceptedAt!: string | null;
  @ApiProperty(time) lastRefusedAt!: string | null;
}

const seen = (description: string) => ({ format: 'date-time', example: '2025-12-02T10:30:15.123Z', description }) as const;

class UsageGroup {
  @ApiProperty({ example: 1_204, description: 'Accepted and refused.' }) requests!: number;
  @ApiProperty(seen('When the first of them began.')) firstSeenAt!: string;
  @ApiProperty(seen('When the last of them began.')) lastSeenAt!: string;
}
export class UsageAddress extends UsageGroup {
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' }) address!: string | null;
}
export class UsageCountry extends UsageGroup {
  @ApiProperty({ type: String, nullable: true, example: 'DE', description: 'Null: not known.' }) country!: string | null;
}
export class UsageAgent extends UsageGroup {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'acme-checkout/2.1',
    description: 'Its first 200 characters; null: none was sent.',
  })
  agent!: string | null;
}

export class UsageView extends UsageFigures {
  /** In whole hours, or days where `interval` is `day`; the callers in whole days (UTC). */
  @ApiProperty({ format: 'date-time', example: '2025-11-25T10:00:00.000Z' }) from!: string;
  @ApiProperty({ format: 'date-time', example: '2025-12-02T11:00:00.000Z' }) to!: string;
  @ApiProperty({ enum: ['hour', 'day'], example: 'day' }) interval!: 'hour' | 'day';
  @ApiProperty({ type: [UsageStatus], description: 'The most frequent first.' }) statuses!: UsageStatus[];
  @ApiProperty({ type: [UsageInterval], description: 'In the order of time; intervals without a request are left out.' })
  history!: UsageInterval[];
  @ApiProperty({ type: [UsageCaller], description: 'The busiest first; at most 200.' }) callers!: UsageCaller[];
  @ApiProperty({ type: [UsageAddress], description: 'The busiest first; at most 50, as of countries and agents.' })
  addresses!: UsageAddress[];
  @ApiProperty({ type: [UsageCountry] }) countries!: UsageCountry[];
  @ApiProperty({ type: [UsageAgent] }) agents!: UsageAgent[];
  @ApiProperty(seen('Addresses, countries and agents count from here on: equals `from` unless the key made more than 50,000 requests.'))
  countedFrom!: string;
  @ApiProperty({ type: [KeyRef], description: 'From the first key of the line to the last, this one among them.' }) lineage!: KeyRef[];
  @ApiProperty({ example: true, description: 'False: the log has more than is counted yet. Ask again.' }) complete!: boolean;
}
