import { styled, useTheme } from '@mui/material/styles';
import type { LogRecord } from '../api-types';
import { duration } from '../elements/figures';

const Bar = styled('div')(({ theme }) => ({
  display: 'flex',
  gap: 2,
  height: 8,
  borderRadius: 4,
  overflow: 'hidden',
  background: theme.palette.tone.hover,
  '& > i': { minWidth: 2 },
}));
const Legend = styled('ul')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  gap: '2px 18px',
  margin: '8px 0 0',
  padding: 0,
  listStyle: 'none',
  fontSize: 12,
  color: theme.palette.tone.secondary,
  '& i': { display: 'inline-block', width: 8, height: 8, marginRight: 6, borderRadius: 2 },
}));

/** Where the time went. What was not measured is said, not drawn as zero. */
export function TimingBar({ record }: { record: LogRecord }) {
  const { tone } = useTheme().palette;
  const total = record.durationMs;
  const auth = record.timing.authMs;
  const handler = record.timing.handlerMs;
  if (total === null) return <p style={{ margin: 0, fontSize: 13 }}>The request did not end, so its duration is not known.</p>;
  const rest = Math.max(0, total - (auth ?? 0) - (handler ?? 0));
  const shown = Math.max(total, (auth ?? 0) + (handler ?? 0)); // growth must add up to 1, or the bar stays short
  const spans = [
    { label: 'Authentication', ms: auth, colour: tone.status.redirect.text },
    { label: 'Handler', ms: handler, colour: tone.accent },
    { label: 'Parsing, recording, sending', ms: rest, colour: tone.strongLine },
  ];
  return (
    <>
      <Bar aria-hidden>
        {spans.map(
          ({ label, ms, colour }) => ms !== null && ms > 0 && <i key={label} style={{ flexGrow: ms / shown, background: colour }} />,
        )}
      </Bar>
      <Legend>
        {spans.map(({ label, ms, colour }) => (
          <li key={label}>
            <i style={{ background: colour }} />
            {label} {ms === null ? 'not reached' : `${duration(ms)} ms`}
          </li>
        ))}
      </Legend>
    </>
  );
}
