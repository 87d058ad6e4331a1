/** A dialog with a form: it closes when it is told to, waits while it sends, and shows a refusal with its next step above what was typed. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { ProblemView } from './ProblemView';

type Props = {
  title: string;
  action: string;
  /** On the button, while it is sent. */
  busy: string;
  disabled?: boolean;
  /** Told what was typed; whoever is told closes the dialog, unless it throws. */
  onSubmit: (typed: FormData) => Promise<void>;
  onClose: () => void;
  children: ReactNode;
};

export function FormDialog({ title, action, busy, disabled = false, onSubmit, onClose, children }: Props) {
  const titleId = useId();
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    setState({ busy: true, error: null });
    try {
      await onSubmit(typed);
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby={titleId} maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id={titleId} component="h2">
          {title}
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {state.error !== null && <ProblemView error={state.error} />}
          {children}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={state.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={state.busy || disabled}>
            {state.busy ? busy : action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
