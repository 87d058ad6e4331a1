import { styled } from '@mui/material/styles';

const Mark = styled('svg')(({ theme }) => ({
  width: 22,
  height: 22,
  flex: 'none',
  '& rect': { fill: theme.palette.tone.accent },
  '& path': { fill: theme.palette.tone.onAccent },
}));
const Name = styled('span')({ fontSize: 15, fontWeight: 600, letterSpacing: '-0.015em' });
const Line = styled('span')({ display: 'inline-flex', alignItems: 'center', gap: 9 });

export function Brand({ short = false }: { short?: boolean }) {
  return (
    <Line>
      <Mark viewBox="0 0 24 24" aria-hidden>
        <rect width="24" height="24" rx="6" />
        <path d="M12 3.8 7.3 10h2.2l-3.3 4.4h4.7v4.8h2.2v-4.8h4.7L14.5 10h2.2z" />
      </Mark>
      {!short && <Name>PineBill</Name>}
    </Line>
  );
}
