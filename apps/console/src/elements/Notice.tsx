import { styled } from '@mui/material/styles';
import type { StatusTone } from '../theme';

/** One box in words, coloured by what it is about. */
export const Notice = styled('div', { shouldForwardProp: (name) => name !== 'tone' })<{ tone?: StatusTone }>(({
  theme,
  tone = 'unknown',
}) => {
  const { surface, line, text } = theme.palette.tone.status[tone];
  return {
    border: `1px solid ${line}`,
    borderRadius: 8,
    background: surface,
    padding: '12px 16px',
    fontSize: 13,
    lineHeight: '20px',
    '& h2, & h3, & strong': { margin: 0, fontSize: 13, fontWeight: 600, lineHeight: '20px', color: text },
    '& p': { margin: '4px 0 0' },
    '& > div': { display: 'flex', flexWrap: 'wrap', gap: 8, marginTop: 10 },
  };
});
