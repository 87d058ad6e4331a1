import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { normalUsageStates, type NormalHours, type NormalUsageDocument, type NormalUsageState } from '@pinebill/contract';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO31661Alpha2,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsNetwork } from '../../platform/network.decorator';

const at = '2025-12-02T10:30:15.123Z';
const MOST = 200;
export const draftSources = ['log', 'current'] as const;
const noted = 'Null: not described, so what is learnt from the log holds.';

const hours = { description: `Hours of the week in UTC. ${noted}`, nullable: true } as const;
const list = (example: string[], what: string) => ({
  type: [String] as [StringConstructor],
  nullable: true,
  example,
  description: `${what} ${noted}`,
});
const networks = list(['203.0.113.0/24'], 'From where it is called: networks in CIDR notation.');
const agents = list(
  ['billing-sync/'],
  'Beginnings of the user agents of its programs; `unnamed` is what sends none, or one without a name.',
);
const endpoints = list(['GET /v1/invoices/{id}'], 'Methods and routes that it calls.');
const countries = list(['DE', 'AT'], 'Countries (ISO 3166-1 alpha-2) that it is called from.');
const perHour = { type: 'integer', nullable: true, minimum: 1, maximum: 1_000_000_000, example: 1200, description: `Up to so many requests in an hour. ${noted}` } as const; // prettier-ignore
const bounds = { minItems: 1, maxItems: MOST } as const;

export class UsageHours implements NormalHours {
  @ApiProperty({
    type: 'array',
    items: { type: 'integer' },
    minItems: 1,
    maxItems: 7,
    example: [1, 2, 3, 4, 5],
    description: '1 is Monday, 7 is Sunday.',
  })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(7, { each: true })
  days!: number[];

  @ApiProperty({ type: 'integer', minimum: 0, maximum: 23, example: 6 }) @IsInt() @Min(0) @Max(23) fromHour!: number;
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 24, example: 20, description: 'Without this hour itself; later than `fromHour`.' })
  @IsInt()
  @Min(1)
  @Max(24)
  toHour!: number;
}

export class DraftBaseline {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf',
    description: 'The key whose use is described. Null or left out: all keys of the organization together.',
  })
  @IsOptional()
  @IsString()
  apiKeyId?: string | null;

  @ApiPropertyOptional({
    enum: draftSources,
    default: 'log',
    example: 'current',
    description:
      '`log`: what succeeded in the last four weeks. `current`: the version in force as it is, for whoever wants to change something in it (404: there is none).',
  })
  @IsOptional()
  @IsIn(draftSources)
  from?: (typeof draftSources)[number];
}

/** What is left out stays as it is. */
export class ChangeBaseline implements Partial<NormalUsageDocument> {
  @ApiPropertyOptional({ type: [UsageHours], ...hours, minItems: 1, maxItems: 50 })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => UsageHours)
  hours?: UsageHours[] | null;

  @ApiPropertyOptional({ ...networks, ...bounds })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST)
  @ArrayUnique()
  @IsNetwork({ each: true })
  networks?: string[] | null;

  @ApiPropertyOptional({ ...agents, ...bounds })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  @Matches(/^[^\p{Cc}\p{Cs}]+$/u, { each: true, message: 'must be beginnings of user agents of 1 to 200 characters' })
  agents?: string[] | null;

  @ApiPropertyOptional({ ...endpoints, ...bounds })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST)
  @ArrayUnique()
  @Matches(/^[A-Z]{3,10} \/[!-~]{0,300}$/, { each: true, message: 'must be methods and routes such as GET /v1/invoices/{id}' })
  endpoints?: string[] | null;

  @ApiPropertyOptional(perHour) @IsOptional() @IsInt() @Min(1) @Max(1_000_000_000) perHour?: number | null;

  @ApiPropertyOptional({ ...countries, ...bounds })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST)
  @ArrayUnique()
  @IsISO31661Alpha2({ each: true })
  @Matches(/^[A-Z]{2}$/, { each: true, message: 'must be country codes of two capital letters' })
  countries?: string[] | null;
}

export class BaselineKey {
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
}

export class ObservedUse {
  @ApiProperty({ format: 'date-time', example: at }) from!: string;
  @ApiProperty({ format: 'date-time', example: at }) to!: string;
  @ApiProperty({ type: 'integer', example: 48_211, description: 'Requests that succeeded in this time, and were looked at.' })
  requests!: number;
  @ApiProperty({
    enum: ['retention', 'size'],
    type: String,
    nullable: true,
    example: null,
    description: 'Why it is less than four weeks: the plan shows no more, or there are too many requests.',
  })
  limitedBy!: 'retention' | 'size' | null;
}

export class BaselineView implements NormalUsageDocument {
  @ApiProperty({ example: 'nus_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ type: BaselineKey, nullable: true, description: 'Null: of the organization.' }) apiKey!: BaselineKey | null;
  @ApiProperty({ type: 'integer', example: 2 }) version!: number;
  @ApiProperty({ enum: normalUsageStates, example: 'approved', description: '`superseded`: a later version was approved.' })
  state!: NormalUsageState;
  @ApiProperty({ type: [UsageHours], ...hours }) hours!: UsageHours[] | null;
  @ApiProperty(networks) networks!: string[] | null;
  @ApiProperty(agents) agents!: string[] | null;
  @ApiProperty(endpoints) endpoints!: string[] | null;
  @ApiProperty(perHour) perHour!: number | null;
  @ApiProperty(countries) countries!: string[] | null;
  @ApiProperty({ type: ObservedUse, description: 'What the draft was made from.' }) observed!: ObservedUse;
  @ApiProperty({ format: 'date-time', example: at }) draftedAt!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) draftedBy!: string;
  @ApiProperty({ format: 'date-time', example: at }) changedAt!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) changedBy!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: at }) approvedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' }) approvedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) supersededAt!: string | null;
}

export class BaselinePage {
  @ApiProperty({ type: [BaselineView] }) data!: BaselineView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}
