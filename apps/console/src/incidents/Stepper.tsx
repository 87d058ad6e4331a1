/** The six steps with their times: a column beside the work, on a phone a line above it. Each is a link. */
import Check from '@mui/icons-material/CheckRounded';
import Dash from '@mui/icons-material/RemoveRounded';
import { styled } from '@mui/material/styles';
import type { IncidentStepName } from '@pinebill/contract';
import { LinkBase } from 'react-admin';
import type { Incident, IncidentStep } from '../api-types';
import { Hidden } from '../elements/Hidden';
import { TimeStamp } from '../elements/TimeStamp';
import { incidentPath, span, stepWords } from './incident-words';

const Steps = styled('ol')(({ theme }) => {
  const { accent, accentSoft, line, strongLine, muted, hover, page, text, rail } = theme.palette.tone;
  return {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    '& li': { position: 'relative', paddingBottom: 4 },
    // The way from one to the next.
    '& li:not(:last-of-type)::before': { content: '""', position: 'absolute', left: 21, top: 38, bottom: -8, width: 1, background: line },
    '& li[data-status="done"]:not(:last-of-type)::before': { background: accent },
    '& a': {
      position: 'relative',
      display: 'grid',
      gridTemplateColumns: '24px minmax(0, 1fr)',
      gap: '0 10px',
      alignItems: 'start',
      padding: '8px 10px',
      borderRadius: 8,
      border: '1px solid transparent',
      color: 'inherit',
      textDecoration: 'none',
      fontSize: 13,
      lineHeight: '20px',
    },
    '& a:hover': { background: hover },
    '& a[aria-current]': { background: rail, borderColor: line },
    '& i': {
      display: 'grid',
      placeItems: 'center',
      width: 22,
      height: 22,
      borderRadius: '50%',
      boxSizing: 'border-box',
      border: `1.5px solid ${strongLine}`,
      background: page,
      color: muted,
      fontSize: 12,
      fontStyle: 'normal',
      fontWeight: 600,
      '& svg': { fontSize: 14 },
    },
    '& [data-status="done"] i': { borderColor: accent, background: accentSoft, color: accent },
    '& [data-status="next"] i': { borderColor: text, color: text },
    '& b': { fontWeight: 500 },
    '& [data-status="next"] b': { fontWeight: 600 },
    '& small': { display: 'block', fontSize: 12, lineHeight: '16px', color: muted, overflowWrap: 'anywhere' },
    '& .between': { position: 'relative', padding: '2px 0 2px 44px', fontSize: 11, color: muted },
    '@media (max-width: 899px)': {
      display: 'flex',
      gap: 2,
      '& li': { flex: '1 1 0', minWidth: 0, paddingBottom: 0 },
      '& li::before': { display: 'none' },
      '& a': { gridTemplateColumns: 'minmax(0, 1fr)', justifyItems: 'center', minHeight: 44, padding: '8px 2px', textAlign: 'center' },
      '& b, & .between, & small': { position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' },
    },
  };
});

export const statusOf = ({ status }: IncidentStep, isNext: boolean): 'done' | 'notNeeded' | 'next' | 'open' =>
  status === 'open' ? (isNext ? 'next' : 'open') : status;

export const nextStep = ({ steps }: Pick<Incident, 'steps'>): IncidentStepName | null =>
  steps.find(({ status }) => status === 'open')?.step ?? null;

function About({ step }: { step: IncidentStep }) {
  const { status, at, by } = step;
  if (status === 'notNeeded') return <small>Not needed</small>;
  if (status === 'open') return null;
  return (
    <small>
      {at ? <TimeStamp at={at} relative /> : 'Done'}
      {by && ` by ${by.name}`}
    </small>
  );
}

/** From the step before that has a time; a fact can be older than the incident. */
function betweens(steps: readonly IncidentStep[]): (string | null)[] {
  let before: number | null = null;
  return steps.map(({ status, secondsSinceOpened: at }) => {
    if (status !== 'done' || at === null) return null;
    const since = before;
    before = Math.max(before ?? at, at);
    if (since === null) return null;
    return at < since ? 'already so' : `after ${span(at - since)}`;
  });
}

export function Stepper({ incident, current }: { incident: Incident; current: IncidentStepName }) {
  const next = nextStep(incident);
  const waits = betweens(incident.steps);
  return (
    <nav aria-label="Steps">
      <Steps>
        {incident.steps.map((step, index) => {
          const status = statusOf(step, step.step === next);
          const { verb, done } = stepWords[step.step];
          return (
            <li key={step.step} data-status={status}>
              <LinkBase to={incidentPath(incident.id, step.step)} aria-current={step.step === current ? 'step' : undefined}>
                <i aria-hidden>{status === 'done' ? <Check /> : status === 'notNeeded' ? <Dash /> : index + 1}</i>
                <span>
                  <b>{status === 'done' ? done : verb}</b>
                  <Hidden>{status === 'done' ? ', done' : status === 'notNeeded' ? ', not needed' : ', to do'}</Hidden>
                  <About step={step} />
                </span>
              </LinkBase>
              {waits[index + 1] && <div className="between">{waits[index + 1]}</div>}
            </li>
          );
        })}
      </Steps>
    </nav>
  );
}
