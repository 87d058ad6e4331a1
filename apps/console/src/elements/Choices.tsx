import { styled } from '@mui/material/styles';
import type { ReactNode } from 'react';

const Group = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 4, marginBottom: 10 });
const Button = styled('button')(({ theme }) => ({
  height: 28,
  padding: '0 10px',
  border: '1px solid transparent',
  borderRadius: 6,
  background: 'none',
  color: theme.palette.tone.secondary,
  font: 'inherit',
  fontSize: 13,
  cursor: 'pointer',
  '&:hover': { background: theme.palette.tone.hover },
  '&[aria-pressed="true"]': {
    background: theme.palette.tone.rail,
    borderColor: theme.palette.tone.line,
    color: theme.palette.tone.text,
    fontWeight: 500,
  },
  '@media (pointer: coarse)': { height: 40 },
}));

/** A few exclusive views of a list. */
export function Choices({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Group role="group" aria-label={label}>
      {children}
    </Group>
  );
}
export function Choice({ chosen, onClick, children }: { chosen: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <Button type="button" aria-pressed={chosen} onClick={onClick}>
      {children}
    </Button>
  );
}
