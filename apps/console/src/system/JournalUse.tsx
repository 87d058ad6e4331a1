import { styled } from '@mui/material/styles';
import type { SystemView } from '../api-types';
import { sizeText } from '../elements/figures';

const Track = styled('div')(({ theme }) => ({
  position: 'relative',
  height: 8,
  maxWidth: 360,
  margin: '6px 0 20px',
  borderRadius: 4,
  background: theme.palette.tone.line,
  '& > i': { display: 'block', height: '100%', minWidth: 2, borderRadius: 4 },
  // Where the warning begins.
  '&::before': { content: '""', position: 'absolute', left: '80%', top: -3, width: 1, height: 14, background: theme.palette.tone.muted },
  '&::after': {
    content: '"80 %" / ""',
    position: 'absolute',
    left: '80%',
    top: 12,
    transform: 'translateX(-50%)',
    fontSize: 11,
    lineHeight: '14px',
    color: theme.palette.tone.muted,
  },
  '&[data-storage="ok"] > i': { background: theme.palette.tone.accent },
  '&[data-storage="warning"] > i': { background: theme.palette.tone.status.client.text },
  '&[data-storage="full"] > i': { background: theme.palette.tone.danger },
}));

/** How full the journal is. At its bound requests are refused, so the mark at 80 % is where somebody should look. */
export function JournalUse({ journal: { bytes, maxBytes, storage } }: Pick<SystemView, 'journal'>) {
  const share = Math.min(100, (bytes / maxBytes) * 100);
  const text = `${sizeText(bytes)} of ${sizeText(maxBytes)} (${share > 0 && share < 1 ? 'under 1' : Math.round(share)} %)`;
  return (
    <div>
      <span className="number">{text}</span>
      <Track
        role="meter"
        aria-label="Use of the journal"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share)}
        aria-valuetext={text}
        data-storage={storage}
      >
        <i style={{ width: `${share}%` }} />
      </Track>
    </div>
  );
}
