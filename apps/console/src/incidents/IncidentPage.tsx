/** One incident: its six steps on the left, the work of one of them in the middle, what is so at this moment on the right. On a phone one below the other. */
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import type { IncidentStepName } from '@pinebill/contract';
import { lazy, Suspense, useState, type ComponentType } from 'react';
import { Navigate, useParams } from 'react-admin';
import type { Incident } from '../api-types';
import { TimeStamp } from '../elements/TimeStamp';
import { Page, PageSkeleton } from '../layout/Page';
import { PageProblem } from '../layout/PageProblem';
import { ChangeIncidentDialog } from './ChangeIncidentDialog';
import { ContainStep } from './ContainStep';
import { DocumentStep } from './DocumentStep';
import { IdentifyStep } from './IdentifyStep';
import { incidentPath, stepOfPath } from './incident-words';
import { LiveFacts } from './LiveFacts';
import { DrillChip, SeverityChip, StateChip } from './Marks';
import { ReplaceStep } from './ReplaceStep';
import { ServicesStep } from './ServicesStep';
import { nextStep, Stepper } from './Stepper';
import { Timeline } from './Timeline';
import { useIncident } from './use-incident';

const ExtentStep = lazy(async () => ({ default: (await import('./ExtentStep')).ExtentStep }));

const Grid = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: '196px minmax(0, 1fr) 280px',
  gap: '24px 36px',
  alignItems: 'start',
  '& > nav': { position: 'sticky', top: 20 },
  '& > aside': { display: 'grid', gap: 24, minWidth: 0 },
  '& > aside h2': { margin: '0 0 10px', fontSize: 14, fontWeight: 600, lineHeight: '20px' },
  '@media (max-width: 1239px)': {
    gridTemplateColumns: '196px minmax(0, 1fr)',
    '& > aside': { gridColumn: 2, borderTop: `1px solid ${theme.palette.tone.line}`, paddingTop: 20 },
  },
  '@media (max-width: 899px)': {
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: '18px 0',
    '& > nav': { position: 'static' },
    '& > aside': { gridColumn: 1 },
  },
}));
const Lead = styled('span')({ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px' });

const work: Record<IncidentStepName, ComponentType<{ incident: Incident }>> = {
  identified: IdentifyStep,
  contained: ContainStep,
  replaced: ReplaceStep,
  servicesUpdated: ServicesStep,
  scoped: ExtentStep,
  documented: DocumentStep,
};

function About({ incident }: { incident: Incident }) {
  const { openedBy, openedAt, assignee } = incident;
  return (
    <Lead>
      <SeverityChip {...incident} />
      <StateChip {...incident} />
      <DrillChip {...incident} />
      <span>
        Opened <TimeStamp at={openedAt} relative /> by {openedBy.name}
        {assignee && `, assigned to ${assignee.name}`}
      </span>
    </Lead>
  );
}

function Body({ incident, current }: { incident: Incident; current: IncidentStepName }) {
  const [changing, setChanging] = useState(false);
  const Work = work[current];
  return (
    <Page
      title={`#${incident.number} · ${incident.title}`}
      lead={<About incident={incident} />}
      actions={
        incident.actions.includes('change') && (
          <Button variant="outlined" onClick={() => setChanging(true)}>
            Change…
          </Button>
        )
      }
    >
      <Grid>
        <Stepper incident={incident} current={current} />
        <Suspense fallback={<Skeleton width="60%" height={14} />}>
          <Work key={current} incident={incident} />
        </Suspense>
        <aside aria-label="At this moment">
          <LiveFacts incident={incident} />
          <Timeline incident={incident} />
        </aside>
      </Grid>
      {changing && <ChangeIncidentDialog incident={incident} onClose={() => setChanging(false)} />}
    </Page>
  );
}

export function IncidentPage() {
  const { id = '', step } = useParams();
  const { data: incident, error, refetch } = useIncident(id);
  if (!incident) {
    if (!error) return <PageSkeleton />;
    return (
      <Page title="Incident">
        <PageProblem error={error} retry={() => void refetch()} list={{ to: '/incidents', label: 'All incidents' }} />
      </Page>
    );
  }
  const current = stepOfPath(step);
  // Without a step in the link: the one that is to be done, and it stays when that is done.
  if (current === null) return <Navigate to={incidentPath(id, nextStep(incident) ?? 'documented')} replace />;
  return <Body incident={incident} current={current} />;
}
