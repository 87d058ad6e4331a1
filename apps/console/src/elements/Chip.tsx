import { styled } from '@mui/material/styles';
import { mono, type StatusTone } from '../theme';

/** The small coloured label that statuses and states share. "unknown" is hatched, so that it differs without its colour. */
export const Chip = styled('span', { shouldForwardProp: (name) => name !== 'tone' && name !== 'code' })<{
  tone: StatusTone;
  code?: boolean;
}>(({ theme, tone, code = false }) => {
  const { text, surface, line } = theme.palette.tone.status[tone];
  return {
    display: 'inline-flex',
    alignItems: 'center',
    height: 20,
    padding: '0 6px',
    borderRadius: 5,
    border: `1px solid ${line}`,
    color: text,
    background: tone === 'unknown' ? `repeating-linear-gradient(135deg, ${surface} 0 4px, transparent 4px 7px)` : surface,
    fontFamily: code ? mono : 'inherit',
    fontSize: 12,
    fontWeight: code ? 600 : 500,
    lineHeight: '18px',
    whiteSpace: 'nowrap',
  };
});
