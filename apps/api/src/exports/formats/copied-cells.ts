/**
 * How the columns of a file are made of what is copied: which fields that takes, and for each cell a function that writes it. Columns of one dictionary
 * that stand side by side are one cell, whose bytes are made once for each entry.
 */
import { copiedColumns, type CopiedColumn, type CopiedType, type Dictionaries, type StoredRecord } from '@pinebill/nestjs-audit';
import type { LogColumn } from '../../audit-logs';
import { csvCell } from '../../platform/csv';
import { putAddress } from './address-bytes';
import type { CopiedRow } from './copied-row';
import type { CsvCells } from './csv-cells';
import { int32, integer, putBytes, putInteger, putReal, putTypeId, real } from './value-bytes';

/** Writes a cell of the row that was found last: takes where it begins, and returns where it ends. */
export type PutCell = (to: number) => number;
type Dictionary = keyof Dictionaries;
/** Side by side in the file; several only of one dictionary. `own`: the field that has the value where no dictionary has it. */
type Group = { dictionary: Dictionary | null; own: CopiedColumn | null; columns: [LogColumn, ...LogColumn[]] };
type Making = { dictionaries: Dictionaries; separator: string; csv: CsvCells; row: CopiedRow };

const numberOf = { callers: 'caller_no', routes: 'route_no', agents: 'agent_no' } as const satisfies Record<Dictionary, CopiedColumn>;
/** What null says. */
const defaults: Partial<Record<CopiedColumn, string>> = { kind: 'request', outcome: 'completed' };

/** What is to be copied for these columns, in this order. */
export function fieldsOf(columns: readonly LogColumn[]): CopiedColumn[] {
  const wanted = groupsOf(columns).flatMap(({ dictionary, own }) => [dictionary && numberOf[dictionary], own]);
  return [...new Set(wanted.filter((field) => field !== null))];
}

/** With separators between them they are the line. `mostWords`: so many of its bytes are of dictionaries, at most. */
export function cellsOf(columns: readonly LogColumn[], making: Making): { cells: PutCell[]; mostWords: number } {
  const { csv, row, separator, dictionaries } = making;
  const fields = fieldsOf(columns);
  let mostWords = 0;
  const cells = groupsOf(columns).map(({ dictionary, own, columns: theirs }) => {
    const unknown = Buffer.from(separator.repeat(theirs.length - 1));
    const otherwise = own
      ? ownCell(theirs[0], own, { csv, row, field: fields.indexOf(own) })
      : (to: number) => putBytes(csv.out, to, unknown);
    if (!dictionary) return otherwise;
    const words = wordsOf(dictionaries[dictionary], theirs, separator);
    mostWords += Math.max(unknown.length, words.longest);
    const field = fields.indexOf(numberOf[dictionary]);
    return (to: number) => {
      const known = row.length[field] === 4 ? words.bytes.get(int32(csv.input, row.at[field] ?? 0)) : undefined;
      return known ? putBytes(csv.out, to, known) : otherwise(to);
    };
  });
  return { cells, mostWords };
}

function groupsOf(columns: readonly LogColumn[]): Group[] {
  const groups: Group[] = [];
  for (const column of columns) {
    const [before, dictionary] = [groups.at(-1), dictionaryOf(column.column)];
    if (dictionary && before?.dictionary === dictionary) before.columns.push(column);
    else groups.push({ dictionary, own: isCopied(column.column) ? column.column : null, columns: [column] });
  }
  return groups;
}

const isCopied = (column: string): column is CopiedColumn => column in copiedColumns;

function dictionaryOf(column: string): Dictionary | null {
  if (column === 'user_agent') return 'agents';
  if (column === 'method' || column === 'route') return 'routes';
  return isCopied(column) ? null : 'callers';
}

/** As every other format reads them of a record: an entry is the part of one that it is about. */
function wordsOf(
  entries: Dictionaries[Dictionary],
  columns: readonly LogColumn[],
  separator: string,
): { bytes: ReadonlyMap<number, Buffer>; longest: number } {
  const bytes = new Map<number, Buffer>();
  let longest = 0;
  for (const [no, entry] of entries) {
    const cells = Buffer.from(columns.map(({ value }) => csvCell(value(entry as StoredRecord), separator)).join(separator));
    bytes.set(no, cells);
    longest = Math.max(longest, cells.length);
  }
  return { bytes, longest };
}

/** Null is what it says, or nothing. */
function ownCell(column: LogColumn, copied: CopiedColumn, { csv, row, field }: { csv: CsvCells; row: CopiedRow; field: number }): PutCell {
  const nothing = Buffer.from(defaults[copied] ?? '');
  const put = valueCell(column, copiedColumns[copied], csv);
  return (to) => {
    const length = row.length[field] ?? -1;
    return length < 0 ? putBytes(csv.out, to, nothing) : put(to, row.at[field] ?? 0, length);
  };
}

type PutValue = (to: number, at: number, length: number) => number;

function valueCell({ name }: LogColumn, type: CopiedType, csv: CsvCells): PutValue {
  switch (type) {
    case 'uuid': {
      const prefix = Buffer.from(name === 'requestId' ? 'req_' : 'log_');
      return (to, at) => putTypeId(csv.out, putBytes(csv.out, to, prefix), csv.input, at);
    }
    case 'timestamptz':
      return (to, at) => csv.instant(to, at);
    case 'integer':
      return (to, at, length) => putInteger(csv.out, to, integer(csv.input, at, length));
    case 'float4':
      return (to, at) => putReal(csv.out, to, real(csv.input, at));
    case 'text':
      return (to, at, length) => csv.text(to, at, length);
    case 'jsonb':
      // Before its text stands the version of its format.
      return (to, at, length) => csv.text(to, at + 1, length - 1);
    case 'inet':
      return (to, at) => putAddress(csv.out, to, csv.input, at);
    case 'text[]':
      return (to, at) => csv.words(to, at);
  }
}
