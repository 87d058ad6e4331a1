import ContentCopy from '@mui/icons-material/ContentCopyRounded';
import Check from '@mui/icons-material/CheckRounded';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { useEffect, useState } from 'react';
import { mono } from '../theme';

/** True for a moment after a copy, so that the button can say so where it was pressed. */
export function useCopied(): [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (text: string): void => {
    void navigator.clipboard.writeText(text).then(() => setCopied(true));
  };
  return [copied, copy];
}

function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, copy] = useCopied();
  return (
    <Tooltip title={copied ? 'Copied' : label}>
      <IconButton size="small" aria-label={copied ? 'Copied' : label} onClick={() => copy(text)}>
        {copied ? <Check style={{ fontSize: 16 }} /> : <ContentCopy style={{ fontSize: 15 }} />}
      </IconButton>
    </Tooltip>
  );
}

const Line = styled('span')({
  display: 'inline-flex',
  alignItems: 'flex-start',
  gap: 2,
  minWidth: 0,
  maxWidth: '100%',
  verticalAlign: 'top',
  // The button is taller than the line beside it; the line decides.
  '& > button': { margin: '-4px 0', '@media (pointer: coarse)': { margin: '-10px 0' } },
});
export const MonoText = styled('span')({ fontFamily: mono, fontSize: 13, lineHeight: '20px', overflowWrap: 'anywhere' });

/** What a machine wrote, with a way to take it along. */
export function Mono({ children, copyLabel }: { children: string; copyLabel?: string }) {
  return (
    <Line>
      <MonoText>{children}</MonoText>
      <CopyButton text={children} label={copyLabel ?? 'Copy'} />
    </Line>
  );
}

const Block = styled('div')(({ theme }) => ({
  position: 'relative',
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  background: theme.palette.tone.rail,
  '& pre': {
    margin: 0,
    padding: '12px 44px 12px 14px',
    overflowX: 'auto',
    fontFamily: mono,
    fontSize: 12.5,
    lineHeight: '20px',
    tabSize: 2,
  },
  '& > button': { position: 'absolute', top: 6, right: 6 },
}));

export function CodeBlock({ code, label, wrap = false }: { code: string; label: string; wrap?: boolean }) {
  return (
    <Block>
      <pre aria-label={label} tabIndex={0} style={wrap ? { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' } : undefined}>
        {code}
      </pre>
      <CopyButton text={code} label={`Copy ${label}`} />
    </Block>
  );
}
