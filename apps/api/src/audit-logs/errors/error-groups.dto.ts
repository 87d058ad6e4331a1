import { ApiProperty } from '@nestjs/swagger';

const time = (description: string) => ({ format: 'date-time', example: '2025-12-02T10:00:00.000Z', description }) as const;
const count = (example: number, description: string) => ({ type: 'integer', example, description }) as const;
const text = (example: string | null, description: string) => ({ type: String, nullable: true, example, description }) as const;
const callerTypes = ['apiKey', 'user', 'anonymous', 'system'] as const;

export class ErrorCaller {
  @ApiProperty({ enum: callerTypes, example: 'apiKey', description: 'All people are one caller, and so are all without a known key.' })
  type!: (typeof callerTypes)[number];
  @ApiProperty(text('key_01jdw2f8qtfvkbh1mv4s9aq0ng', 'Of type `apiKey`.')) apiKeyId!: string | null;
  @ApiProperty(text('Production API', 'What the key is called now; null when it is gone.')) name!: string | null;
  @ApiProperty(count(17, 'Its errors in this group.')) requests!: number;
}

export class ErrorGroup {
  @ApiProperty(text('POST', 'Null when what arrived was not valid HTTP.')) method!: string | null;
  @ApiProperty(text('/v1/invoices', 'Null when no route matched.')) route!: string | null;
  @ApiProperty({ type: 'integer', example: 400 }) status!: number;
  @ApiProperty(text('invalid_field', 'The cause, as the filter `reason` takes it; null when there is none, such as of 499.')) reason!:
    string | null;
  @ApiProperty(text('invalid_field', 'The code of the answer.')) code!: string | null;
  @ApiProperty(count(42, 'How often it came.')) requests!: number;
  @ApiProperty(time('When it came first in the period.')) firstSeenAt!: string;
  @ApiProperty(time('When it came last.')) lastSeenAt!: string;
  @ApiProperty(count(2, 'How many callers it came to.')) callers!: number;
  @ApiProperty({ type: [ErrorCaller], description: 'Those it came to most often, at most five.' }) topCallers!: ErrorCaller[];
  @ApiProperty({ type: [Number], example: [0, 3, 39], description: 'How often it came in each of 24 equal parts of the period.' })
  course!: number[];
}

export class ErrorTotal {
  @ApiProperty(count(48_213, 'All requests of the period that the filter finds.')) requests!: number;
  @ApiProperty(count(15, 'Answered with 4xx.')) clientErrors!: number;
  @ApiProperty(count(2, 'Answered with 5xx.')) serverErrors!: number;
}

export class ErrorGroups {
  @ApiProperty({ type: [ErrorGroup], description: 'The most frequent first.' }) data!: ErrorGroup[];
  @ApiProperty(count(3, 'How many groups there are, also those that `limit` leaves out.')) groups!: number;
  @ApiProperty(count(61, 'Errors in all groups.')) counted!: number;
  @ApiProperty({ type: ErrorTotal, nullable: true, description: 'Of the whole period; null where no sums are kept for the filter.' })
  total!: ErrorTotal | null;
  @ApiProperty({ example: true, description: 'Every error of the period is in its group.' }) exact!: boolean;
  @ApiProperty(time('The beginning of the period, as far as the plan shows it.')) from!: string;
  @ApiProperty(time('The end of the period, not included.')) to!: string;
  @ApiProperty(time('Equals `from` unless there were too many records to read: then older errors are in no group.')) countedFrom!: string;
}
