import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';

/** Made and entered in one step: whoever makes it has something to do there. */
export function NewOrganization({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get('name') as string; // the form has no files
    setState({ busy: true, error: null });
    try {
      const { id } = await dataProvider.foundOrganization(name);
      onMade(id);
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby="new-organization" maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id="new-organization" component="h2">
          New organization
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {state.error !== null && <ProblemView error={state.error} />}
          <span>It has keys, a log and members of its own; nobody of this organization sees them. You become its first admin.</span>
          <TextField name="name" label="Name" required autoFocus slotProps={{ htmlInput: { maxLength: 120 } }} />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={state.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={state.busy}>
            {state.busy ? 'Making…' : 'Make and open'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
