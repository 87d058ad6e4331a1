/** What an export was asked to be: as it came, completed by what was not said. Kept with the export, and repeated in its manifest. */
import { logColumnNames, logFilterParameters, type RawParameters } from '@pinebill/contract';
import { readLogFilter } from '../audit-logs';
import { AppError } from '../platform/app-error';
import type { CsvSeparator } from '../platform/csv';
import { readPeriod } from '../platform/query';
import { invalidFields } from '../platform/validation';
import type { CreateExport } from './exports.dto';

export const exportSources = ['auditLogs', 'activity', 'evidence', 'period'] as const;
export type ExportSource = (typeof exportSources)[number];
export const exportFormats = ['csv', 'jsonl', 'json', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];
export const partNames = ['auditLogs', 'activity', 'reviews'] as const;
export type PartName = (typeof partNames)[number];

export const partsOf: Record<ExportSource, readonly PartName[]> = {
  auditLogs: ['auditLogs'],
  activity: ['activity'],
  evidence: ['reviews'],
  period: ['auditLogs', 'activity', 'reviews'],
};

export type ExportFilter = Record<string, string | string[]>;
export type ExportRequest = {
  format: ExportFormat;
  gzip: boolean;
  /** The one grammar of filters, by the names of its parameters. */
  filter: ExportFilter;
  /** Null: all. */
  columns: string[] | null;
  timeZone: string;
  separator: CsvSeparator;
};

/** Throws `invalid_field` with pointers into the body. */
export function readExportRequest(body: CreateExport): {
  source: ExportSource;
  request: ExportRequest;
  from: Date | null;
  to: Date | null;
} {
  const source = body.source ?? 'auditLogs';
  const filter = filterOf(body.filter ?? {});
  const { from, to } = inBody(() => (source === 'auditLogs' ? readLogFilter(known(filter)) : readPeriod(periodOnly(filter))));
  if (body.columns !== undefined && source !== 'auditLogs')
    throw invalidFields([{ pointer: '/columns', rule: 'source', expected: 'can be chosen for auditLogs only' }]);
  const request: ExportRequest = {
    format: body.format,
    gzip: body.gzip ?? false,
    filter,
    columns: body.columns === undefined ? null : logColumnNames.filter((name) => body.columns?.includes(name)),
    timeZone: body.timeZone ?? 'UTC',
    separator: body.separator ?? 'comma',
  };
  return { source, request, from, to };
}

/** Numbers are taken for what they say: `{ "status": 404 }`. */
function filterOf(given: Record<string, unknown>): ExportFilter {
  const text = (name: string, value: unknown): string => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw invalidFields([
      { pointer: `/filter/${name.slice(0, 60)}`, rule: 'text', expected: 'takes text, or a list of at most two texts' },
    ]);
  };
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length > 0 && value.length <= 2 ? value.map((one) => text(name, one)) : text(name, value),
    ]),
  );
}

const periodNames = ['from', 'to'];
const periodOnly = (filter: ExportFilter): RawParameters => only(filter, periodNames);

function known(filter: ExportFilter): RawParameters {
  return only(filter, logFilterParameters);
}

function only(filter: ExportFilter, allowed: readonly string[]): RawParameters {
  const unknown = Object.keys(filter).filter((name) => !allowed.includes(name));
  if (unknown.length > 0)
    throw invalidFields([{ pointer: '/filter', rule: 'unknownField', expected: `knows ${allowed.join(', ')}, and nothing else` }]);
  return filter;
}

/** The grammar speaks of query parameters; here they are members of the body. */
function inBody<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError) || !error.options.issues) throw error;
    throw invalidFields(
      error.options.issues.map((issue) => ({
        ...issue,
        pointer: issue.pointer.replace(/^\?/, '/filter/'),
        expected: `takes ${issue.expected}`,
      })),
    );
  }
}
