/** A row in PostgreSQL's binary format: where its fields are. One object for all rows, used again and again. */
import { int32 } from './value-bytes';

const [COUNT_BYTES, LENGTH_BYTES] = [2, 4];

export class CopiedRow {
  /** Of each field: where its value begins, and its length; -1: null. */
  readonly at: Int32Array;
  readonly length: Int32Array;

  constructor(private readonly fields: number) {
    this.at = new Int32Array(fields);
    this.length = new Int32Array(fields);
  }

  /** Where the row ends that begins at `from`; -1: not before `end`. Throws when it is none of ours. */
  find(input: Uint8Array, from: number, end: number): number {
    const { fields, at, length } = this;
    if (from + COUNT_BYTES > end) return -1;
    if (int32(input, from) >> 16 !== fields)
      throw new Error(`A row of ${int32(input, from) >> 16} fields came where ${fields} were asked for.`);
    let position = from + COUNT_BYTES;
    for (let field = 0; field < fields; field++) {
      if (position + LENGTH_BYTES > end) return -1;
      const bytes = int32(input, position);
      position += LENGTH_BYTES;
      at[field] = position;
      length[field] = bytes;
      if (bytes > 0) position += bytes;
    }
    return position <= end ? position : -1;
  }
}
