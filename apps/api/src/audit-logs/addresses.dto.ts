import { ApiProperty } from '@nestjs/swagger';

const at = '2025-12-02T10:30:15.123Z';
const time = (description: string) => ({ format: 'date-time', example: at, description }) as const;
const timeOrNull = (description: string) => ({ type: String, nullable: true, format: 'date-time', example: at, description }) as const;
const count = (example: number, description?: string) => ({ type: 'integer', example, ...(description ? { description } : {}) }) as const;
const within = (share: string, example: number) =>
  ({ type: Number, nullable: true, example, description: `${share} of the requests took at most so long, in milliseconds.` }) as const;

class Group {
  @ApiProperty(count(248)) requests!: number;
  @ApiProperty(time('When the last of them began.')) lastSeenAt!: string;
}
export class AddressStatus extends Group {
  @ApiProperty({ type: 'integer', nullable: true, example: 401, description: 'Null: no answer was sent.' }) status!: number | null;
}
export class AddressKey {
  @ApiProperty({ example: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'Production API', description: 'What it is called now.' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
}
export class AddressCaller extends Group {
  @ApiProperty({ enum: ['apiKey', 'user', 'anonymous', 'system'], example: 'apiKey' })
  actorType!: 'apiKey' | 'user' | 'anonymous' | 'system';
  @ApiProperty({ type: AddressKey, nullable: true }) apiKey!: AddressKey | null;
}
export class AddressCountry extends Group {
  @ApiProperty({ type: String, nullable: true, example: 'NL' }) country!: string | null;
}
export class AddressAgent extends Group {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'acme-checkout/2.1',
    description: 'Its first 200 characters; null: none was sent.',
  })
  agent!: string | null;
}
export class AddressNeighbour {
  @ApiProperty({ example: '203.0.113.9' }) address!: string;
  @ApiProperty(count(12)) requests!: number;
  @ApiProperty(count(3, 'Answered with 4xx or 5xx.')) errors!: number;
}

export class AddressView {
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7', description: 'As records have it; null: a network was asked for.' })
  address!: string | null;
  @ApiProperty({ example: '203.0.113.0/24', description: 'Its /24, or its /64 for IPv6.' }) network!: string;
  @ApiProperty(time('The beginning of the period, as far as the plan shows it: nothing is known of what was before.')) from!: string;
  @ApiProperty(time('The end of the period, not included.')) to!: string;
  @ApiProperty(timeOrNull('When the first request of the period began. Null: there is none.')) firstSeenAt!: string | null;
  @ApiProperty(timeOrNull('When the last request of the period began.')) lastSeenAt!: string | null;
  @ApiProperty(count(1_204)) requests!: number;
  @ApiProperty(count(15, 'Answered with 4xx.')) clientErrors!: number;
  @ApiProperty(count(2, 'Answered with 5xx.')) serverErrors!: number;
  @ApiProperty(count(375_648, 'Bytes of the bodies that were sent.')) bytesOut!: number;
  @ApiProperty(within('Half', 12.4)) p50Ms!: number | null;
  @ApiProperty(within('95 %', 48)) p95Ms!: number | null;
  @ApiProperty(within('99 %', 131.5)) p99Ms!: number | null;
  @ApiProperty({ type: [AddressNeighbour], description: 'Of the same network, the busiest first, with the address itself; 50 at most.' })
  neighbours!: AddressNeighbour[];
  @ApiProperty({ example: true, description: 'All figures above count every request of the period.' }) exact!: boolean;
  @ApiProperty(
    time(
      'The lists below count from here on. Equals `from` unless too much would have to be read: 100,000 records are looked through at most.',
    ),
  )
  countedFrom!: string;
  @ApiProperty({ type: [AddressStatus] }) statuses!: AddressStatus[];
  @ApiProperty({ type: [AddressCaller] }) callers!: AddressCaller[];
  @ApiProperty({ type: [AddressCountry] }) countries!: AddressCountry[];
  @ApiProperty({ type: [AddressAgent], description: 'User agents, the most frequent first; 50 at most, as of the other lists.' })
  agents!: AddressAgent[];
}
