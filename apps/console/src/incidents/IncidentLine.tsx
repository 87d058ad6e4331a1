/** The words of the banner. Apart from it, so that nobody loads them while there is no incident. */
import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { IncidentSummary } from '../api-types';
import { elapsed, incidentPath } from './incident-words';

const Line = styled('div', { shouldForwardProp: (name) => name !== 'urgent' })<{ urgent: boolean }>(({ theme, urgent }) => {
  const { surface, line, text } = theme.palette.tone.status[urgent ? 'server' : 'client'];
  return {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'center',
    columnGap: 10,
    padding: '7px 16px',
    borderBottom: `1px solid ${line}`,
    background: surface,
    color: theme.palette.tone.text,
    fontSize: 13,
    lineHeight: '20px',
    '& strong': { fontWeight: 600, color: text },
    '& span': { overflowWrap: 'anywhere' },
    '& a': { color: text, fontWeight: 600 },
    '@media (pointer: coarse)': { '& a': { padding: '10px 0', margin: '-10px 0' } },
  };
});

/** What can still do harm comes first, then the worst. */
const order = ['critical', 'high', 'medium', 'low'] as const;
const isLoose = ({ containedAt }: IncidentSummary): boolean => containedAt === null;
const worst = (a: IncidentSummary, b: IncidentSummary): number =>
  Number(isLoose(b)) - Number(isLoose(a)) || Number(a.drill) - Number(b.drill) || order.indexOf(a.severity) - order.indexOf(b.severity);

type Props = { incidents: readonly IncidentSummary[]; mayContain: boolean };

export function IncidentLine({ incidents, mayContain }: Props) {
  const [first, ...others] = [...incidents].sort(worst);
  if (!first) return null;
  const loose = isLoose(first);
  return (
    <Line urgent={loose && !first.drill}>
      <strong>
        {first.drill ? 'Drill' : 'Incident'} #{first.number}
        {loose ? ', not contained' : ''}
      </strong>
      <span>
        {first.title}, open for {elapsed(first)}
      </span>
      {mayContain && loose ? (
        <LinkBase to={incidentPath(first.id, 'contained')}>Contain it</LinkBase>
      ) : (
        <LinkBase to={incidentPath(first.id)}>Open incident</LinkBase>
      )}
      {others.length > 0 && <LinkBase to="/incidents">{`and ${others.length} more`}</LinkBase>}
    </Line>
  );
}
