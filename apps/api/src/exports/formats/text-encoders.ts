import { csvLine } from '../../platform/csv';
import { timeText } from '../local-time';
import type { Column, Encoder, Row } from './encoder';

const nothing = Buffer.alloc(0);

export class CsvEncoder implements Encoder {
  private readonly time;

  constructor(
    private readonly columns: readonly Column[],
    private readonly separator: string,
    timeZone: string,
  ) {
    this.time = timeText(timeZone);
  }

  head(): Buffer {
    return Buffer.from(
      csvLine(
        this.columns.map(({ name }) => name),
        this.separator,
      ),
    );
  }

  rows(rows: readonly Row[]): Buffer {
    const { columns, separator, time } = this;
    const line = (row: Row): string =>
      csvLine(
        row.cells().map((cell, index) => (typeof cell === 'string' && columns[index]?.type === 'instant' ? time(cell) : cell)),
        separator,
      );
    return Buffer.from(rows.map(line).join(''));
  }

  tail(): Buffer {
    return nothing;
  }
}

/** An object a line (jsonlines.org), each line ended by a newline. */
export class JsonLinesEncoder implements Encoder {
  head(): Buffer {
    return nothing;
  }

  rows(rows: readonly Row[]): Buffer {
    return Buffer.from(rows.map((row) => `${JSON.stringify(row.object())}\n`).join(''));
  }

  tail(): Buffer {
    return nothing;
  }
}

/** One array, an object a line within it. */
export class JsonEncoder implements Encoder {
  /** `begun`: whether a row has been written, by somebody before us. */
  constructor(private begun: boolean) {}

  head(): Buffer {
    return Buffer.from('[');
  }

  rows(rows: readonly Row[]): Buffer {
    const lines = rows.map((row) => {
      const line = `${this.begun ? ',' : ''}\n${JSON.stringify(row.object())}`;
      this.begun = true;
      return line;
    });
    return Buffer.from(lines.join(''));
  }

  tail(): Buffer {
    return Buffer.from('\n]\n');
  }
}
