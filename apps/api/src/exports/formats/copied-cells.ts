/**
 * How the columns of a file are made of what is copied: which fields that takes, and for each cell a function that writes it. Columns of one dictionary
 * that stand side by side are one cell, whose bytes are made once for each entry (copied-words.ts).
 */
import { copiedColumns, type CopiedColumn, type CopiedType, type Dictionary } from '@pinebill/nestjs-audit';
import type { LogColumn } from '../../audit-logs';
import { putAddress } from './address-bytes';
import type { CopiedRow } from './copied-row';
import type { CopiedWords } from './copied-words';
import type { CsvCells } from './csv-cells';
import { int32, integer, putBytes, putInteger, putReal, putTypeId, real } from './value-bytes';

/** Writes a cell of the row that was found last: takes where it begins, and returns where it ends. */
export type PutCell = (to: number) => number;
/** Side by side in the file; several only of one dictionary. `own`: the field that has the value where no dictionary has it. */
type Group = { dictionary: Dictionary | null; own: CopiedColumn | null; columns: [LogColumn, ...LogColumn[]] };
type Making = { words: Record<Dictionary, CopiedWords>; separator: string; csv: CsvCells; row: CopiedRow };

const numberOf = { caller: 'caller_no', route: 'route_no', agent: 'agent_no' } as const satisfies Record<Dictionary, CopiedColumn>;
/** What null says. */
const defaults: Partial<Record<CopiedColumn, string>> = { kind: 'request', outcome: 'completed' };

/** What is to be copied for these columns, in this order. */
export function fieldsOf(columns: readonly LogColumn[]): CopiedColumn[] {
  const wanted = groupsOf(columns).flatMap(({ dictionary, own }) => [dictionary && numberOf[dictionary], own]);
  return [...new Set(wanted.filter((field) => field !== null))];
}

/** Which of the fields are numbers of dictionaries. */
export function dictionaryFields(fields: readonly CopiedColumn[]): { dictionary: Dictionary; field: number }[] {
  const all = (Object.keys(numberOf) as Dictionary[]).map((dictionary) => ({ dictionary, field: fields.indexOf(numberOf[dictionary]) }));
  return all.filter(({ field }) => field >= 0);
}

/** With separators between them they are the line. */
export function cellsOf(columns: readonly LogColumn[], { csv, row, separator, words }: Making): PutCell[] {
  const fields = fieldsOf(columns);
  return groupsOf(columns).map(({ dictionary, own, columns: theirs }) => {
    const nothing = Buffer.from(separator.repeat(theirs.length - 1));
    const otherwise = own
      ? ownCell(theirs[0], own, { csv, row, field: fields.indexOf(own) })
      : (to: number) => putBytes(csv.out, to, nothing);
    if (!dictionary) return otherwise;
    const known = words[dictionary].group(theirs);
    const field = fields.indexOf(numberOf[dictionary]);
    return (to) => {
      const cell = (row.length[field] ?? -1) < 0 ? undefined : known.get(int32(csv.input, row.at[field] ?? 0));
      return cell ? putBytes(csv.out, to, cell) : otherwise(to);
    };
  });
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
  if (column === 'user_agent') return 'agent';
  if (column === 'method' || column === 'route') return 'route';
  return isCopied(column) ? null : 'caller';
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
