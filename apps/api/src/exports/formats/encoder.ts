/** Rows into the bytes of a file. One encoder writes one file, from its beginning to its end. */
import type { Cell, ColumnType } from '../../audit-logs';

export type Column = { name: string; type: ColumnType };

/** A row, twice: as cells in the order of the columns, and as the object that the API would show. Neither is made before it is asked for. */
export type Row = { cells: () => readonly Cell[]; object: () => unknown };

export interface Encoder {
  head(): Buffer;
  /** May keep rows back, and give them with later ones. */
  rows(rows: readonly Row[]): Buffer;
  /** What was kept back, and what closes the file. */
  tail(): Buffer;
}
