/** Exports that make themselves: of each week or month that is over. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { ExportSchedule, ExportScheduleList } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { FormDialog } from '../elements/FormDialog';
import { Hidden } from '../elements/Hidden';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { Choose } from './Choose';
import { deliveryWords, destinationWords, filterText, formatWords, sourceWords } from './export-words';

const everyWords: Record<ExportSchedule['every'], string> = { month: 'Every month', week: 'Every week' };

type Destination = ExportScheduleList['destinations'][number] | 'none';
const destinationOptions: Record<Destination, string> = { none: 'Kept here only', ...destinationWords };

type NewProps = { destinations: ExportScheduleList['destinations']; onClose: () => void; onMade: () => void };

function NewSchedule({ destinations, onClose, onMade }: NewProps) {
  const dataProvider = useDataProvider();
  const [form, setForm] = useState<Pick<ExportSchedule, 'every' | 'source' | 'format'>>({
    every: 'month',
    source: 'period',
    format: 'csv',
  });
  const [destination, setDestination] = useState<Destination>('none');
  const make = async (typed: FormData): Promise<void> => {
    const data = {
      ...form,
      name: typed.get('name') as string,
      keep: Number(typed.get('keep')),
      gzip: form.format !== 'parquet',
      ...(destination !== 'none' && { destination, folder: (typed.get('folder') as string).trim() }),
    }; // the form has no files
    await dataProvider.create('export-schedules', { data });
    onMade();
  };
  return (
    <FormDialog title="New schedule" action="Make schedule" busy="Making…" onSubmit={make} onClose={onClose}>
      <span>Within the hour after the week or month is over (UTC), an export of it is made. A period that was missed is made up for.</span>
      <TextField name="name" label="Name" required autoFocus slotProps={{ htmlInput: { maxLength: 80 } }} />
      <Choose name="every" label="When" value={form.every} options={everyWords} onChange={(every) => setForm({ ...form, every })} />
      <Choose name="source" label="What" value={form.source} options={sourceWords} onChange={(source) => setForm({ ...form, source })} />
      <Choose name="format" label="Format" value={form.format} options={formatWords} onChange={(format) => setForm({ ...form, format })} />
      <TextField
        name="keep"
        label="Keep"
        type="number"
        defaultValue={12}
        required
        helperText="So many of its exports; older ones lose their files, not their manifests."
        slotProps={{ htmlInput: { min: 1, max: 60 } }}
      />
      <Deliver allowed={destinations} value={destination} onChange={setDestination} />
    </FormDialog>
  );
}

type DeliverProps = { allowed: ExportScheduleList['destinations']; value: Destination; onChange: (value: Destination) => void };

/** Nothing is asked where nothing can be chosen; what could be is said. */
function Deliver({ allowed, value, onChange }: DeliverProps) {
  if (allowed.length === 0)
    return <span>Exports are kept here. Whoever runs PineBill can allow a directory or an S3 bucket to deliver them to.</span>;
  const options = Object.fromEntries(['none' as const, ...allowed].map((one) => [one, destinationOptions[one]]));
  return (
    <>
      <Choose
        name="destination"
        label="Deliver to"
        value={value}
        options={options as Record<Destination, string>} // those that are allowed
        hint="Each export, with its manifest, beside being kept here."
        onChange={onChange}
      />
      {value !== 'none' && (
        <TextField
          name="folder"
          label="Folder"
          helperText="Below the one of your organization: letters, digits, - and _, with slashes between names. May be empty."
          slotProps={{ htmlInput: { maxLength: 200 } }}
        />
      )}
    </>
  );
}

function Row({ schedule, narrow, onDelete }: { schedule: ExportSchedule; narrow: boolean; onDelete: () => void }) {
  const filter = filterText(schedule.filter);
  return (
    <tr>
      <td style={{ width: '50%' }}>{schedule.name}</td>
      <td style={{ width: '50%' }} data-label="What">
        {sourceWords[schedule.source]}, {formatWords[schedule.format]}
        {filter && ` · ${filter}`}
      </td>
      <td className="fit" data-label="When">
        {everyWords[schedule.every]}
      </td>
      {!narrow && (
        <td className="fit" data-label="Next">
          <TimeStamp at={schedule.nextAt} />
        </td>
      )}
      <td className="fit" data-label="Delivered">
        <Delivered schedule={schedule} />
      </td>
      {!narrow && (
        <td className="fit number" data-label="Kept">
          {schedule.keep}
        </td>
      )}
      <td className="fit">
        <Button size="small" aria-label={`Delete the schedule ${schedule.name}`} onClick={onDelete}>
          Delete…
        </Button>
      </td>
    </tr>
  );
}

/** Of the last one; why not, and when again, is in the panel of that export. */
function Delivered({ schedule: { destination, lastDelivery } }: { schedule: ExportSchedule }) {
  if (destination === null) return <>–</>;
  if (lastDelivery === null) return <>{destinationOptions[destination]}</>;
  const { text, tone } = deliveryWords(lastDelivery);
  return (
    <Chip tone={tone} title={lastDelivery.failure?.detail ?? lastDelivery.location ?? undefined}>
      {text}
    </Chip>
  );
}

function Head({ narrow }: { narrow: boolean }) {
  return (
    <thead>
      <tr>
        {['Name', 'What', 'When', ...(narrow ? [] : ['Next']), 'Delivered'].map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
        {!narrow && (
          <th scope="col" className="number">
            Kept
          </th>
        )}
        <th scope="col">
          <Hidden>Delete</Hidden>
        </th>
      </tr>
    </thead>
  );
}

/** `narrow`: beside an open panel. */
export function Schedules({ narrow }: { narrow: boolean }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const list = useQuery({ queryKey: ['export-schedules'], queryFn: () => dataProvider.exportSchedules(), retry: false });
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<ExportSchedule | null>(null);
  const rows = list.data?.data ?? [];
  return (
    <Part>
      <h2>
        Schedules
        <Button size="small" onClick={() => setMaking(true)}>
          New schedule
        </Button>
      </h2>
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.isPending && !list.error && rows.length === 0 && (
        <p>None. A schedule exports each week or month once it is over, by itself.</p>
      )}
      {(list.isPending || rows.length > 0) && !list.error && (
        <DataTable label="Schedules">
          <Head narrow={narrow} />
          {list.isPending ? (
            <SkeletonRows rows={2} columns={[160, 200, [80, 'fit'], [160, 'fit'], [80, 'fit'], [30, 'fit number'], [60, 'fit']]} />
          ) : (
            <tbody>
              {rows.map((schedule) => (
                <Row key={schedule.id} schedule={schedule} narrow={narrow} onDelete={() => setDeleting(schedule)} />
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      {making && (
        <NewSchedule
          destinations={list.data?.destinations ?? []}
          onClose={() => setMaking(false)}
          onMade={() => {
            setMaking(false);
            void list.refetch();
          }}
        />
      )}
      {deleting && (
        <ConfirmDanger
          title={`Delete the schedule ${deleting.name}?`}
          action="Delete schedule"
          onConfirm={() => dataProvider.delete('export-schedules', { id: deleting.id, previousData: deleting })}
          onClose={() => {
            setDeleting(null);
            void list.refetch();
          }}
        >
          <span>No further export is made. What it has made is kept here for 7 days more; what it has delivered stays where it is.</span>
        </ConfirmDanger>
      )}
    </Part>
  );
}
