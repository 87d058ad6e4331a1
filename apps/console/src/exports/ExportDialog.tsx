/** What is exported is what the list shows: the filter comes along, and is said again before anything is made. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { styled } from '@mui/material/styles';
import { logColumnNames, type LogColumnName } from '@pinebill/contract';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { CreateExport, ExportView } from '../api-types';
import { Choice, Choices } from '../elements/Choices';
import { FactList } from '../elements/FactList';
import { ProblemView } from '../elements/ProblemView';
import { awaitExport } from './awaited';
import { Choose } from './Choose';
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
  period: 'API logs, activity and evidence of a time, under one signed manifest.',
};

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zones = ownZone === 'UTC' ? ['UTC'] : ['UTC', ownZone];

const separatorWords: Record<ExportView['separator'], string> = { comma: 'Comma', semicolon: 'Semicolon', tab: 'Tab' };
const instant = (value: string): string => new Date(value).toISOString();

type Form = {
  source: ExportView['source'];
  format: ExportView['format'];
  timeZone: string;
  separator: ExportView['separator'];
  gzip: boolean;
  columns: LogColumnName[] | null;
};
const first: Form = { source: 'auditLogs', format: 'csv', timeZone: 'UTC', separator: 'comma', gzip: false, columns: null };

function bodyOf({ format, source, timeZone, separator, gzip, columns }: Form, filter: ExportFilter): CreateExport {
  const csv = format === 'csv' ? { timeZone, separator } : {};
  const some = source === 'auditLogs' && columns !== null ? { columns } : {};
  return { format, source, filter, ...csv, ...some, ...(gzip && format !== 'parquet' ? { gzip } : {}) };
}

function Times() {
  const field = { type: 'datetime-local', slotProps: { inputLabel: { shrink: true }, htmlInput: { step: 1 } } } as const;
  return (
    <>
      <TextField name="from" label="From" helperText="Empty: from where retention begins." {...field} />
      <TextField name="to" label="To, not included" helperText="Empty: up to the moment at which the export begins." {...field} />
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
  onClose: () => void;
  onCreated: (created: ExportView) => void;
};

export function ExportDialog({ filter, onClose, onCreated }: Props) {
  const dataProvider = useDataProvider();
  const [form, setForm] = useState(first);
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const change = (changes: Partial<Form>): void => setForm({ ...form, ...changes });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const typed = [...new FormData(event.currentTarget)].filter(([name, value]) => (name === 'from' || name === 'to') && value !== '');
    const times = Object.fromEntries(typed.map(([name, value]) => [name, instant(value as string)])); // the form has no files
    setState({ busy: true, error: null });
    try {
      const { data } = await dataProvider.create<ExportView>('exports', { data: bodyOf(form, filter ?? times) });
      awaitExport(data.id);
      onCreated(data);
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const lines = filter === null ? [] : filterLines(filter);
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby="export-title" maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id="export-title" component="h2">
          {filter === null ? 'New export' : 'Export these requests'}
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {state.error !== null && <ProblemView error={state.error} />}
          {filter === null && (
            <Choose
              name="source"
              label="What"
              value={form.source}
              options={sourceWords}
              hint={sourceHints[form.source]}
              onChange={(source) => change({ source })}
            />
          )}
          {filter === null ? <Times /> : lines.length > 0 ? <FactList facts={lines} /> : <span>Everything that is kept.</span>}
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
                options={Object.fromEntries(zones.map((zone) => [zone, zone]))}
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
            <FormControlLabel
              control={<Checkbox checked={form.gzip} onChange={(_, gzip) => change({ gzip })} />}
              label="Compress with gzip"
            />
          )}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={state.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={state.busy || form.columns?.length === 0}>
            {state.busy ? 'Asking…' : 'Start export'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
