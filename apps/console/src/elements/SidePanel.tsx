import Close from '@mui/icons-material/CloseRounded';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { useStore } from 'react-admin';

const Panel = styled('aside')(({ theme }) => ({
  position: 'sticky',
  top: 0,
  alignSelf: 'start',
  flex: '0 0 var(--panel-width)',
  width: 'var(--panel-width)',
  maxWidth: '100vw',
  boxSizing: 'border-box',
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
  '& > header > h2': { flex: 1, minWidth: 0, margin: 0, fontSize: 'inherit', fontWeight: 'inherit' },
  '& section': { padding: '16px 20px', borderBottom: `1px solid ${theme.palette.tone.line}` },
  '& section:last-of-type': { borderBottom: 0 },
  '& section > h3': { margin: '0 0 6px', fontSize: 13, fontWeight: 600, lineHeight: '20px' },
}));

const Edge = styled('div')(({ theme }) => ({
  position: 'sticky',
  top: 0,
  zIndex: 2,
  width: 9,
  height: 'calc(100dvh - 48px)',
  margin: '0 0 calc(48px - 100dvh) -1px', // it lies over the panel and takes no room of it
  borderLeft: '2px solid transparent',
  cursor: 'col-resize',
  touchAction: 'none',
  '&:hover, &:focus-visible, &[data-dragged]': { borderLeftColor: theme.palette.tone.accent, outline: 'none' },
  '@media (max-width: 640px)': { display: 'none' },
}));

const panelWidth = { usual: 480, min: 360, max: 960, step: 24 } as const;
const within = (width: number): number =>
  Math.round(Math.min(panelWidth.max, Math.max(panelWidth.min, Math.min(width, window.innerWidth - panelWidth.min))));

/** The panel's left edge: dragged, or moved with the arrow keys; a double click brings the usual width back. */
function ResizeEdge({ width, onResize }: { width: number; onResize: (width: number) => void }) {
  const [dragged, setDragged] = useState(false);
  const move = (event: PointerEvent<HTMLElement>): void => {
    const right = event.currentTarget.parentElement?.getBoundingClientRect().right;
    if (dragged && right !== undefined) onResize(within(right - event.clientX));
  };
  const steer = (event: KeyboardEvent): void => {
    const { usual, min, max, step } = panelWidth;
    const to = { ArrowLeft: width + step, ArrowRight: width - step, Home: max, End: min, Enter: usual }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onResize(within(to));
  };
  return (
    <Edge
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuenow={width}
      aria-valuemin={panelWidth.min}
      aria-valuemax={panelWidth.max}
      tabIndex={0}
      {...(dragged ? { 'data-dragged': true } : {})}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragged(true);
      }}
      onPointerMove={move}
      onLostPointerCapture={() => setDragged(false)}
      onDoubleClick={() => onResize(panelWidth.usual)}
      onKeyDown={steer}
    />
  );
}

type Props = { label: string; title: ReactNode; actions?: ReactNode; onClose: () => void; children: ReactNode; focusOnOpen?: boolean };

/** Beside the list on a wide screen, over it on a narrow one, the whole screen on a phone. Esc closes it and gives the focus back; its width is remembered. */
export function SidePanel({ label, title, actions, onClose, children, focusOnOpen = true }: Props) {
  const panel = useRef<HTMLElement>(null);
  const [width, setWidth] = useStore<number>('panel.width', panelWidth.usual);
  useEffect(() => {
    const before = document.activeElement;
    if (focusOnOpen) panel.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [focusOnOpen]);
  return (
    <Panel ref={panel} aria-label={label} tabIndex={-1} style={{ '--panel-width': `${width}px` } as CSSProperties}>
      <ResizeEdge width={width} onResize={setWidth} />
      <header>
        <h2>{title}</h2>
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
