/** What is exported is what the list shows: the filter comes along, and is said again before anything is made. */
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { styled } from '@mui/material/styles';
import { logColumnNames, type LogColumnName } from '@pinebill/contract';
import { useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { CreateExport, ExportView } from '../api-types';
import { Choice, Choices } from '../elements/Choices';
import { FactList } from '../elements/FactList';
import { FormDialog } from '../elements/FormDialog';
import { browserZone, readWallField, useTimeZone, wallField } from '../elements/time-zone';
import { awaitExport } from './awaited';
import { Choose } from './Choose';
import { DownloadNow, directFormats } from './DownloadNow';
import { fieldText } from '../activity/activity-words';
import { filterLines, formatWords, sourceWords, type ExportFilter } from './export-words';

const formatHints: Record<ExportView['format'], string> = {
  csv: 'For spreadsheets. Cells that a spreadsheet would run as a formula get an apostrophe in front.',
  jsonl: 'One record a line, with everything that the API shows of it. For programs.',
  json: 'One list of records, with everything that the API shows of them.',
  parquet: 'Typed and compressed, for DuckDB, Spark and data warehouses.',
};
const sourceHints: Record<ExportView['source'], string> = {
  auditLogs: 'Every request, accepted or refused.',
  activity: 'What people changed.',
  evidence: 'Signed access reviews.',
  incidents: 'Incidents opened in the time, each with its timeline and its evidence.',
  period: 'API logs, activity, evidence and incidents of a time, under one signed manifest.',
};

const separatorWords: Record<ExportView['separator'], string> = { comma: 'Comma', semicolon: 'Semicolon', tab: 'Tab' };

type Form = {
  source: ExportView['source'];
  format: ExportView['format'];
  timeZone: string;
  separator: ExportView['separator'];
  gzip: boolean;
  columns: LogColumnName[] | null;
};
const first: Form = { source: 'auditLogs', format: 'csv', timeZone: 'UTC', separator: 'comma', gzip: false, columns: null };
const formOf = ({ source, format, timeZone, separator, gzip, columns }: ExportView): Form => ({
  ...{ source, format, timeZone, separator, gzip },
  columns: columns && logColumnNames.filter((name) => columns.includes(name)),
});

function bodyOf({ format, source, timeZone, separator, gzip, columns }: Form, filter: ExportFilter): CreateExport {
  const csv = format === 'csv' ? { timeZone, separator } : {};
  const some = source === 'auditLogs' && columns !== null ? { columns } : {};
  return { format, source, filter, ...csv, ...some, ...(gzip && format !== 'parquet' ? { gzip } : {}) };
}

function Given({ filter }: { filter: ExportFilter }) {
  const lines = filterLines(filter);
  return lines.length > 0 ? <FactList facts={lines} /> : <span>Everything that is kept.</span>;
}

/** One time of a filter, of which there is one at most. */
const timeOf = (filter: ExportFilter | undefined, name: 'from' | 'to'): string | null => [filter?.[name]].flat()[0] ?? null;

function Times({ filter }: { filter: ExportFilter | undefined }) {
  const [zone] = useTimeZone();
  const field = (name: 'from' | 'to') =>
    ({
      ...{ name, type: 'datetime-local', defaultValue: wallField(timeOf(filter, name)) },
      slotProps: { inputLabel: { shrink: true }, htmlInput: { step: 1 } },
    }) as const;
  const own = zone ?? browserZone();
  return (
    <>
      <TextField {...field('from')} label="From" helperText={`A time of ${own}. Empty: from where retention begins.`} />
      <TextField
        {...field('to')}
        label="To, not included"
        helperText={`A time of ${own}. Empty: up to the moment at which the export begins.`}
      />
    </>
  );
}

const Boxes = styled('fieldset')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fill, minmax(150px, 1fr))',
  margin: 0,
  padding: 0,
  border: 0,
  '& legend': { padding: 0, fontSize: 12 },
});

/** All, until somebody wants fewer. */
function Columns({ chosen, onChange }: { chosen: readonly LogColumnName[] | null; onChange: (chosen: LogColumnName[] | null) => void }) {
  const toggle = (name: LogColumnName, on: boolean): void =>
    onChange(logColumnNames.filter((one) => (one === name ? on : (chosen ?? []).includes(one))));
  return (
    <div>
      <Choices label="Columns">
        <Choice chosen={chosen === null} onClick={() => onChange(null)}>
          All columns
        </Choice>
        <Choice chosen={chosen !== null} onClick={() => onChange(chosen === null ? [...usualColumns] : [...chosen])}>
          Choose columns
        </Choice>
      </Choices>
      {chosen !== null && (
        <Boxes>
          <legend>{chosen.length === 0 ? 'Choose one at least.' : `${chosen.length} of ${logColumnNames.length}`}</legend>
          {logColumnNames.map((name) => (
            <FormControlLabel
              key={name}
              control={<Checkbox size="small" checked={chosen.includes(name)} onChange={(_, on) => toggle(name, on)} />}
              label={fieldText(name)}
            />
          ))}
        </Boxes>
      )}
    </div>
  );
}
const usualColumns: readonly LogColumnName[] = [
  'requestId',
  'startedAt',
  'sequence',
  'method',
  'path',
  'status',
  'reason',
  'durationMs',
  'apiKeyName',
  'ip',
];

type Props = {
  /** Of the list that it was opened from; null: chosen here. */
  filter: ExportFilter | null;
  /** What is made once more: as it was, until somebody changes it. */
  again?: ExportView | null;
  onClose: () => void;
  onCreated: (created: ExportView) => void;
};

export function ExportDialog({ filter, again = null, onClose, onCreated }: Props) {
  const dataProvider = useDataProvider();
  const [form, setForm] = useState(again ? formOf(again) : first);
  const [zone] = useTimeZone();
  // Only requests are filtered by more than a time.
  const given = again?.source === 'auditLogs' ? again.filter : filter;
  const change = (changes: Partial<Form>): void => setForm({ ...form, ...changes });
  const filterOf = (typed: FormData): ExportFilter => {
    if (given !== null) return given;
    const times = (['from', 'to'] as const).flatMap((name) => {
      const at = readWallField(typed.get(name), timeOf(again?.filter, name));
      return at === null ? [] : [[name, at]];
    });
    return Object.fromEntries(times) as ExportFilter;
  };
  const create = async (typed: FormData): Promise<void> => {
    const data = bodyOf(form, filterOf(typed));
    const { data: created } = await dataProvider.create<ExportView>('exports', { data });
    awaitExport(created.id);
    onCreated(created);
  };
  const direct = directFormats.find((format) => format === form.format);
  const zones = [...new Set(['UTC', zone ?? browserZone(), form.timeZone])];
  return (
    <FormDialog
      title={given === null ? 'New export' : 'Export these requests'}
      action="Start export"
      busy="Asking…"
      disabled={form.columns?.length === 0}
      onSubmit={create}
      onClose={onClose}
    >
      {given === null ? (
        <>
          <Choose
            name="source"
            label="What"
            value={form.source}
            options={sourceWords}
            hint={sourceHints[form.source]}
            onChange={(source) => change({ source })}
          />
          <Times filter={again?.filter} />
        </>
      ) : (
        <Given filter={given} />
      )}
      <Choose
        name="format"
        label="Format"
        value={form.format}
        options={formatWords}
        hint={formatHints[form.format]}
        onChange={(format) => change({ format })}
      />
      {form.format === 'csv' && (
        <>
          <Choose
            name="timeZone"
            label="Times in"
            value={form.timeZone}
            options={Object.fromEntries(zones.map((name) => [name, name]))}
            onChange={(timeZone) => change({ timeZone })}
          />
          <Choose
            name="separator"
            label="Between cells"
            value={form.separator}
            options={separatorWords}
            onChange={(separator) => change({ separator })}
          />
        </>
      )}
      {form.source === 'auditLogs' && <Columns chosen={form.columns} onChange={(columns) => change({ columns })} />}
      {form.format !== 'parquet' && (
        <FormControlLabel control={<Checkbox checked={form.gzip} onChange={(_, gzip) => change({ gzip })} />} label="Compress with gzip" />
      )}
      {form.source === 'auditLogs' && direct !== undefined && <DownloadNow format={direct} filterOf={filterOf} onDone={onClose} />}
    </FormDialog>
  );
}
