import { styled } from '@mui/material/styles';
import type { SystemView } from '../api-types';
import { Notice } from '../elements/Notice';

const List = styled('ul')({ display: 'grid', gap: 8, margin: '0 0 24px', padding: 0, listStyle: 'none', maxWidth: 960 });
const Well = styled('p')(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  gap: 8,
  margin: '0 0 24px',
  fontSize: 13,
  lineHeight: '20px',
  color: theme.palette.tone.secondary,
  '&::before': { content: '""', width: 8, height: 8, flex: 'none', borderRadius: 4, background: theme.palette.tone.accent },
}));

/** What is wrong and what to do, the most pressing first; or that there is nothing to do. */
export function SystemWarnings({ warnings }: { warnings: SystemView['warnings'] }) {
  if (warnings.length === 0) return <Well>All is well: every request is recorded, and every record reaches PostgreSQL.</Well>;
  return (
    <List aria-label="Warnings">
      {warnings.map(({ code, severity, message, action }) => (
        <li key={`${code} ${action}`}>
          <Notice tone={severity === 'danger' ? 'server' : 'client'} data-severity={severity}>
            <strong>{message}</strong>
            <p>{action}</p>
          </Notice>
        </li>
      ))}
    </List>
  );
}
