import { styled } from '@mui/material/styles';
import type { ReactNode } from 'react';

const List = styled('dl')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(96px, 128px) minmax(0, 1fr)',
  margin: 0,
  fontSize: 13,
  lineHeight: '20px',
  '& > dt, & > dd': { margin: 0, padding: '5px 0', minHeight: 30 },
  '& > dt': { color: theme.palette.tone.muted },
  '& > dd': { minWidth: 0, overflowWrap: 'anywhere' },
}));

export type Fact = { label: string; value: ReactNode };

/** Names and values in two columns; a fact without a value is left out rather than shown empty. */
export function FactList({ facts }: { facts: readonly (Fact | null | undefined | false)[] }) {
  const shown = facts.filter((fact): fact is Fact => !!fact && fact.value !== null && fact.value !== undefined && fact.value !== '');
  return (
    <List>
      {shown.map(({ label, value }) => (
        <FactRow key={label} label={label} value={value} />
      ))}
    </List>
  );
}

function FactRow({ label, value }: Fact) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}
