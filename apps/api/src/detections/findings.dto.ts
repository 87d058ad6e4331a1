import { ApiProperty } from '@nestjs/swagger';
import {
  detectorNames,
  findingSeverities,
  findingStates,
  findingSubjectKinds,
  type DetectorName,
  type FindingSeverity,
  type FindingState,
  type FindingSubjectKind,
} from '@pinebill/contract';
import type { Facts } from '@pinebill/detection';
import { LogRecord } from '../audit-logs';
import { IsText } from '../platform/text.decorator';

const at = '2025-12-02T10:30:15.123Z';
const instant = (description: string) => ({ format: 'date-time', example: at, description }) as const;
const fact = [{ type: 'number' }, { type: 'string' }, { type: 'array', items: { type: 'string' } }];
const numbers = (example: Facts, description: string) => ({
  ...{ type: 'object' as const, example, description },
  additionalProperties: { anyOf: fact, nullable: true },
});

export class FindingSubject {
  @ApiProperty({ enum: findingSubjectKinds, example: 'key' }) kind!: FindingSubjectKind;
  /** Of a key, a person or the organization its id; else the fingerprint, the address or the network. */
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
}

export class FindingDecision {
  @ApiProperty({ example: 'Ada Lovelace' }) by!: string;
  @ApiProperty({ format: 'date-time', example: at }) at!: string;
  @ApiProperty({ example: 'The nightly import moved to a new host.' }) because!: string;
}

export class FindingView {
  @ApiProperty({ example: 'fnd_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ enum: detectorNames, example: 'unauthorizedBurst' }) detector!: DetectorName;
  @ApiProperty({ example: 'High volume of 401 errors' }) title!: string;
  @ApiProperty({ type: FindingSubject }) subject!: FindingSubject;
  @ApiProperty({ enum: findingSeverities, example: 'high' }) severity!: FindingSeverity;

  @ApiProperty({
    enum: findingStates,
    example: 'open',
    description: '`normal`: a person has said so. `closed`: nothing more was seen for a week.',
  })
  state!: FindingState;

  @ApiProperty({ type: 'integer', example: 640, description: 'Requests that belong to it so far.' }) count!: number;
  @ApiProperty(instant('When it was noticed.')) openedAt!: string;
  @ApiProperty(instant('When what was seen began.')) from!: string;
  @ApiProperty(instant('Up to when it was seen.')) to!: string;
  @ApiProperty(instant('When it was last added to.')) lastSeenAt!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { ip: '203.0.113.7', status: '401' },
    description: 'The filter of the API log that shows its rows.',
  })
  filter!: Record<string, string>;

  @ApiProperty({ type: [String], maxItems: 5, example: ['log_01jdw2f8qtfvkbh1mv4s9aq0ng'], description: 'A few of its rows.' })
  sampleIds!: string[];

  @ApiProperty({ type: String, nullable: true, example: null, description: 'The incident that was opened from it.' })
  incidentId!: string | null;

  @ApiProperty({ type: FindingDecision, nullable: true, example: null, description: 'Who said that it is normal, when and why.' })
  decision!: FindingDecision | null;
}

export class FindingDetail extends FindingView {
  @ApiProperty({ example: 'Many requests in a short time carried no key that works: somebody may be trying to get in.' }) meaning!: string;
  @ApiProperty(numbers({ requests: 640, minutes: 5 }, 'What was seen.')) seen!: Facts;
  @ApiProperty(numbers({ requests: 2, days: 14 }, 'What is normal here, and over how long that was learnt.')) normal!: Facts;
  @ApiProperty(numbers({ requests: 100 }, 'Beyond this it is found.')) threshold!: Facts;
  @ApiProperty({ type: [String], example: ['Keys are being guessed or tried out.'], description: 'The likeliest first.' })
  causes!: string[];
  @ApiProperty({ type: [String], example: ['Check whether an API key was leaked.'], description: 'In this order.' }) advice!: string[];
  @ApiProperty({ example: 'docs/detectors/unauthorized-burst.md', description: 'The page about its detector.' }) document!: string;
  @ApiProperty({ type: [LogRecord], description: 'Those of its rows that are named and still kept.' }) samples!: LogRecord[];
}

export class FindingPage {
  @ApiProperty({ type: [FindingView] }) data!: FindingView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}

export class CallNormal {
  @ApiProperty({ minLength: 1, maxLength: 500, example: 'The nightly import moved to a new host.', description: 'Why it is normal.' })
  @IsText(500)
  because!: string;
}
