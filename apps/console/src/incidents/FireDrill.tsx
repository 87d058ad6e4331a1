/** The rehearsal: begun with one button on the list, and on its page how long each step took. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Skeleton from '@mui/material/Skeleton';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useDataProvider, useNavigate } from 'react-admin';
import type { DrillReport, Incident } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { DataTable } from '../elements/DataTable';
import { ProblemView } from '../elements/ProblemView';
import { useCan } from '../session/use-session';
import { useIncidentChanged } from './incident-calls';
import { incidentPath, span, stepWords } from './incident-words';
import { Section } from './StepFrame';
import { useDeed } from './use-deed';

export function FireDrillButton() {
  const [asking, setAsking] = useState(false);
  if (!useCan('incidents:write')) return null;
  return (
    <>
      <Button variant="outlined" onClick={() => setAsking(true)}>
        Run a fire drill…
      </Button>
      {asking && <FireDrillDialog onClose={() => setAsking(false)} />}
    </>
  );
}

function FireDrillDialog({ onClose }: { onClose: () => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const deed = useDeed(useIncidentChanged());
  const navigate = useNavigate();
  const start = (): Promise<boolean> =>
    deed.run(async () => {
      const { id } = await dataProvider.request<Incident>('POST', '/incidents/drill');
      navigate(incidentPath(id, 'contained'));
    });
  return (
    <Dialog open onClose={() => !deed.busy && onClose()} aria-labelledby="fire-drill" maxWidth="xs" fullWidth>
      <DialogTitle id="fire-drill" component="h2">
        Run a fire drill
      </DialogTitle>
      <DialogContent aria-live="polite" style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 12 }}>
        <span>
          PineBill makes a key that can read and nothing else, attacks with it from this server, and opens an incident that is marked as a
          drill. Do what you would do if it were real: the incident says afterwards how long each step took.
        </span>
        <span>
          Nothing of the drill can stop a real key. About 35 requests appear in API Logs and count against the limits. Closing the incident
          ends the key.
        </span>
        {deed.error !== null && <ProblemView error={deed.error} />}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} disabled={deed.busy}>
          Cancel
        </Button>
        <Button variant="contained" disabled={deed.busy} autoFocus onClick={() => void start()}>
          {deed.busy ? 'Setting the fire…' : 'Run the drill'}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

type Step = DrillReport['steps'][number];

function Verdict({ step: { status, at, withinTarget } }: { step: Step }) {
  if (withinTarget === false) return <Chip tone="server">{status === 'open' ? 'Overdue' : 'Late'}</Chip>;
  if (status === 'open') return <Chip tone="unknown">To do</Chip>;
  return at === null ? <Chip tone="unknown">Not needed</Chip> : <Chip tone="success">In time</Chip>;
}

const time = (seconds: number | null): string => (seconds === null ? '–' : span(seconds));

function Steps({ report }: { report: DrillReport }) {
  return (
    <DataTable label="How long it took" compact>
      <thead>
        <tr>
          <th scope="col">Step</th>
          {['Took', 'After opening', 'Target'].map((name) => (
            <th key={name} scope="col" className="fit number">
              {name}
            </th>
          ))}
          <th scope="col" className="fit">
            Verdict
          </th>
        </tr>
      </thead>
      <tbody>
        {report.steps
          .filter(({ step }) => step !== 'identified')
          .map((step) => (
            <tr key={step.step}>
              <td>{stepWords[step.step].done}</td>
              <td className="fit number" data-label="Took">
                {time(step.tookSeconds)}
              </td>
              <td className="fit number" data-label="After opening">
                {time(step.sinceOpenedSeconds)}
              </td>
              <td className="fit number" data-label="Target">
                {span(step.targetSeconds)}
              </td>
              <td className="fit" data-label="Verdict">
                <Verdict step={step} />
              </td>
            </tr>
          ))}
      </tbody>
    </DataTable>
  );
}

/** On the page of a drill, and on no other. */
export function DrillTimes({ incident: { id, drill, state } }: { incident: Pick<Incident, 'id' | 'drill' | 'state'> }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data, error, refetch } = useQuery({
    queryKey: ['incidents', id, 'drill', state],
    queryFn: () => dataProvider.request<DrillReport>('GET', `/incidents/${encodeURIComponent(id)}/drill`),
    enabled: drill,
    retry: false,
  });
  if (!drill) return null;
  return (
    <Section title="How long it took">
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton height={180} variant="rounded" />}
      {data && <Steps report={data} />}
    </Section>
  );
}
