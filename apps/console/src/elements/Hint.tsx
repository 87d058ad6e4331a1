import Tooltip from '@mui/material/Tooltip';
import { cloneElement, useState, type ReactElement } from 'react';

type Hinted = ReactElement<{ onMouseEnter?: () => void; onTouchStart?: () => void; onFocus?: () => void }>;
type Props = {
  /** Or what fetches it: shown as soon as it is there. */
  title: string | (() => Promise<string>);
  /** The text is more than the child's name. */
  describe?: boolean;
  children: Hinted;
};

/** A tooltip that costs nothing until somebody points at what it explains: a list has a hundred of them, and drawing these took as long as its rows. */
export function Hint({ title, describe = true, children }: Props) {
  const [open, setOpen] = useState<boolean | null>(null);
  const [fetched, setFetched] = useState<string | null>(null);
  const text = typeof title === 'string' ? title : fetched;
  const begin = (shown: boolean) => () => {
    setOpen(shown);
    // Without an answer there is no tooltip; the next one asks again.
    if (typeof title !== 'string') void title().then(setFetched, () => setOpen(null));
  };
  if (open === null) return cloneElement(children, { onMouseEnter: begin(true), onTouchStart: begin(false), onFocus: begin(true) });
  return (
    <Tooltip title={text ?? ''} describeChild={describe} open={open} onOpen={() => setOpen(true)} onClose={() => setOpen(false)}>
      {children}
    </Tooltip>
  );
}
