/** What an export was asked to be: as it came, completed by what was not said. Kept with the export, and repeated in its manifest. */
import { logColumnNames, type RawParameters } from '@pinebill/contract';
import { bodyFilterOf, inBody, onlyParameters, readBodyLogFilter, type BodyFilter } from '../audit-logs';
import type { CsvSeparator } from '../platform/csv';
import { readPeriod } from '../platform/query';
import { invalidFields } from '../platform/validation';
import type { CreateExport } from './exports.dto';

export const exportSources = ['auditLogs', 'activity', 'evidence', 'incidents', 'period'] as const;
export type ExportSource = (typeof exportSources)[number];
export const exportFormats = ['csv', 'jsonl', 'json', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];
export const partNames = ['auditLogs', 'activity', 'reviews', 'purgeCertificates', 'incidents'] as const;
export type PartName = (typeof partNames)[number];

export const partsOf: Record<ExportSource, readonly PartName[]> = {
  auditLogs: ['auditLogs'],
  activity: ['activity'],
  evidence: ['reviews', 'purgeCertificates'],
  incidents: ['incidents'],
  period: ['auditLogs', 'activity', 'reviews', 'purgeCertificates', 'incidents'],
};

export type ExportFilter = BodyFilter;
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
  const filter = bodyFilterOf(body.filter ?? {});
  const { from, to } = source === 'auditLogs' ? readBodyLogFilter(filter) : inBody(() => readPeriod(periodOnly(filter)));
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

const periodNames = ['from', 'to'];
const periodOnly = (filter: BodyFilter): RawParameters => onlyParameters(filter, periodNames);
