import { styled } from '@mui/material/styles';

const Track = styled('div')(({ theme }) => ({
  height: 6,
  minWidth: 80,
  borderRadius: 3,
  background: theme.palette.tone.line,
  overflow: 'hidden',
  '& > i': { display: 'block', height: '100%', borderRadius: 3, background: theme.palette.tone.accent, transition: 'width 140ms linear' },
  '@media (prefers-reduced-motion: reduce)': { '& > i': { transition: 'none' } },
}));

/** `share`: from 0 to 1. What it measures stands beside it in text. */
export function ProgressBar({ share, label }: { share: number; label: string }) {
  const percent = Math.round(share * 100);
  return (
    <Track role="progressbar" aria-label={label} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
      <i style={{ width: `${percent}%` }} />
    </Track>
  );
}
