/** What can be done with the rows that are selected in the log. At the lower edge, where the thumb is. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import { useState } from 'react';
import { useNavigate } from 'react-admin';
import { MOST_SELECTED } from '../audit-logs/use-selection';
import { ActionMenu } from '../elements/ActionMenu';
import { ProblemView } from '../elements/ProblemView';
import { useCan } from '../session/use-session';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { incidentPath, numbered } from './incident-words';
import { useOpenIncidents } from './use-open-incidents';

const Bar = styled('div')(({ theme }) => ({
  position: 'fixed',
  bottom: 16,
  left: '50%',
  transform: 'translateX(-50%)',
  zIndex: 30,
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: 8,
  width: 'max-content',
  maxWidth: 'calc(100vw - 24px)',
  boxSizing: 'border-box',
  padding: '8px 8px 8px 16px',
  border: `1px solid ${theme.palette.tone.strongLine}`,
  borderRadius: 10,
  background: theme.palette.tone.raised,
  boxShadow: '0 12px 32px -8px rgba(5, 20, 14, 0.28)',
  fontSize: 13,
  '& > span': { marginRight: 8 },
  '@media (max-width: 640px)': {
    width: 'calc(100vw - 24px)',
    '& > span': { flex: 1 },
    '& .MuiButton-contained': { flex: '1 1 100%', minHeight: 44 },
  },
}));

type Props = { ids: ReadonlySet<string>; onOpenIncident: (logIds: string[]) => void; onDone: () => void };

export function SelectionBar({ ids, onOpenIncident, onDone }: Props) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [error, setError] = useState<unknown>(null);
  const open = useOpenIncidents();
  const mayAdd = useCan('incidents:write');
  const calls = useIncidentCalls();
  const changed = useIncidentChanged();
  const navigate = useNavigate();
  const logIds = [...ids];
  const add = async (id: string): Promise<void> => {
    setAnchor(null);
    try {
      await calls.addEvidence(id, logIds);
      void changed();
      onDone();
      navigate(incidentPath(id, 'identified'));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Bar role="region" aria-label="Selected requests">
      {error !== null && <ProblemView error={error} />}
      <span role="status">
        {ids.size === 0 ? 'Select requests with the boxes or x' : `${numbered(ids.size, 'request')} selected`}
        {ids.size >= MOST_SELECTED && ', which is as many as an incident takes at once'}
      </span>
      <Button onClick={onDone}>{ids.size === 0 ? 'Cancel' : 'Clear'}</Button>
      {mayAdd && open.length > 0 && ids.size > 0 && (
        <Button variant="outlined" aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          Add to incident…
        </Button>
      )}
      <Button variant="contained" disabled={ids.size === 0} onClick={() => onOpenIncident(logIds)}>
        Open incident
      </Button>
      <ActionMenu label="Open incidents" anchor={anchor} onClose={() => setAnchor(null)}>
        {open.map(({ id, number, title }) => (
          <MenuItem key={id} onClick={() => void add(id)}>
            #{number} {title}
          </MenuItem>
        ))}
      </ActionMenu>
    </Bar>
  );
}
