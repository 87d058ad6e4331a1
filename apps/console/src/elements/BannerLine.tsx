import { styled } from '@mui/material/styles';
import type { StatusTone } from '../theme';

/** One line across every page, for what concerns everybody. Whoever shows one loads it only when there is something to say. */
export const BannerLine = styled('div', { shouldForwardProp: (name) => name !== 'tone' })<{ tone: StatusTone }>(({ theme, tone }) => {
  const { surface, line, text } = theme.palette.tone.status[tone];
  return {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'center',
    columnGap: 10,
    padding: '7px 16px',
    borderBottom: `1px solid ${line}`,
    background: surface,
    color: theme.palette.tone.text,
    fontSize: 13,
    lineHeight: '20px',
    '& strong': { fontWeight: 600, color: text },
    '& span': { overflowWrap: 'anywhere' },
    '& a': { color: text, fontWeight: 600 },
    '@media (pointer: coarse)': { '& a': { padding: '10px 0', margin: '-10px 0' } },
  };
});
