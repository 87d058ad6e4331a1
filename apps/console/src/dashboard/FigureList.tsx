/** Numbers in a row, each of which leads to what it counts. */
import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';

const Figures = styled('ul')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(132px, 1fr))',
  gap: 1,
  margin: '0 0 28px',
  padding: 0,
  listStyle: 'none',
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  overflow: 'hidden',
  '& a': {
    display: 'block',
    boxShadow: `0 0 0 1px ${theme.palette.tone.line}`,
    padding: '12px 16px',
    background: theme.palette.tone.page,
    color: 'inherit',
    textDecoration: 'none',
  },
  '& a:hover': { background: theme.palette.tone.hover },
  '& small': { display: 'block', fontSize: 12, lineHeight: '16px', color: theme.palette.tone.muted },
  '& strong': {
    display: 'block',
    marginTop: 4,
    fontSize: 22,
    fontWeight: 600,
    lineHeight: '28px',
    letterSpacing: '-0.02em',
    fontVariantNumeric: 'tabular-nums',
  },
}));

export type Figure = readonly [label: string, value: string, path: string];

export function FigureList({ figures }: { figures: readonly Figure[] }) {
  return (
    <Figures>
      {figures.map(([label, value, path]) => (
        <li key={label}>
          <LinkBase to={path}>
            <small>{label}</small> <strong>{value}</strong>
          </LinkBase>
        </li>
      ))}
    </Figures>
  );
}

/** Parts beside each other, as far as there is room. */
export const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 480px), 1fr))',
  gap: '28px 32px',
  '&& > section': { marginTop: 0, minWidth: 0 },
});
