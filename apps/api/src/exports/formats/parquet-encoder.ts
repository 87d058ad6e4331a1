/**
 * Parquet with Snappy. Rows are kept back until a group of them is whole; a group is small, for it is encoded in one go and requests wait meanwhile.
 * What it ends with (where each group begins) is known only to the encoder that wrote all of it, so such a file is not gone on with: it begins anew.
 */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell, ColumnType } from '../../audit-logs';
import type { Column, Encoder, Row } from './encoder';

const GROUP_ROWS = 5_000;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];
const elements: Record<ColumnType, { schema: Omit<Schema[number], 'name'>; value: (cell: NonNullable<Cell>) => unknown }> = {
  text: { schema: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, value: String },
  json: { schema: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, value: String },
  integer: { schema: { type: 'INT64' }, value: BigInt },
  number: { schema: { type: 'DOUBLE' }, value: Number },
  instant: {
    schema: {
      type: 'INT64',
      converted_type: 'TIMESTAMP_MILLIS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    },
    value: (cell) => new Date(cell),
  },
};

export class ParquetEncoder implements Encoder {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;
  private held: (readonly Cell[])[] = [];

  constructor(private readonly columns: readonly Column[]) {
    const fields = columns.map(({ name, type }) => ({ ...elements[type].schema, name, repetition_type: 'OPTIONAL' as const }));
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: [{ name: 'root', num_children: fields.length }, ...fields],
      createdBy: 'PineBill API Audit Logs',
    });
  }

  head(): Buffer {
    return this.taken();
  }

  rows(rows: readonly Row[]): Buffer {
    for (const row of rows) this.held.push(row.cells());
    while (this.held.length >= GROUP_ROWS) this.group(this.held.splice(0, GROUP_ROWS));
    return this.taken();
  }

  tail(): Buffer {
    if (this.held.length > 0) this.group(this.held.splice(0));
    void this.writer.finish();
    return this.taken();
  }

  private group(rows: readonly (readonly Cell[])[]): void {
    const columnData = this.columns.map(({ name, type }, index) => {
      const { value } = elements[type];
      const data = rows.map((cells) => {
        const cell = cells[index] ?? null;
        return cell === null ? null : value(cell);
      });
      return { name, data };
    });
    // Without a `flush` of the writer nothing of it is asynchronous.
    void this.writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  }

  /** What has been written since; the writer goes on counting from there. */
  private taken(): Buffer {
    const { bytes } = this;
    const taken = Buffer.from(bytes.getBytes().slice());
    bytes.index = 0;
    return taken;
  }
}
