/** What is known about why one request ended as it did, beyond its record. */
import { ApiProperty } from '@nestjs/swagger';

const time = (description: string, nullable = false) =>
  ({ type: String, nullable, format: 'date-time', example: '2025-12-02T10:30:27.123Z', description }) as const;
const notFoundKinds = ['noSuchRoute', 'wrongVersion', 'unknownId'] as const;
const contactKinds = ['mail', 'url', 'admins'] as const;

export class HelpOperation {
  @ApiProperty({ example: 'Invoices.create' }) id!: string;
  @ApiProperty({ example: 'POST' }) method!: string;
  @ApiProperty({ example: '/v1/invoices' }) route!: string;
  @ApiProperty({ example: 'Create an invoice' }) summary!: string;
  @ApiProperty({ example: '/docs#/Invoices/Invoices.create', description: 'Its place in the API reference: a path of this server.' })
  reference!: string;
  @ApiProperty({ example: true, description: 'Whether it takes a JSON body, which can then be checked against its schema.' })
  takesBody!: boolean;
}

export class HelpScope {
  @ApiProperty({ type: String, nullable: true, example: 'invoices:write', description: 'The scope that the key lacked.' })
  needed!: string | null;
  @ApiProperty({ type: Boolean, nullable: true, example: false, description: 'Whether the key has it by now; null when the key is gone.' })
  hasItNow!: boolean | null;
}

export class HelpNotFound {
  @ApiProperty({ enum: notFoundKinds, example: 'noSuchRoute' }) kind!: (typeof notFoundKinds)[number];
  @ApiProperty({ type: HelpOperation, nullable: true, description: 'The operation that the path was probably meant for.' })
  nearest!: HelpOperation | null;
  @ApiProperty({
    type: Boolean,
    nullable: true,
    example: true,
    description: 'Of `unknownId`: whether what stands in the path has the form of an id at all.',
  })
  hasFormOfId!: boolean | null;
}

export class HelpNextRequest {
  @ApiProperty({ example: 'log_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty(time('When it began.')) startedAt!: string;
  @ApiProperty({ example: 0.4, description: 'After the refusal was answered.' }) afterSeconds!: number;
}

export class HelpRetry {
  @ApiProperty({ type: 'integer', example: 12, description: 'What `Retry-After` said.' }) retryAfterSeconds!: number;
  @ApiProperty(time('From when on it was right to try again.')) retryAt!: string;
  @ApiProperty({
    type: HelpNextRequest,
    nullable: true,
    description: 'The next request of the same key after it was told; null: none yet.',
  })
  next!: HelpNextRequest | null;
  @ApiProperty({
    type: Boolean,
    nullable: true,
    example: false,
    description: 'Whether the next request of the same key waited as long as `Retry-After` said; null: there was none, or no key.',
  })
  respected!: boolean | null;
}

export class SupportContact {
  @ApiProperty({ enum: contactKinds, example: 'mail', description: '`admins`: the operator has named nobody else.' })
  kind!: (typeof contactKinds)[number];
  @ApiProperty({
    type: [String],
    example: ['support@example.com'],
    description: 'Addresses; of `admins` those of the organization, for people only.',
  })
  addresses!: string[];
}

export class HelpFailure {
  @ApiProperty({
    example: true,
    description: 'The same route failed with the same status at least 3 times within 10 minutes, this request among them.',
  })
  persists!: boolean;
  @ApiProperty({ type: 'integer', example: 4, description: 'So many times, this one included; at most 101 are counted.' })
  times!: number;
  @ApiProperty(time('The first of them, at most 10 minutes before.')) from!: string;
  @ApiProperty(time('The last of them, at most 10 minutes after.')) to!: string;
  @ApiProperty({ type: SupportContact }) contact!: SupportContact;
}

export class LogHelp {
  @ApiProperty({ example: 'log_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'req_01jdw2f8qtfvkbh1mv4s9aq0ng' }) requestId!: string;
  @ApiProperty({ type: HelpOperation, nullable: true, description: 'The operation that was called; null when no route matched.' })
  operation!: HelpOperation | null;
  @ApiProperty({ type: HelpScope, nullable: true, description: 'Only of a 403 for lack of a scope.' }) scope!: HelpScope | null;
  @ApiProperty({ type: HelpNotFound, nullable: true, description: 'Only of a 404.' }) notFound!: HelpNotFound | null;
  @ApiProperty({ type: HelpRetry, nullable: true, description: 'Only of a 429 by a limit.' }) retry!: HelpRetry | null;
  @ApiProperty({ type: HelpFailure, nullable: true, description: 'Only of a 5xx.' }) failure!: HelpFailure | null;
}
