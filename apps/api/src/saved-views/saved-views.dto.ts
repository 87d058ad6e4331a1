import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { logDensities, logListColumns, logRanges, type LogDensity, type LogListColumn, type LogRange } from '@pinebill/contract';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsIn, IsObject, IsOptional } from 'class-validator';
import { IsText } from '../platform/text.decorator';

const at = '2025-12-02T10:30:15.123Z';
const name = { example: 'Refused in production', minLength: 1, maxLength: 80 } as const;
const orders = ['desc', 'asc'] as const;
type Order = (typeof orders)[number];
const filter = {
  type: 'object' as const,
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  example: { status: '4xx', environment: 'production' },
  description: 'As the query of the list: parameter names and their values, a list for one that is there plain and negated.',
};
const range = {
  enum: logRanges,
  type: String,
  nullable: true,
  example: '24h',
  description: 'A time that ends now. Null: the time is what `from` and `to` of the filter say.',
} as const;
const shared = { example: false, description: 'Everybody who may read the log sees it. Else only its maker does.' } as const;
const order = { enum: orders, example: 'desc' } as const;
const columns = {
  enum: logListColumns,
  isArray: true,
  nullable: true,
  example: ['startedAt', 'method', 'path', 'status'],
  description: 'Of the list, in their order. Null: those that whoever looks has chosen.',
} as const;
const density = {
  enum: logDensities,
  type: String,
  nullable: true,
  example: 'compact',
  description: 'How high the rows are. Null: as whoever looks has chosen.',
} as const;

export class CreateSavedView {
  @ApiProperty(name) @IsText(80) name!: string;
  @ApiPropertyOptional({ ...shared, default: false }) @IsOptional() @IsBoolean() shared?: boolean;
  @ApiPropertyOptional(filter) @IsOptional() @IsObject() filter?: Record<string, unknown>;
  @ApiPropertyOptional(range) @IsOptional() @IsIn(logRanges) range?: LogRange | null;
  @ApiPropertyOptional({ ...order, default: 'desc' }) @IsOptional() @IsIn(orders) order?: Order;

  @ApiPropertyOptional(columns)
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(logListColumns, { each: true })
  columns?: LogListColumn[] | null;

  @ApiPropertyOptional(density) @IsOptional() @IsIn(logDensities) density?: LogDensity | null;
}

/** What is left out stays as it is. */
export class ChangeSavedView extends PartialType(CreateSavedView) {}

export class SavedViewMaker {
  @ApiProperty({ example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
}

export class SavedView {
  @ApiProperty({ example: 'viw_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty(name) name!: string;
  @ApiProperty(shared) shared!: boolean;
  @ApiProperty(filter) filter!: Record<string, string | string[]>;
  @ApiProperty(range) range!: LogRange | null;
  @ApiProperty(order) order!: Order;
  @ApiProperty(columns) columns!: LogListColumn[] | null;
  @ApiProperty(density) density!: LogDensity | null;
  @ApiProperty({ example: true, description: 'The log opens with it, for whoever asks.' }) isDefault!: boolean;
  @ApiProperty({ type: SavedViewMaker }) createdBy!: SavedViewMaker;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: at }) updatedAt!: string;
}

export class SavedViewList {
  @ApiProperty({ type: [SavedView], description: 'By name.' }) data!: SavedView[];
}
