import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { AccessReview, ReviewView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';

type Props = { review: AccessReview; onClose: () => void; onSigned: (review: ReviewView) => void };

/** Signed is what is on the page: when access has changed since, the API refuses and says so. */
export function SignDialog({ review: { basis, concerns }, onClose, onSigned }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const note = (new FormData(event.currentTarget).get('note') as string).replace(/\s+/g, ' ').trim(); // the form has no files
    setState({ busy: true, error: null });
    try {
      onSigned(await dataProvider.signReview({ basis, ...(note === '' ? {} : { note }) }));
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const open = concerns.length === 1 ? 'One thing stands out' : `${concerns.length} things stand out`;
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby="sign-title" maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id="sign-title" component="h2">
          Sign off the access review
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {state.error !== null && <ProblemView error={state.error} />}
          <span>
            You say that you have looked at who has access. What is on the page is kept with your name, the time and a hash; nobody can
            change or delete it.
            {concerns.length > 0 && ` ${open}: say what you do about it, or deal with it first.`}
          </span>
          <TextField name="note" label="Note" multiline minRows={2} autoFocus slotProps={{ htmlInput: { maxLength: 2_000 } }} />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={state.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={state.busy}>
            {state.busy ? 'Signing…' : 'Sign off'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
