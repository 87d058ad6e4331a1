/** What the work of every step has in common: what it is for, how it stands, and the way on. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { waivableSteps, type IncidentStepName } from '@pinebill/contract';
import { useState, type ReactNode } from 'react';
import { LinkBase } from 'react-admin';
import type { Incident, IncidentStep } from '../api-types';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part, Row } from '../layout/Page';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { incidentPath, stepWords } from './incident-words';
import { nextStep } from './Stepper';
import { useDeed } from './use-deed';

export const Work = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 20,
  alignContent: 'start',
  minWidth: 0,
  '& > header h2': { margin: 0, fontSize: 17, fontWeight: 600, lineHeight: '24px' },
  '& > header p': { margin: '2px 0 0', color: theme.palette.tone.secondary, fontSize: 14 },
  '& section': { marginTop: '0 !important' },
  '& section > h3': { margin: '0 0 8px', fontSize: 14, fontWeight: 600, lineHeight: '20px' },
}));

/** What is done here. On a phone at the lower edge, as wide as the thumb reaches. */
export const Deeds = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  gap: 8,
  alignItems: 'center',
  '@media (max-width: 640px)': {
    position: 'sticky',
    bottom: 0,
    zIndex: 5,
    margin: '0 -16px',
    padding: '10px 16px calc(10px + env(safe-area-inset-bottom))',
    borderTop: `1px solid ${theme.palette.tone.line}`,
    background: theme.palette.tone.page,
    '& .MuiButton-contained': { flex: '1 1 100%', minHeight: 48, fontSize: 15 },
    '& .MuiButton-outlined, & .MuiButton-text': { flex: '1 1 auto', minHeight: 44 },
  },
}));

export const stepIn = ({ steps }: Incident, name: IncidentStepName): IncidentStep =>
  steps.find(({ step }) => step === name) as IncidentStep; // all six are there

/** Where the work below does not show it anyway. */
const tellsMissing = ({ subjects, actions }: Incident, name: IncidentStepName): boolean =>
  (name === 'contained' && subjects.length === 0) || (name === 'documented' && !actions.includes('change'));

/** How the step stands. */
function Standing({ step, tellMissing }: { step: IncidentStep; tellMissing: boolean }) {
  const { status, at, by, because, missing } = step;
  if (status === 'done') {
    return (
      <Notice tone="success">
        <strong>{stepWords[step.step].done}</strong>
        <p>
          {at ? <TimeStamp at={at} /> : 'It was so before the incident was opened'}
          {by && `, by ${by.name}`}.
        </p>
      </Notice>
    );
  }
  if (status === 'notNeeded') {
    return (
      <Notice>
        <strong>Not needed</strong>
        <p>
          {because}
          {by && ` (${by.name})`}
        </p>
      </Notice>
    );
  }
  if (missing.length === 0 || !tellMissing) return null;
  return (
    <Notice tone="client">
      <strong>What is missing</strong>
      <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
        {missing.slice(0, 8).map((what) => (
          <li key={what}>{what}</li>
        ))}
        {missing.length > 8 && <li>and {missing.length - 8} more</li>}
      </ul>
    </Notice>
  );
}

/** "Not needed, because", and the way back. For those who may. */
function Waiver({ incident, step }: { incident: Incident; step: IncidentStep }) {
  const [because, setBecause] = useState<string | null>(null);
  const calls = useIncidentCalls();
  const deed = useDeed(useIncidentChanged());
  const waivable = waivableSteps.find((name) => name === step.step);
  if (!waivable || !incident.actions.includes('waive')) return null;
  if (step.status === 'notNeeded' && step.by !== null) {
    return (
      <>
        {deed.error !== null && <ProblemView error={deed.error} />}
        <div>
          <Button disabled={deed.busy} onClick={() => void deed.run(() => calls.needed(incident.id, waivable))}>
            It is needed after all
          </Button>
        </div>
      </>
    );
  }
  if (step.status !== 'open') return null;
  if (because === null) {
    return (
      <div>
        <Button onClick={() => setBecause('')}>Not needed, because…</Button>
      </div>
    );
  }
  return (
    <form
      style={{ display: 'grid', gap: 10, maxWidth: 560 }}
      onSubmit={(event) => {
        event.preventDefault();
        void deed.run(() => calls.notNeeded(incident.id, waivable, because.trim())).then((done) => done && setBecause(null));
      }}
    >
      {deed.error !== null && <ProblemView error={deed.error} />}
      <TextField
        label={`${stepWords[step.step].verb} is not needed, because`}
        required
        autoFocus
        multiline
        value={because}
        onChange={({ target }) => setBecause(target.value)}
        helperText="Stands in the report. What really happens later counts more than this."
        slotProps={{ htmlInput: { maxLength: 500 } }}
      />
      <Row>
        <Button type="submit" variant="outlined" disabled={deed.busy || because.trim() === ''}>
          Save
        </Button>
        <Button onClick={() => setBecause(null)}>Cancel</Button>
      </Row>
    </form>
  );
}

/** The way on, when nothing is left to do here. */
export function GoOn({ incident, from }: { incident: Incident; from: IncidentStepName }) {
  const next = nextStep(incident);
  if (next === null || next === from || (stepIn(incident, from).status === 'open' && from !== 'identified')) return null;
  return (
    <Deeds>
      <Button variant="contained" component={LinkBase} to={incidentPath(incident.id, next)}>
        Go on: {stepWords[next].verb.toLowerCase()}
      </Button>
    </Deeds>
  );
}

type Props = { incident: Incident; name: IncidentStepName; children: ReactNode };

export function StepFrame({ incident, name, children }: Props) {
  const step = stepIn(incident, name);
  const { verb, task } = stepWords[name];
  return (
    <Work>
      <header>
        <h2>{verb}</h2>
        <p>{task}</p>
      </header>
      {name !== 'identified' && <Standing step={step} tellMissing={tellsMissing(incident, name)} />}
      {children}
      <Waiver incident={incident} step={step} />
      <GoOn incident={incident} from={name} />
    </Work>
  );
}

export function Section({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <Part>
      <h3>{title}</h3>
      {children}
    </Part>
  );
}
