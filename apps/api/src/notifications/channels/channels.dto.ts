/** Channels and what was delivered to them: as they come in, and as they go out. */
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  channelKinds,
  defaultSecretOverlapSeconds,
  maxSecretOverlapSeconds,
  notificationEvents,
  type ChannelKind,
  type NotificationEvent,
} from '@pinebill/contract';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IsText } from '../../platform/text.decorator';

const at = '2026-12-01T10:30:15.123Z';
const user = 'usr_01kaxvz3k5e7hs0q4mm2m1bqge';
export const MOST_RECIPIENTS = 50;
const recipients: ApiPropertyOptions = { type: [String], minItems: 1, maxItems: MOST_RECIPIENTS, example: [user] };
const url = { type: String, maxLength: 2_000, example: 'https://hooks.example.com/pinebill' } as const;
const routingKey = { type: String, pattern: '^[A-Za-z0-9]{20,64}$', example: 'R0EXAMPLER0EXAMPLER0EXAMPLER0123' } as const;
const takesUrl = 'An https URL on the public internet; whoever runs PineBill can allow networks of their own.';

export class ChangeChannel {
  @ApiPropertyOptional({ example: 'On call' }) @IsOptional() @IsText(80) name?: string;

  /** Of mail: admins and members, by their id or e-mail address. They get it for as long as they are. */
  @ApiPropertyOptional(recipients)
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_RECIPIENTS)
  @IsString({ each: true })
  @MaxLength(320, { each: true })
  recipients?: string[];

  @ApiPropertyOptional({
    ...url,
    description: `Of all kinds but mail. ${takesUrl} Of PagerDuty it is \`https://events.pagerduty.com/v2/enqueue\` unless it is said otherwise. Shown masked afterwards.`,
  })
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  url?: string;

  @ApiPropertyOptional({
    ...routingKey,
    description: 'Of PagerDuty: the integration key of a service (Events API v2). Shown masked afterwards.',
  })
  @IsOptional()
  @Matches(/^[A-Za-z0-9]{20,64}$/, { message: 'must be the integration key of a service: 32 letters and digits' })
  routingKey?: string;
}

export class CreateChannel extends ChangeChannel {
  @ApiProperty({ example: 'On call' }) @IsText(80) override name!: string;
  @ApiProperty({ enum: channelKinds, example: 'webhook' }) @IsIn(channelKinds) kind!: ChannelKind;
}

export class RotateChannelSecret {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: maxSecretOverlapSeconds,
    default: defaultSecretOverlapSeconds,
    example: defaultSecretOverlapSeconds,
    description: 'For so long what is sent is signed with both secrets.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(maxSecretOverlapSeconds)
  overlapSeconds?: number;
}

export class ChannelPerson {
  @ApiProperty({ example: user }) id!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

export class ChannelMaker {
  @ApiProperty({ type: String, nullable: true, example: user }) id!: string | null;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

const whyDisabled = ['person', 'failing', 'gone'] as const;
export type WhyDisabled = (typeof whyDisabled)[number];

const whyBlocked = ['plan', 'mailNotConfigured'] as const;
export type WhyBlocked = (typeof whyBlocked)[number];

export class ChannelView {
  @ApiProperty({ example: 'chn_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'On call' }) name!: string;
  @ApiProperty({ enum: channelKinds, example: 'webhook' }) kind!: ChannelKind;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'https://hooks.example.com/…bill',
    description: 'Enough of the URL or the key to tell it from another one; null for mail.',
  })
  target!: string | null;
  @ApiProperty({ type: [ChannelPerson], description: 'Of mail: who gets it. Who has left or lost their role since is not here.' })
  recipients!: ChannelPerson[];
  @ApiProperty({ example: true }) enabled!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) disabledAt!: string | null;
  @ApiProperty({
    type: String,
    enum: [...whyDisabled, null],
    nullable: true,
    example: null,
    description: 'By a person; because nothing went through for a day; or because the receiver answered 410.',
  })
  disabledWhy!: WhyDisabled | null;
  @ApiProperty({
    type: String,
    enum: [...whyBlocked, null],
    nullable: true,
    example: null,
    description: 'Nothing leaves, on or off: the plan has no alerts, or no mail server is configured.',
  })
  blockedBy!: WhyBlocked | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'No delivery went through since then.' })
  failingSince!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why the last one failed, while it is failing.' })
  lastError!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: at, description: 'When one went through last.' })
  deliveredAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: at, description: 'Of a webhook: when its secret was made.' })
  secretMadeAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'Until then the secret before signs as well.',
  })
  previousSecretUntil!: string | null;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ type: ChannelMaker }) createdBy!: ChannelMaker;
  @ApiProperty({ format: 'date-time', example: at }) changedAt!: string;
}

const secret = { type: String, nullable: true, example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } as const;

export class CreatedChannel extends ChannelView {
  @ApiProperty({ ...secret, description: 'Of a webhook: what its signatures are checked with. Shown once; null in a repeated answer.' })
  secret!: string | null;
}

export class ChannelSecret {
  @ApiProperty({ ...secret, nullable: false, description: 'Shown once.' }) secret!: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: at,
    description: 'Until then the secret before signs as well.',
  })
  previousSecretUntil!: string | null;
}

export class ChannelList {
  @ApiProperty({ type: [ChannelView] }) data!: ChannelView[];
}

export class DeliveryAttempt {
  @ApiProperty({ example: 1 }) number!: number;
  @ApiProperty({ format: 'date-time', example: at }) at!: string;
  @ApiProperty({ type: 'integer', nullable: true, example: 84, description: 'Null for mail.' }) durationMs!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 204, description: 'What was answered; null: nothing, or it is mail.' })
  status!: number | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it failed; null: it went through, or is on its way.' })
  error!: string | null;
  @ApiProperty({ example: '', description: 'The beginning of what was answered, at most 1 kB, without secrets.' }) answer!: string;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Of mail: to whom.' }) recipient!: string | null;
}

export const deliveryStates = ['queued', 'delivered', 'failed', 'skipped'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export class DeliveryView {
  @ApiProperty({ example: 'ntf_01kaxvz3k5e7hs0q4mm2m1bqgf', description: 'Also the `webhook-id`, at every attempt and replay.' })
  id!: string;
  @ApiProperty({ enum: notificationEvents, example: 'alert.opened' }) event!: NotificationEvent;
  @ApiProperty({ example: 'Burst of refused requests' }) title!: string;
  @ApiProperty({ example: 'https://audit.example.com/#/alerts' }) link!: string;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ enum: deliveryStates, example: 'delivered' }) state!: DeliveryState;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it was not delivered, or not yet.' }) why!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'When it is tried next, while it is queued.',
  })
  nextAttemptAt!: string | null;
  @ApiProperty({ type: [DeliveryAttempt], description: 'The first one first.' }) attempts!: DeliveryAttempt[];
}

export class DeliveryPage {
  @ApiProperty({ type: [DeliveryView] }) data!: DeliveryView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}
