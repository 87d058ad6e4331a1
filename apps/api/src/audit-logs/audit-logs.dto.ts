/** One record of the API log, as it is shown. Names are those of the moment of the call; only `currentState` is of now. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { keyStates, type KeyState } from '@pinebill/contract';

const outcomes = ['completed', 'aborted', 'unknown', 'protocolError'] as const;
const kinds = ['request', 'gap', 'mode'] as const;
const actorTypes = ['apiKey', 'user', 'anonymous', 'system'] as const;
const policies = ['per-key', 'per-organization', 'per-session', 'per-session-reserve'] as const;
const marks = ['sanitized', 'truncated', 'redacted'] as const;

const text = (example: string | null, description?: string) =>
  ({ type: String, nullable: true, example, ...(description ? { description } : {}) }) as const;
const number = (example: number, description: string) => ({ type: Number, nullable: true, example, description }) as const;
const keyId = 'key_01jdw2f8qtfvkbh1mv4s9aq0ng';

export class LogActor {
  @ApiProperty({ enum: actorTypes, example: 'apiKey' }) type!: (typeof actorTypes)[number];
  @ApiProperty(text(keyId)) id!: string | null;
  @ApiProperty(text('Production API')) name!: string | null;
}

export class LogApiKey {
  @ApiProperty({ example: keyId }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  @ApiProperty({ enum: keyStates, example: 'revoked', description: 'At the moment of the call.' }) state!: KeyState;
  @ApiProperty({ enum: keyStates, nullable: true, example: 'revoked', description: 'Now; null when the key is gone.' })
  currentState!: KeyState | null;
}

export class LogTiming {
  @ApiProperty(number(0.3, 'Finding out who calls, in milliseconds.')) authMs!: number | null;
  @ApiProperty(number(10.2, 'The work itself, in milliseconds; null when it was not reached.')) handlerMs!: number | null;
}

export class LogIssue {
  @ApiProperty({ example: '/lines/0/quantity' }) pointer!: string;
  @ApiProperty({ example: 'min' }) rule!: string;
  @ApiProperty({ example: 'must not be less than 1' }) expected!: string;
}

export class LogLimit {
  @ApiProperty({ enum: policies, example: 'per-key', description: 'As in the `RateLimit` header.' }) policy!: (typeof policies)[number];
  @ApiProperty({ type: 'integer', example: 6_000, description: 'Its size at that moment.' }) perMinute!: number;
  @ApiProperty({ type: 'integer', example: 1 }) retryAfterSeconds!: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 12_000,
    description:
      "How many more requests the organization's other keys could have made at that moment, by their own limits and by the one that they share; null when that is not known, and for people.",
  })
  otherKeysRoom!: number | null;
}

export class LogError {
  @ApiProperty({ example: 'invalid_api_key' }) code!: string;
  @ApiProperty(text('This API key cannot be used.')) detail!: string | null;
  @ApiProperty({ type: [LogIssue], example: [], description: 'At most 20; never a value that was sent.' }) issues!: LogIssue[];
  @ApiPropertyOptional({ type: LogLimit, description: 'Only of a refusal by a limit (429): which one.' }) limit?: LogLimit;
}

export class LogGap {
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:30:00.000Z' }) from!: string;
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:31:00.000Z' }) to!: string;
  @ApiProperty(number(12, 'Exactly how many records are missing; null when only `atMost` is known.')) count!: number | null;
  @ApiProperty({ type: 'integer', example: 12 }) atMost!: number;
  @ApiProperty({ example: 'overload' }) cause!: string;
}

export class LogRecord {
  @ApiProperty({ example: 'log_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ enum: kinds, example: 'request' }) kind!: (typeof kinds)[number];
  @ApiProperty({ type: 'integer', example: 48_213, description: "Place in the organization's gapless sequence." }) sequence!: number;
  @ApiProperty({ example: 'req_01jdw2f8qtfvkbh1mv4s9aq0ng', description: 'What the caller received as `Request-Id`.' }) requestId!: string;
  @ApiProperty(text(null, "The caller's own id of the request.")) clientRequestId!: string | null;
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:30:15.123Z' }) startedAt!: string;
  @ApiProperty(number(12.4, 'From the arrival to the release of the answer.')) durationMs!: number | null;
  @ApiProperty(text('GET')) method!: string | null;
  @ApiProperty(text('/v1/invoices/inv_123', 'As it was sent, without the query; secrets are `[redacted]`.')) path!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    nullable: true,
    example: { status: 'open', token: '[redacted]' },
  })
  query!: Record<string, string | string[]> | null;
  @ApiProperty(text('/v1/invoices/{id}')) route!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 401 }) status!: number | null;
  @ApiProperty({ enum: outcomes, example: 'completed' }) outcome!: (typeof outcomes)[number];
  @ApiProperty(text('revoked_key', 'Why it did not succeed; null on success.')) reason!: string | null;
  @ApiProperty({ type: LogActor }) actor!: LogActor;
  @ApiProperty({ type: LogApiKey, nullable: true }) apiKey!: LogApiKey | null;
  @ApiProperty(text(null, 'Of a key that was presented but is not known: equal for equal keys.')) keyFingerprint!: string | null;
  @ApiProperty(text('checkout')) service!: string | null;
  @ApiProperty(text(null)) team!: string | null;
  @ApiProperty(text('production')) environment!: string | null;
  @ApiProperty(text('192.168.1.1')) ip!: string | null;
  @ApiProperty(text(null, 'ISO 3166-1 alpha-2; null when private or unknown. IP geolocation by DB-IP (https://db-ip.com).')) country!:
    string | null;
  @ApiProperty(text('acme-checkout/2.1')) userAgent!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 0 }) requestBytes!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 312 }) responseBytes!: number | null;
  @ApiProperty({ type: LogTiming }) timing!: LogTiming;
  @ApiProperty({ type: LogError, nullable: true }) error!: LogError | null;
  @ApiProperty(text(null, 'From the traceparent header.')) traceId!: string | null;
  @ApiProperty({ enum: marks, isArray: true, example: [], description: 'What was done to values before they were stored.' })
  marks!: (typeof marks)[number][];
  @ApiProperty({ type: LogGap, nullable: true, example: null, description: 'Only of kind `gap`: what is missing.' }) gap!: LogGap | null;
  @ApiProperty({ format: 'date-time', example: '2027-01-06T10:30:15.123Z', description: 'When the plan stops showing it.' })
  expiresAt!: string;
}

export class LogPage {
  @ApiProperty({ type: [LogRecord] }) data!: LogRecord[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}
