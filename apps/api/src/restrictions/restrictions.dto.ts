/** From where keys may call: as it comes in, for a key and for the organization, and as it goes out. */
import { ApiProperty } from '@nestjs/swagger';
import { unknownCountryChoices, type PlaceRefusal, type UnknownCountry } from '@pinebill/contract';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsISO31661Alpha2,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { IsNetwork } from '../platform/network.decorator';

const at = '2025-12-02T10:30:15.123Z';
const maxNetworks = 100;
const maxCountries = 250;
export const MOST_DENIED = 1_000;

const Countries = (example: string[]): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: [String], nullable: true, required: false, minItems: 1, maxItems: maxCountries, example }),
    IsOptional(),
    IsArray(),
    ArrayNotEmpty(),
    ArrayMaxSize(maxCountries),
    ArrayUnique(),
    IsISO31661Alpha2({ each: true }),
    Matches(/^[A-Z]{2}$/, { each: true, message: 'must be country codes of two capital letters' }),
  );

export class PlaceFields {
  /** The only networks that calls are let in from, IPv4 and IPv6; null: from everywhere. */
  @ApiProperty({
    type: [String],
    nullable: true,
    required: false,
    minItems: 1,
    maxItems: maxNetworks,
    example: ['203.0.113.0/24', '2001:db8::/32'],
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(maxNetworks)
  @IsNetwork({ each: true })
  allowedCidrs?: string[] | null;

  /** The only countries (ISO 3166-1 alpha-2) that calls are let in from; null: from all. Enterprise plan. */
  @Countries(['DE', 'FR'])
  allowedCountries?: string[] | null;

  /** Countries that no call is let in from, also where they are among the allowed ones. Enterprise plan. */
  @Countries(['KP'])
  deniedCountries?: string[] | null;

  /**
   * What becomes of an address whose country is not known (private networks, for example), where there is a list of countries. Left out with
   * new countries: `refuse` when there are allowed ones, else `allow`.
   */
  @ApiProperty({ enum: unknownCountryChoices, nullable: true, required: false, example: 'refuse' })
  @IsOptional()
  @IsIn(unknownCountryChoices)
  unknownCountry?: UnknownCountry | null;
}

export class PlaceView {
  @ApiProperty({ type: [String], nullable: true, example: ['203.0.113.0/24'] }) allowedCidrs!: string[] | null;
  @ApiProperty({ type: [String], nullable: true, example: null }) allowedCountries!: string[] | null;
  @ApiProperty({ type: [String], nullable: true, example: null }) deniedCountries!: string[] | null;
  /** Null: there is no list of countries. */
  @ApiProperty({ type: String, enum: [...unknownCountryChoices, null], nullable: true, example: null })
  unknownCountry!: UnknownCountry | null;
}

export class RestrictionsView extends PlaceView {
  @ApiProperty({ type: [String], nullable: true, example: ['198.51.100.7/32'], description: 'Networks that no call is let in from.' })
  deniedCidrs!: string[] | null;
}

export class ChangeRestrictions extends PlaceFields {
  /** Networks that no call is let in from, whatever else lets it in. Left out: as they are; null: none. */
  @ApiProperty({ type: [String], nullable: true, required: false, minItems: 1, maxItems: MOST_DENIED, example: ['198.51.100.7'] })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_DENIED)
  @IsNetwork({ each: true })
  deniedCidrs?: string[] | null;

  /** Set it even though a program that is calling now would be refused from then on. */
  @ApiProperty({ required: false, example: false }) @IsOptional() @IsBoolean() confirm?: boolean;
}

export class PreviewRestrictions {
  /** The key whose rule would be this one; null or left out: the organization's. */
  @ApiProperty({ type: String, nullable: true, required: false, example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' })
  @IsOptional()
  @IsString()
  apiKeyId?: string | null;

  /** The whole rule as it would be, not only what changes in it. */
  @ApiProperty({ type: PlaceFields })
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => PlaceFields)
  rule!: PlaceFields;
}

export class PreviewKey {
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
}

const placeReasons: PlaceRefusal[] = ['ip_blocked', 'ip_not_allowed', 'country_not_allowed'];

/** One who calls: a key, from one network, with one kind of program. */
export class PreviewCaller {
  @ApiProperty({ type: PreviewKey }) apiKey!: PreviewKey;
  /** The /24 of an IPv4 address, the /64 of an IPv6 address; null: the address is not known. */
  @ApiProperty({ type: String, nullable: true, example: '198.51.100.0/24' }) network!: string | null;
  /** The address of the last such call. */
  @ApiProperty({ type: String, nullable: true, example: '198.51.100.7' }) ip!: string | null;
  /** The product name that its user agent begins with, in lower case. */
  @ApiProperty({ type: String, nullable: true, example: 'checkout' }) userAgent!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'US' }) country!: string | null;
  @ApiProperty({ enum: placeReasons, example: 'ip_not_allowed' }) reason!: PlaceRefusal;
  @ApiProperty({ example: 1204 }) requests!: number;
  @ApiProperty({ format: 'date-time', example: at }) lastSeenAt!: string;
}

export class PreviewPlace {
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.9' }) ip!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'DE' }) country!: string | null;
  /** Why a program at your address would be refused; null: it would be let in. People at the console are never refused by their place. */
  @ApiProperty({ type: String, enum: [...placeReasons, null], nullable: true, example: null }) reason!: PlaceRefusal | null;
}

export const previewLimits = ['retention', 'size'] as const;

export class RestrictionsPreview {
  /** From when on the log was looked through: 30 days, unless `limitedBy` says otherwise. */
  @ApiProperty({ format: 'date-time', example: '2025-11-02T10:30:15.123Z' }) from!: string;
  @ApiProperty({ format: 'date-time', example: at }) to!: string;
  /** Why it is less than 30 days: the plan shows no more, or there was too much to look through. Within the period the numbers are exact. */
  @ApiProperty({ type: String, enum: [...previewLimits, null], nullable: true, example: null })
  limitedBy!: (typeof previewLimits)[number] | null;
  /** Requests that were let in in that time: with this key, or with any key of the organization. */
  @ApiProperty({ example: 48213 }) accepted!: number;
  /** How many of these the rule would have refused, and how many callers made them. */
  @ApiProperty({ example: 1204 }) refused!: number;
  @ApiProperty({ example: 1 }) callers!: number;
  /** The callers with the most refused requests, at most 20. */
  @ApiProperty({ type: [PreviewCaller] }) topCallers!: PreviewCaller[];
  /** Callers of the last 15 minutes that the rule would refuse and today's does not, at most 20: with one, saving needs `confirm`. */
  @ApiProperty({ type: [PreviewCaller] }) lockedOut!: PreviewCaller[];
  @ApiProperty({ example: true }) wouldLockOut!: boolean;
  /** You, as if you were a program. */
  @ApiProperty({ type: PreviewPlace }) you!: PreviewPlace;
}
