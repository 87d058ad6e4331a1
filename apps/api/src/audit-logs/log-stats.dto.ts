import { ApiProperty } from '@nestjs/swagger';

const sources = ['rollUps', 'rows'] as const;
const time = (description: string) => ({ format: 'date-time', example: '2025-12-02T10:00:00.000Z', description }) as const;
const count = (example: number, description?: string) => ({ type: 'integer', example, ...(description ? { description } : {}) }) as const;
const within = (share: string, example: number) =>
  ({
    type: Number,
    nullable: true,
    example,
    description: `${share} of the requests took at most so long, in milliseconds; null when none of them has a duration.`,
  }) as const;

export class StatsLine {
  @ApiProperty({
    type: String,
    nullable: true,
    example: '429',
    description:
      'A value of what `groupBy` names; null for requests without one, and without `groupBy`. `*`: all groups that are not told apart.',
  })
  group!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'What an API key is called now.' }) label!: string | null;
  @ApiProperty(time('The beginning of the interval, in UTC; without `interval` that of the period.')) from!: string;
  @ApiProperty(count(1_204)) requests!: number;
  @ApiProperty(count(17, 'Answered with 4xx or 5xx.')) errors!: number;
  @ApiProperty(count(15, 'Answered with 4xx.')) clientErrors!: number;
  @ApiProperty(count(2, 'Answered with 5xx.')) serverErrors!: number;
  @ApiProperty(within('Half', 12.4)) p50Ms!: number | null;
  @ApiProperty(within('95 %', 48)) p95Ms!: number | null;
  @ApiProperty(within('99 %', 131.5)) p99Ms!: number | null;
  @ApiProperty(count(375_648, 'Bytes of the bodies that were sent.')) bytesOut!: number;
}

export class LogStats {
  @ApiProperty({ type: [StatsLine], description: 'By time, then the busiest group first. Intervals without a request are left out.' })
  data!: StatsLine[];
  @ApiProperty({
    example: true,
    description:
      'Every request of the period that the filter finds is counted, and counted in its group. Percentiles come from a histogram all the same.',
  })
  exact!: boolean;
  @ApiProperty({ enum: sources, example: 'rollUps', description: 'What was read: sums kept with every record, or the records themselves.' })
  source!: (typeof sources)[number];
  @ApiProperty(time('The beginning of the period, as far as the plan shows it.')) from!: string;
  @ApiProperty(time('The end of the period, not included.')) to!: string;
  @ApiProperty(time('Equals `from` unless there were too many records to count: then older ones are not in these figures.'))
  countedFrom!: string;
}
