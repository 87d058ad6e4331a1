/** On the dashboard: what is still worked on. */
import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { IncidentSummary } from '../api-types';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { incidentPath } from './incident-words';
import { DrillChip, SeverityChip, StateChip } from './Marks';

const shown = 5;
const Lines = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: '0 0 28px',
  padding: 0,
  borderTop: `1px solid ${theme.palette.tone.line}`,
  '& a': {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '2px 10px',
    minHeight: 40,
    padding: '6px 8px',
    borderBottom: `1px solid ${theme.palette.tone.line}`,
    color: 'inherit',
    fontSize: 13,
    textDecoration: 'none',
  },
  '& a:hover': { background: theme.palette.tone.hover },
  '& a > span:first-of-type': { flex: '1 1 240px', minWidth: 0, fontWeight: 500, overflowWrap: 'anywhere' },
  '& small': { fontSize: 12, color: theme.palette.tone.muted, whiteSpace: 'nowrap' },
}));

export function OpenIncidents({ incidents }: { incidents: readonly IncidentSummary[] }) {
  return (
    <Part>
      <h2>
        Open incidents <LinkBase to="/incidents">All incidents</LinkBase>
      </h2>
      <Lines>
        {incidents.slice(0, shown).map((incident) => (
          <li key={incident.id}>
            <LinkBase to={incidentPath(incident.id)}>
              <span>
                #{incident.number} · {incident.title}
              </span>
              <DrillChip {...incident} />
              <small>
                opened <TimeStamp at={incident.openedAt} relative /> by {incident.openedBy.name}
              </small>
              <SeverityChip {...incident} />
              <StateChip {...incident} />
            </LinkBase>
          </li>
        ))}
      </Lines>
    </Part>
  );
}
