/** The shapes of customers and invoices: what comes in, with its rules, and what goes out. */
import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsEmail,
  IsInt,
  IsISO31661Alpha2,
  IsISO4217CurrencyCode,
  IsUppercase,
  Matches,
  Max,
  IsObject,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsInstant } from '../platform/instant.decorator';
import { IsText } from '../platform/text.decorator';
import { invoiceStates, type InvoiceState } from './invoice';

/** Absent and null mean the same: nothing. */
const Nullable = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined && value !== null);

const customerIdExample = 'cus_01jdw2f8qtfvkbh1mv4s9aq0ng';
const invoiceIdExample = 'inv_01jdw2gm3xe4pt6x0rbf6n2k9c';
const createdExample = '2025-12-02T10:30:15.123Z';

export class Address {
  @ApiProperty({ example: '1 Harbour Street', minLength: 1, maxLength: 200 })
  @IsText(200)
  line1!: string;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'Floor 2', minLength: 1, maxLength: 200 })
  @Nullable()
  @IsText(200)
  line2?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: '20457', minLength: 1, maxLength: 20 })
  @Nullable()
  @IsText(20)
  postalCode?: string | null;

  @ApiProperty({ example: 'Hamburg', minLength: 1, maxLength: 100 })
  @IsText(100)
  city!: string;

  @ApiProperty({ example: 'DE', pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2, in capitals.' })
  @IsISO31661Alpha2()
  @IsUppercase()
  country!: string;
}

export class CreateCustomer {
  @ApiProperty({ example: 'ACME Inc.', minLength: 1, maxLength: 200 })
  @IsText(200)
  name!: string;

  // The pattern says less than IsEmail: what it refuses, that refuses too.
  @ApiProperty({ example: 'billing@acme.example', pattern: '^.+@[^@\\s]+\\.[^@\\s]+$', maxLength: 254, description: 'An e-mail address.' })
  @IsEmail()
  @MaxLength(254)
  email!: string;

  @ApiPropertyOptional({ type: Address, nullable: true })
  @Nullable()
  @IsObject()
  @ValidateNested()
  @Type(() => Address)
  address?: Address | null;
}

/** Only what is given changes; `null` takes an optional field away. */
export class ChangeCustomer extends PartialType(CreateCustomer, { skipNullProperties: false }) {}

export class CustomerView {
  @ApiProperty({ example: customerIdExample }) id!: string;
  @ApiProperty({ example: 'ACME Inc.' }) name!: string;
  @ApiProperty({ example: 'billing@acme.example' }) email!: string;
  @ApiProperty({ type: Address, nullable: true }) address!: Address | null;
  @ApiProperty({ format: 'date-time', example: createdExample }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: createdExample }) updatedAt!: string;
}

export class CustomerPage {
  @ApiProperty({ type: [CustomerView] }) data!: CustomerView[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}

export class InvoiceLine {
  @ApiProperty({ example: 'Consulting, November', minLength: 1, maxLength: 500 })
  @IsText(500)
  description!: string;

  @ApiProperty({ type: 'integer', example: 3, minimum: 1, maximum: 1_000_000 })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity!: number;

  @ApiProperty({
    type: 'integer',
    example: 12_500,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "In the currency's minor unit: 12500 is 125.00 EUR.",
  })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  unitAmount!: number;
}

const customerId = '^cus_[0-7][0-9a-hjkmnp-tv-z]{25}$';

export class CreateInvoice {
  @ApiProperty({ example: customerIdExample, pattern: customerId, description: 'The id of a customer: cus_ and 26 characters.' })
  @Matches(new RegExp(customerId), { message: '$property must be the id of a customer: cus_ and 26 characters' })
  customerId!: string;

  @ApiProperty({ example: 'EUR', pattern: '^[A-Z]{3}$', description: 'ISO 4217, in capitals.' })
  @IsISO4217CurrencyCode()
  @IsUppercase()
  currency!: string;

  @ApiProperty({ type: [InvoiceLine], minItems: 1, maxItems: 100 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  // ValidateNested alone takes a list for an object, and looks at the nothing inside it.
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => InvoiceLine)
  lines!: InvoiceLine[];

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, example: '2026-01-01T00:00:00.000Z' })
  @Nullable()
  @IsInstant()
  dueAt?: string | null;
}

/** Only what is given changes; `null` takes an optional field away. */
export class ChangeInvoice extends PartialType(CreateInvoice, { skipNullProperties: false }) {}

export class InvoiceLineView extends InvoiceLine {
  @ApiProperty({ type: 'integer', example: 37_500, description: 'quantity times unitAmount.' }) amount!: number;
}

const at = (description: string, example: string | null = null) =>
  ({ type: String, format: 'date-time', nullable: true, example, description }) as const;

export class InvoiceView {
  @ApiProperty({ example: invoiceIdExample }) id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'INV-00000042', description: 'Given when the invoice is finalized; null before.' })
  number!: string | null;
  @ApiProperty({ enum: invoiceStates, example: 'open' }) state!: InvoiceState;
  @ApiProperty({ example: customerIdExample }) customerId!: string;
  @ApiProperty({ example: 'EUR' }) currency!: string;
  @ApiProperty({ type: [InvoiceLineView] }) lines!: InvoiceLineView[];
  @ApiProperty({ type: 'integer', example: 37_500, description: 'The sum of all lines, in the minor unit.' }) total!: number;
  @ApiProperty(at('When it is to be paid.', '2026-01-01T00:00:00.000Z')) dueAt!: string | null;
  @ApiProperty(at('When it became open.', createdExample)) finalizedAt!: string | null;
  @ApiProperty(at('When it was paid.')) paidAt!: string | null;
  @ApiProperty(at('When it was voided.')) voidedAt!: string | null;
  @ApiProperty({ format: 'date-time', example: createdExample }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: createdExample }) updatedAt!: string;
}

export class InvoicePage {
  @ApiProperty({ type: [InvoiceView] }) data!: InvoiceView[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}
