import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, useState, type ReactNode } from 'react';
import { ProblemView } from './ProblemView';

type Props<T> = {
  title: string;
  /** The verb on the red button. */
  action: string;
  children: ReactNode;
  onConfirm: () => Promise<T>;
  onClose: () => void;
  /** Shown in place of the question once it is done; without it the dialog closes. */
  result?: (outcome: T) => ReactNode;
  ready?: boolean;
};

/** A dangerous act is named, confirmed once, and its outcome is shown where it was asked for. */
export function ConfirmDanger<T>({ title, action, children, onConfirm, onClose, result, ready = true }: Props<T>) {
  const titleId = useId();
  const [state, setState] = useState<{ busy: boolean; error: unknown; outcome: T | null }>({ busy: false, error: null, outcome: null });
  const confirm = async (): Promise<void> => {
    setState({ busy: true, error: null, outcome: null });
    try {
      const outcome = await onConfirm();
      if (result) setState({ busy: false, error: null, outcome });
      else onClose();
    } catch (error) {
      setState({ busy: false, error, outcome: null });
    }
  };
  const done = state.outcome !== null && result;
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby={titleId} maxWidth="xs" fullWidth>
      <DialogTitle id={titleId} component="h2">
        {title}
      </DialogTitle>
      <DialogContent aria-live="polite" style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 12 }}>
        {done ? result(state.outcome as T) : children}
        {state.error !== null && <ProblemView error={state.error} />}
      </DialogContent>
      <DialogActions>
        {done ? (
          <Button variant="contained" onClick={onClose} autoFocus>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose} disabled={state.busy}>
              Cancel
            </Button>
            <Button variant="contained" color="error" disabled={!ready || state.busy} onClick={() => void confirm()}>
              {state.busy ? `${action}…` : action}
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  );
}
