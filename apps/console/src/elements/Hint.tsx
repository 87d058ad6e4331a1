import Tooltip from '@mui/material/Tooltip';
import { cloneElement, useState, type ReactElement } from 'react';

type Hinted = ReactElement<{ onMouseEnter?: () => void; onTouchStart?: () => void; onFocus?: () => void }>;

/**
 * A tooltip that costs nothing until somebody points at what it explains: a list has a hundred of them, and drawing these took as long as its rows.
 * `describe`: the text is more than the child's name.
 */
export function Hint({ title, describe = true, children }: { title: string; describe?: boolean; children: Hinted }) {
  const [open, setOpen] = useState<boolean | null>(null);
  const show = (): void => setOpen(true);
  if (open === null) return cloneElement(children, { onMouseEnter: show, onTouchStart: () => setOpen(false), onFocus: show });
  return (
    <Tooltip title={title} describeChild={describe} open={open} onOpen={show} onClose={() => setOpen(false)}>
      {children}
    </Tooltip>
  );
}
