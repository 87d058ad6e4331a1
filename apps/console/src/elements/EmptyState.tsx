import { styled } from '@mui/material/styles';
import type { ReactNode } from 'react';

const Frame = styled('div')(({ theme }) => ({
  display: 'grid',
  justifyItems: 'start',
  gap: 4,
  maxWidth: 520,
  padding: '40px 16px',
  '& h2': { margin: 0, fontSize: 15, fontWeight: 600, lineHeight: '24px' },
  '& p': { margin: 0, color: theme.palette.tone.secondary, fontSize: 14, lineHeight: '22px' },
  '& > div': { display: 'flex', flexWrap: 'wrap', gap: 8, marginTop: 12 },
}));

/** Nothing here: what that means, and the next step. */
export function EmptyState({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <Frame>
      <h2>{title}</h2>
      <p>{children}</p>
      {action && <div>{action}</div>}
    </Frame>
  );
}
