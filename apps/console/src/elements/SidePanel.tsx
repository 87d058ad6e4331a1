import Close from '@mui/icons-material/CloseRounded';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { useEffect, useRef, type ReactNode } from 'react';

const Panel = styled('aside')(({ theme }) => ({
  position: 'sticky',
  top: 0,
  alignSelf: 'start',
  flex: '0 0 480px',
  width: 480,
  height: 'calc(100dvh - 48px)',
  overflowY: 'auto',
  overscrollBehavior: 'contain',
  borderLeft: `1px solid ${theme.palette.tone.line}`,
  background: theme.palette.tone.page,
  animation: 'panel-in 140ms ease-out',
  outline: 'none',
  '@keyframes panel-in': { from: { transform: 'translateX(24px)', opacity: 0 }, to: { transform: 'none', opacity: 1 } },
  '@media (max-width: 1199px)': { position: 'fixed', top: 48, right: 0, zIndex: 20, boxShadow: '-16px 0 40px -20px rgba(5, 20, 14, 0.35)' },
  '@media (max-width: 640px)': { inset: 0, width: '100%', height: '100dvh', zIndex: 1200, borderLeft: 0 },
  '& > header': {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    display: 'flex',
    alignItems: 'center',
    gap: 4,
    minHeight: 44,
    padding: '4px 8px 4px 20px',
    background: theme.palette.tone.page,
    borderBottom: `1px solid ${theme.palette.tone.line}`,
    fontSize: 13,
    fontWeight: 500,
  },
  '& > header > span': { flex: 1, minWidth: 0 },
  '& section': { padding: '16px 20px', borderBottom: `1px solid ${theme.palette.tone.line}` },
  '& section:last-of-type': { borderBottom: 0 },
  '& section > h3': { margin: '0 0 6px', fontSize: 13, fontWeight: 600, lineHeight: '20px' },
}));

type Props = { label: string; title: ReactNode; actions?: ReactNode; onClose: () => void; children: ReactNode; focusOnOpen?: boolean };

/** Beside the list on a wide screen, over it on a narrow one, the whole screen on a phone. Esc closes it and gives the focus back. */
export function SidePanel({ label, title, actions, onClose, children, focusOnOpen = true }: Props) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    if (focusOnOpen) panel.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [focusOnOpen]);
  return (
    <Panel ref={panel} aria-label={label} tabIndex={-1}>
      <header>
        <span>{title}</span>
        {actions}
        <Tooltip title="Close (Esc)">
          <IconButton size="small" aria-label="Close" onClick={onClose}>
            <Close />
          </IconButton>
        </Tooltip>
      </header>
      {children}
    </Panel>
  );
}
